//! Opens the vault that the command line or the document names, to be written to.

use std::path::Path;
use std::rc::Rc;

use super::exit::Failure;
use super::session::Session;
use super::ui;
use super::vaults::{self, Backend, VaultArgs};
use super::world;
use crate::model::{Secret, VaultChoice};
use crate::vault::connect::Clock;
use crate::vault::file::{self, Armor, Content, Key, Recipients, Seal};
use crate::vault::serve::Outside;
use crate::vault::{FileVault, FileWriter, Refusal, Vault, VaultError, Writer, Written};

/// A vault that is ready to be asked and written to.
pub struct OpenToWrite {
    /// What answers.
    pub vault: Rc<dyn Vault>,
    /// What writes.
    pub writer: Rc<dyn Writer>,
    /// Whether it answers over a network.
    pub remote: bool,
}

impl OpenToWrite {
    /// Runs requests that only read.
    pub fn wait<T>(&self, session: &Session, future: impl Future<Output = T>) -> Result<T, Failure> {
        session.wait(self.remote, future)
    }

    /// Runs requests that write.
    pub fn wait_to_write<T>(&self, session: &Session, future: impl Future<Output = T>) -> Result<T, Failure> {
        session.wait(self.remote, future).map_err(|failure| match failure {
            Failure::Interrupted => Failure::InterruptedWrite,
            other => other,
        })
    }

    /// Waits until Connect's own copy shows what was written, so that the next command finds it.
    pub fn settle(&self, session: &Session, written: &[Written]) -> Result<(), Failure> {
        if !self.remote {
            return Ok(());
        }
        let clock = Clock::new(1);
        let all = async {
            let mut all = true;
            for written in written {
                all &= written.shows(self.vault.as_ref(), &clock).await;
            }
            all
        };
        if !self.wait(session, all)? {
            session.ui.warn("it is written, and Connect's own copy does not show it yet: give it some seconds");
        }
        Ok(())
    }
}

/// Opens the vault to write to it. The `op` program is only read: it takes values in command lines, where everyone on
/// the machine can see them, or whole items on standard input, which would write over what they do not say.
pub fn open(session: &Session, args: &VaultArgs, choice: &VaultChoice, folder: &Path) -> Result<OpenToWrite, Failure> {
    match vaults::named(args, choice, folder, &session.here)? {
        Backend::File(path) => open_file(&path),
        Backend::Connect => {
            let connect = Rc::new(vaults::connect(args, choice, ui::observer(&session.ui))?);
            Ok(OpenToWrite { vault: connect.clone(), writer: connect, remote: true })
        }
        Backend::Op => Err(Failure::Usage(
            "rpconf only reads through the `op` program: write by `op item edit` or in 1Password itself, or use \
             `--vault connect`"
                .into(),
        )),
    }
}

/// Opens a vault file to write to it.
pub fn open_file(path: &Path) -> Result<OpenToWrite, Failure> {
    let bytes = vaults::read(path)?;
    let key = vaults::key(path, &bytes, &vaults::KeyArgs::default())?;
    let name = path.display().to_string();
    let content = file::open(&name, &bytes, key.as_ref())?;
    let outside = outside(path, &bytes, &content, key)?;
    let writer = FileWriter::new(&name, content.clone(), outside);
    Ok(OpenToWrite { vault: Rc::new(FileVault::new(content)), writer: Rc::new(writer), remote: false })
}

/// Why a vault did not take what was to be written.
pub fn refused(session: &Session, vault: &str, refusal: &Refusal) -> Failure {
    let what = match refusal {
        Refusal::Forbidden => format!("the token may not write to the vault `{vault}`"),
        Refusal::Missing => {
            format!("the vault `{vault}` does not have the item any more, or the token may not write there")
        }
        Refusal::Failed(error) => {
            if matches!(
                error,
                VaultError::Broken { .. } | VaultError::Status { status: 500.., .. } | VaultError::Deadline { .. }
            ) {
                session.ui.warn("nobody knows whether it was written: look before you write it again");
            }
            return Failure::Vault(error.clone());
        }
    };
    Failure::Vault(VaultError::Refused { what })
}

/// What writing to a vault file needs. An encrypted one is encrypted again for the recipients that it lists, else for
/// the key that opened it.
pub fn outside(path: &Path, bytes: &[u8], content: &Content, key: Option<Key>) -> Result<Outside, Failure> {
    let sealed = |error| Failure::Vault(VaultError::Sealed { name: path.display().to_string(), error });
    let listed = content.recipients().iter().map(String::as_str);
    let recipients = match (key, Seal::of(bytes).map_err(sealed)?) {
        (None, _) | (_, Seal::None) => None,
        (Some(Key::Identities(_)), Seal::Identities) if listed.len() > 0 => {
            Some(file::recipients(listed).map_err(sealed)?)
        }
        (Some(key), _) => Some(key.recipients()),
    };
    let (path, armor) = (path.to_path_buf(), Armor::of(bytes));
    Ok(Outside {
        now: Box::new(world::seconds_since_1970),
        random: Box::new(world::fill_random),
        save: Box::new(move |text| save(&path, text, recipients.as_ref(), armor)),
    })
}

/// Puts the new text in the file's place, closed as it was.
fn save(path: &Path, text: &Secret<String>, recipients: Option<&Recipients>, armor: Armor) -> Result<(), String> {
    let bytes = match recipients {
        Some(recipients) => file::encrypt(text, recipients, armor).map_err(|error| error.to_string())?,
        #[expect(clippy::disallowed_methods, reason = "a plaintext vault file is written back as one")]
        None => text.expose().clone().into_bytes(),
    };
    world::write_private(path, bytes).map_err(|failure| failure.to_string())
}
