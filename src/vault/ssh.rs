//! A private key as OpenSSH writes it (its PROTOCOL.key), from PKCS#8 or PKCS#1 as 1Password keeps it: Ed25519 and RSA.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::model::Secret;

const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

// DER's tags (X.690).
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The key in OpenSSH's format; none where it is no such key, or locked by a passphrase.
#[expect(clippy::disallowed_methods, reason = "the key is written anew, in another format")]
pub(super) fn openssh(key: &Secret<String>) -> Option<Secret<String>> {
    match PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).ok()? {
        PrivateKeyDer::Pkcs1(der) => rsa(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => {
            let mut info = content(&mut der.secret_pkcs8_der(), SEQUENCE)?;
            content(&mut info, INTEGER)?;
            let mut algorithm = content(&mut info, SEQUENCE)?;
            let (kind, mut inner) = (content(&mut algorithm, OID)?, content(&mut info, OCTETS)?);
            match kind {
                RSA => rsa(inner),
                ED25519 => ed25519(content(&mut inner, OCTETS)?, &der),
                _ => None,
            }
        }
        _ => None,
    }
}

fn ed25519(seed: &[u8], whole: &PrivatePkcs8KeyDer<'_>) -> Option<Secret<String>> {
    // The public half is computed from the seed; it ends the description that TLS has of it (RFC 8410).
    let key = rustls::crypto::ring::sign::any_eddsa_type(whole).ok()?;
    let described = key.public_key()?;
    let public = described.as_ref().get(described.as_ref().len().checked_sub(32)?..)?;
    let pair = Zeroizing::new([seed, public].concat());
    Some(written("ssh-ed25519", &[public], &[public, &pair]))
}

/// `RSAPrivateKey` of RFC 8017. DER's whole numbers have the very bytes of SSH's.
fn rsa(mut der: &[u8]) -> Option<Secret<String>> {
    let mut key = content(&mut der, SEQUENCE)?;
    content(&mut key, INTEGER)?;
    let mut number = || content(&mut key, INTEGER);
    let (n, e, d, p, q) = (number()?, number()?, number()?, number()?, number()?);
    let (_, _, inverse) = (number()?, number()?, number()?);
    Some(written("ssh-rsa", &[e, n], &[n, e, d, inverse, p, q]))
}

/// The content of the next element, which has this tag.
fn content<'d>(der: &mut &'d [u8], tag: u8) -> Option<&'d [u8]> {
    let (&found, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f)).filter(|(bytes, _)| bytes.len() <= 4)?;
        (length, rest) = (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), after);
    }
    let (content, after) = rest.split_at_checked(length)?;
    *der = after;
    (found == tag).then_some(content)
}

fn written(kind: &str, public: &[&[u8]], private: &[&[u8]]) -> Secret<String> {
    let public = Zeroizing::new(strings(&[&[kind.as_bytes()], public].concat()));
    // Two equal numbers show that a key was unlocked. This one never is, and the same key shall give the same bytes.
    let number = Sha256::digest(&*public);
    let number = number.get(..4).unwrap_or(&[0; 4]);
    let mut secret = Zeroizing::new([number, number].concat());
    secret.extend(Zeroizing::new(strings(&[&[kind.as_bytes()], private, &[b""]].concat())).iter());
    let padding = (8 - secret.len() % 8) % 8;
    secret.extend((1..).take(padding));
    let none: [&[u8]; 3] = [b"none", b"none", b""];
    let mut whole = Zeroizing::new(b"openssh-key-v1\0".to_vec());
    whole.extend(strings(&none));
    whole.extend(1u32.to_be_bytes());
    whole.extend(Zeroizing::new(strings(&[&public, &secret])).iter());
    let base64 = Zeroizing::new(STANDARD.encode(&*whole));
    let mut text = String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n");
    for (at, c) in base64.chars().enumerate() {
        text.push(c);
        if at % 70 == 69 || at + 1 == base64.len() {
            text.push('\n');
        }
    }
    text.push_str("-----END OPENSSH PRIVATE KEY-----\n");
    Secret::new(text)
}

/// Each with its length in front (RFC 4251, 5).
fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
    parts.iter().flat_map(|part| length(part).into_iter().chain(part.iter().copied()).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8410, 10.3.
    const EXAMPLE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn the_same_key_gives_the_same_bytes() {
        let key = Secret::new(EXAMPLE.to_string());
        let text = openssh(&key).expect("a key").expose().clone();
        assert_eq!(text, *openssh(&key).expect("a key").expose());
        assert!(text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 70), "{text}");
    }

    #[test]
    fn what_is_no_such_key_is_none() {
        let begin = "-----BEGIN PRIVATE KEY-----\n";
        let end = "\n-----END PRIVATE KEY-----\n";
        for inside in ["", "AAAA", "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK", "MIQAAAAAAAA=", "MP8="] {
            assert!(openssh(&Secret::new(format!("{begin}{inside}{end}"))).is_none(), "{inside}");
        }
        for text in ["", "canary", &EXAMPLE.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")] {
            assert!(openssh(&Secret::new(text.to_string())).is_none(), "{text}");
        }
    }
}
