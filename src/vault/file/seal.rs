//! age around a vault file: for identities, or by a passphrase.
//!
//! X25519 costs 0.1 ms. A passphrase goes through scrypt, whose cost is written in the file: 2¹⁸ takes half a second
//! and 256 MiB. age's own choice when writing is about two seconds and 1 GiB, too much for a render.

use std::fmt;
use std::io::{Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::SecretString;

use crate::model::Secret;

/// The scrypt cost of what is written, as a power of two.
const WORK_WRITTEN: u8 = 18;
/// The highest scrypt cost that is read, as a power of two: 1 GiB of memory.
const WORK_READ: u8 = 20;
/// The largest plaintext that is read.
const LIMIT: u64 = 64 << 20;
/// How an encrypted file begins.
const BINARY: &[u8] = b"age-encryption.org/";
/// How an armored one begins.
const ARMORED: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// What opens an encrypted file.
pub enum Key {
    /// Identities, from [`identities`].
    Identities(Vec<age::x25519::Identity>),
    /// A passphrase.
    Passphrase(Secret<String>),
}

/// Who may open what is encrypted.
pub enum Recipients {
    /// The holders of identities, from [`recipients`].
    Public(Vec<age::x25519::Recipient>),
    /// Whoever knows the passphrase.
    Passphrase(Secret<String>),
}

/// How a file is closed, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// It is not.
    None,
    /// For identities.
    Identities,
    /// By a passphrase.
    Passphrase,
}

/// Whether an encrypted file is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Armor {
    /// PEM-like text.
    Text,
    /// age's binary form.
    Binary,
}

impl Armor {
    /// The form of a file.
    pub fn of(file: &[u8]) -> Self {
        if file.trim_ascii_start().starts_with(b"-----") { Armor::Text } else { Armor::Binary }
    }
}

/// Why a file cannot be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A damaged file, or none of age's.
    #[error("it is not an age file, or damaged")]
    Damaged,
    /// The key is not one of those that open it.
    #[error("none of the identities opens it")]
    NoMatch,
    /// The wrong passphrase.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// A passphrase where identities are needed.
    #[error("it is encrypted for identities, not by a passphrase")]
    NeedsIdentities,
    /// Identities where a passphrase is needed.
    #[error("it is encrypted by a passphrase, not for identities")]
    NeedsPassphrase,
    /// More work than is done for an unknown file.
    #[error("its passphrase costs 2^{required} to check, at most 2^{allowed} is done")]
    Work {
        /// The file's.
        required: u8,
        /// Ours.
        allowed: u8,
    },
    /// What is inside is not text.
    #[error("its content is not UTF-8 text")]
    NotText,
    /// What is inside is too large.
    #[error("its content is larger than {} MiB", LIMIT >> 20)]
    TooLarge,
    /// A line of an identity file.
    #[error("line {line} is not an age identity, `AGE-SECRET-KEY-1…`")]
    Identity {
        /// The line, from 1.
        line: usize,
    },
    /// A file without any identity.
    #[error("the file holds no age identity, `AGE-SECRET-KEY-1…`")]
    NoIdentity,
    /// A public key that is not one.
    #[error("`{0}` is not an age recipient, `age1…`")]
    Recipient(String),
    /// Nobody could open it.
    #[error("there is no recipient to encrypt for")]
    NoRecipient,
    /// age would not encrypt.
    #[error("age could not encrypt it")]
    Encrypt,
}

impl Seal {
    /// How `file` is closed.
    pub fn of(file: &[u8]) -> Result<Self, SealError> {
        if !file.starts_with(BINARY) && !file.trim_ascii_start().starts_with(ARMORED) {
            return Ok(Seal::None);
        }
        Ok(if open(file)?.is_scrypt() { Seal::Passphrase } else { Seal::Identities })
    }
}

/// Decrypts a file to text.
#[expect(clippy::disallowed_methods, reason = "age takes the passphrase; the text stays a secret")]
pub fn decrypt(file: &[u8], key: &Key) -> Result<Secret<String>, SealError> {
    let decryptor = open(file)?;
    let reader = match (key, decryptor.is_scrypt()) {
        (Key::Identities(_), true) => return Err(SealError::NeedsPassphrase),
        (Key::Passphrase(_), false) => return Err(SealError::NeedsIdentities),
        (Key::Identities(identities), false) => {
            decryptor.decrypt(identities.iter().map(|identity| identity as &dyn age::Identity))
        }
        (Key::Passphrase(passphrase), true) => {
            let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.expose().as_str()));
            identity.set_max_work_factor(WORK_READ);
            decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
        }
    };
    let reader = reader.map_err(|error| refused(&error, key))?;
    let mut plain = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut plain).map_err(|_| SealError::Damaged)?;
    let plain = Secret::new(plain);
    if plain.expose().len() as u64 > LIMIT {
        return Err(SealError::TooLarge);
    }
    let text = std::str::from_utf8(plain.expose()).map_err(|_| SealError::NotText)?;
    Ok(Secret::new(text.to_string()))
}

/// Encrypts a file's text.
#[expect(clippy::disallowed_methods, reason = "age takes the passphrase, and the text that it encrypts")]
pub fn encrypt(plain: &Secret<String>, to: &Recipients, armor: Armor) -> Result<Vec<u8>, SealError> {
    let encryptor = match to {
        Recipients::Public(recipients) if recipients.is_empty() => return Err(SealError::NoRecipient),
        Recipients::Public(recipients) => {
            age::Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn age::Recipient))
        }
        Recipients::Passphrase(passphrase) => {
            let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.expose().as_str()));
            recipient.set_work_factor(WORK_WRITTEN);
            age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        }
    };
    let encryptor = encryptor.map_err(|_| SealError::Encrypt)?;
    let format = match armor {
        Armor::Text => Format::AsciiArmor,
        Armor::Binary => Format::Binary,
    };
    let write = || -> std::io::Result<Vec<u8>> {
        let mut writer = encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), format)?)?;
        writer.write_all(plain.expose().as_bytes())?;
        writer.finish()?.finish()
    };
    write().map_err(|_| SealError::Encrypt)
}

/// Reads an identity file, as `age-keygen` writes them: one identity a line, `#` begins a comment.
#[expect(clippy::disallowed_methods, reason = "the lines are parsed into keys")]
pub fn identities(text: &Secret<String>) -> Result<Key, SealError> {
    let lines = text.expose().lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let identities = lines
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
        .map(|(line, text)| text.parse().map_err(|_| SealError::Identity { line }))
        .collect::<Result<Vec<age::x25519::Identity>, _>>()?;
    if identities.is_empty() { Err(SealError::NoIdentity) } else { Ok(Key::Identities(identities)) }
}

/// Reads recipients, `age1…` each.
pub fn recipients<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Recipients, SealError> {
    // What is not a recipient may be an identity, given by mistake: only its first characters are repeated.
    let shown = |key: &str| key.chars().take(5).chain(std::iter::once('…')).collect();
    let parse = |key: &str| key.trim().parse().map_err(|_| SealError::Recipient(shown(key.trim())));
    keys.into_iter().map(parse).collect::<Result<_, _>>().map(Recipients::Public)
}

impl Key {
    /// The recipients whose files this key opens, so that a file can be encrypted again after an edit.
    pub fn recipients(&self) -> Recipients {
        match self {
            Key::Identities(identities) => Recipients::Public(identities.iter().map(|i| i.to_public()).collect()),
            #[expect(clippy::disallowed_methods, reason = "copied, and stays a secret")]
            Key::Passphrase(passphrase) => Recipients::Passphrase(Secret::new(passphrase.expose().clone())),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipients(…)")
    }
}

fn open(file: &[u8]) -> Result<age::Decryptor<ArmoredReader<std::io::BufReader<&[u8]>>>, SealError> {
    age::Decryptor::new_buffered(ArmoredReader::new(file)).map_err(|_| SealError::Damaged)
}

fn refused(error: &age::DecryptError, key: &Key) -> SealError {
    match (error, key) {
        (age::DecryptError::ExcessiveWork { required, .. }, _) => {
            SealError::Work { required: *required, allowed: WORK_READ }
        }
        (age::DecryptError::NoMatchingKeys, Key::Identities(_)) => SealError::NoMatch,
        (age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed, Key::Passphrase(_)) => {
            SealError::WrongPassphrase
        }
        _ => SealError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "vaults: []\n";

    fn identity() -> (Key, Recipients) {
        let key = Key::Identities(vec![age::x25519::Identity::generate()]);
        let recipients = key.recipients();
        (key, recipients)
    }

    /// A passphrase that costs little, as only the cost's bounds are under test.
    fn cheap(passphrase: &str, work: u8) -> Vec<u8> {
        let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase));
        recipient.set_work_factor(work);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
        let mut file = vec![];
        let mut writer = encryptor.expect("one recipient").wrap_output(&mut file).expect("a header");
        writer.write_all(PLAIN.as_bytes()).expect("content");
        writer.finish().expect("an end");
        file
    }

    fn check(file: &[u8], key: &Key, expect: Result<&str, SealError>) {
        let plain = decrypt(file, key).map(|text| text.expose().clone());
        assert_eq!(plain, expect.map(str::to_string));
    }

    #[test]
    fn an_identity_opens_what_is_encrypted_for_it() {
        let (key, to) = identity();
        let plain = Secret::new(PLAIN.to_string());
        for (armor, seal) in [(Armor::Text, ARMORED), (Armor::Binary, BINARY)] {
            let file = encrypt(&plain, &to, armor).expect("encrypted");
            assert!(file.starts_with(seal));
            assert_eq!(Seal::of(&file), Ok(Seal::Identities));
            check(&file, &key, Ok(PLAIN));
            check(&file, &identity().0, Err(SealError::NoMatch));
            check(&file, &Key::Passphrase(Secret::new("x".into())), Err(SealError::NeedsIdentities));
            check(&file[..file.len() - 40], &key, Err(SealError::Damaged));
        }
        assert_eq!(Seal::of(b"plaintext: true\n"), Ok(Seal::None));
    }

    #[test]
    fn a_passphrase_opens_what_it_closed_within_the_work_allowed() {
        let key = |text: &str| Key::Passphrase(Secret::new(text.to_string()));
        let file = cheap("correct", 10);
        assert_eq!(Seal::of(&file), Ok(Seal::Passphrase));
        check(&file, &key("correct"), Ok(PLAIN));
        check(&file, &key("wrong"), Err(SealError::WrongPassphrase));
        check(&file, &identity().0, Err(SealError::NeedsPassphrase));
        let dear = String::from_utf8_lossy(&file).find(" 10\n").map(|at| {
            let mut dear = file.clone();
            dear.splice(at..at + 4, *b" 21\n");
            dear
        });
        check(&dear.expect("a cost"), &key("correct"), Err(SealError::Work { required: 21, allowed: 20 }));
    }

    #[test]
    fn what_is_written_by_a_passphrase_costs_what_is_said() {
        let to = Recipients::Passphrase(Secret::new("correct".into()));
        let file = encrypt(&Secret::new(PLAIN.into()), &to, Armor::Binary).expect("encrypted");
        assert!(String::from_utf8_lossy(&file).contains(" 18\n"));
    }

    #[test]
    fn identity_files_are_those_of_age_keygen() {
        let text = "# created: today\n# public key: age1…\nAGE-SECRET-KEY-1QQ\n";
        assert_eq!(identities(&Secret::new(text.into())).err(), Some(SealError::Identity { line: 3 }));
        assert_eq!(identities(&Secret::new("# none\n".into())).err(), Some(SealError::NoIdentity));
        let refused = recipients(["AGE-SECRET-KEY-1QQQQ"]).map(|_| ());
        assert_eq!(refused, Err(SealError::Recipient("AGE-S…".into())), "an identity given by mistake is not repeated");
    }
}
