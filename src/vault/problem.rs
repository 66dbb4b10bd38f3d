//! What can go wrong: with a whole vault, with one request, with one reference. No message holds a value.

use std::fmt;
use std::time::Duration;

/// Why a backend cannot be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Connect cannot be spoken to as it is set up.
    #[error("{what}")]
    Settings {
        /// What is wrong and what to do; no token, no password.
        what: String,
    },
    /// There is no connection.
    #[error("`OP_CONNECT_HOST` is `{host}`, which cannot be reached: {why}")]
    Unreachable {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
        /// In the words of the operating system or of TLS.
        why: String,
    },
    /// A connection ended before the answer did.
    #[error("`OP_CONNECT_HOST` is `{host}`, which broke off: {why}")]
    Broken {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
        /// In the words of the operating system or of HTTP.
        why: String,
    },
    /// The time is over.
    #[error("`OP_CONNECT_HOST` is `{host}`, which did not answer everything within {} s", deadline.as_secs_f64())]
    Deadline {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
        /// How long it had.
        deadline: Duration,
    },
    /// The token is not accepted.
    #[error("Connect at `{host}` does not accept the token; see `OP_CONNECT_TOKEN`")]
    Token {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
    },
    /// The server answers with an error.
    #[error("Connect at `{host}` answered with status {status}{}", if *status == 429 { ": too many requests" } else { "" })]
    Status {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server answers with what Connect would not.
    #[error("what answers at `{host}` does not speak as Connect does (`OP_CONNECT_HOST`): it sent {what}")]
    Answer {
        /// The value of `OP_CONNECT_HOST`.
        host: String,
        /// What it sent; no part of it.
        what: String,
    },
    /// The `op` program does not answer.
    #[error("the `op` program {what}")]
    Op {
        /// What it does instead, and what to do.
        what: String,
    },
    /// The vault does not take what was to be written.
    #[error("{what}")]
    Refused {
        /// What it does not take; no value.
        what: String,
    },
    /// The vault file is not what it should be.
    #[error("the vault file `{name}` cannot be read{}", lines(faults))]
    File {
        /// The file's name as the user knows it.
        name: String,
        /// Each fault, with `line:column` where there is one.
        faults: Vec<String>,
    },
    /// The vault file cannot be written.
    #[error("the vault file `{name}` was not written: {why}")]
    Write {
        /// The file's name as the user knows it.
        name: String,
        /// Why; no value.
        why: String,
    },
    /// The vault file cannot be decrypted.
    #[error("the vault file `{name}` cannot be decrypted: {error}")]
    Sealed {
        /// The file's name as the user knows it.
        name: String,
        /// Why.
        error: super::file::SealError,
    },
}

impl VaultError {
    /// Whether nothing else can be expected of the vault, so that asking on would only repeat the message.
    pub fn is_final(&self) -> bool {
        match self {
            VaultError::Settings { .. }
            | VaultError::Unreachable { .. }
            | VaultError::Deadline { .. }
            | VaultError::Token { .. }
            | VaultError::Op { .. }
            | VaultError::File { .. }
            | VaultError::Write { .. }
            | VaultError::Sealed { .. } => true,
            VaultError::Broken { .. }
            | VaultError::Status { .. }
            | VaultError::Answer { .. }
            | VaultError::Refused { .. } => false,
        }
    }
}

/// Why a backend does not hand out one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not there; Connect answers so as well for what was deleted or not granted.
    Missing,
    /// Its vault is outside what the token may read.
    Forbidden,
    /// The question could not be answered.
    Failed(VaultError),
}

/// The first error that leaves nothing to expect.
pub(super) fn final_error<'a>(refusals: impl Iterator<Item = &'a Refusal>) -> Result<(), VaultError> {
    for refusal in refusals {
        match refusal {
            Refusal::Failed(error) if error.is_final() => return Err(error.clone()),
            Refusal::Failed(_) | Refusal::Missing | Refusal::Forbidden => {}
        }
    }
    Ok(())
}

/// Why one reference has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No vault of that name or id.
    #[error("there is no vault `{vault}` that may be read{}", meant(nearest))]
    VaultNotFound {
        /// As the reference names it.
        vault: String,
        /// Similar names.
        nearest: Vec<String>,
    },
    /// Several vaults of that name.
    #[error("{} vaults are named `{vault}`: {}; refer to one by its id", ids.len(), ids.join(", "))]
    VaultAmbiguous {
        /// As the reference names it.
        vault: String,
        /// Theirs.
        ids: Vec<String>,
    },
    /// The token does not reach the vault.
    #[error("the token may not read the vault `{vault}`")]
    VaultForbidden {
        /// As the reference names it.
        vault: String,
    },
    /// No item of that name or id.
    #[error("there is no item `{item}` in the vault `{vault}`{}", meant(nearest))]
    ItemNotFound {
        /// As the reference names it.
        item: String,
        /// As the reference names it.
        vault: String,
        /// Similar titles.
        nearest: Vec<String>,
    },
    /// Several items of that title.
    #[error("{} items in the vault `{vault}` are titled `{item}`: {}; refer to one by its id", ids.len(), ids.join(", "))]
    ItemAmbiguous {
        /// As the reference names it.
        item: String,
        /// As the reference names it.
        vault: String,
        /// Theirs.
        ids: Vec<String>,
    },
    /// The only item of that name is archived.
    #[error("the item `{item}` in the vault `{vault}` is archived, and an archived item counts as missing")]
    ItemArchived {
        /// As the reference names it.
        item: String,
        /// As the reference names it.
        vault: String,
    },
    /// The lock file has no ids for the item, and none may be learnt.
    #[error("the lock file has no ids for the item `{item}` in the vault `{vault}`")]
    NotLocked {
        /// As the reference names it.
        item: String,
        /// As the reference names it.
        vault: String,
    },
    /// The ids in the lock file lead to no item, and none may be learnt.
    #[error("the lock file's ids for the item `{item}` in the vault `{vault}` lead to {what}")]
    LockStale {
        /// As the reference names it.
        item: String,
        /// As the reference names it.
        vault: String,
        /// What they lead to: nothing, or an archived item.
        what: Stale,
    },
    /// The item has no such section.
    #[error("the item `{item}` has no section `{section}`{}", listed("; it has", sections))]
    SectionNotFound {
        /// The item's title.
        item: String,
        /// As the reference names it.
        section: String,
        /// Those it has, the nearest first.
        sections: Vec<String>,
    },
    /// The item has no such field or file.
    #[error("the item `{item}` has no field `{field}`{}", listed("; it has", labels))]
    FieldNotFound {
        /// The item's title.
        item: String,
        /// As the reference names it.
        field: String,
        /// The labels it has, the nearest first.
        labels: Vec<String>,
    },
    /// Several fields or files of that label.
    #[error(
        "{} fields of the item `{item}` are labelled `{field}`: {}; name the section, or refer to one by its id",
        matches.len(), joined(matches)
    )]
    FieldAmbiguous {
        /// The item's title.
        item: String,
        /// As the reference names it.
        field: String,
        /// Which ones.
        matches: Vec<Match>,
    },
    /// The field has no such property.
    #[error("the field `{field}` of the item `{item}` has no {}", what(attribute))]
    NoAttribute {
        /// The item's title.
        item: String,
        /// As the reference names it.
        field: String,
        /// The property, by the word that references use for it.
        attribute: &'static str,
    },
    /// An attached file that is not text.
    #[error("the file `{file}` of the item `{item}` is not UTF-8 text")]
    NotText {
        /// The item's title.
        item: String,
        /// The file's name.
        file: String,
    },
    /// The request for it failed.
    #[error("{0}")]
    Request(VaultError),
}

/// What a lock file's ids lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// No item.
    Nothing,
    /// An archived item.
    Archived,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stale::Nothing => "no item any more",
            Stale::Archived => "an archived item",
        })
    }
}

/// One of several fields that a reference could mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Its section's label, or id where the section has none.
    pub section: Option<String>,
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.section {
            Some(section) => write!(f, "`{}` in section `{section}`", self.id),
            None => write!(f, "`{}` in no section", self.id),
        }
    }
}

fn joined(matches: &[Match]) -> String {
    matches.iter().map(Match::to_string).collect::<Vec<_>>().join(", ")
}

/// How many names a message lists; the whole list is in the error.
const SHOWN: usize = 12;

fn listed(before: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    let rest = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    format!("{before} {}{rest}", shown.join(", "))
}

fn meant(names: &[String]) -> String {
    listed("; did you mean", names)
}

fn lines(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

fn what(attribute: &str) -> &str {
    match attribute {
        "otp" => "one-time password that this vault computes",
        "ssh-format" => "key in OpenSSH's format",
        other => other,
    }
}
