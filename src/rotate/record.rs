//! What a vault item says of its credential: the values, and the rotation that is open.

use serde::{Deserialize, Serialize};

use super::Credential;
use crate::model::Secret;

/// An item, as rotation sees it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The item's version; rises by one with each write.
    pub version: u64,
    /// What consumers are told.
    pub current: Credential,
    /// What they will be told.
    pub next: Option<Credential>,
    /// What they were told before.
    pub previous: Option<Credential>,
    /// The login of a pair that rests.
    pub standby: Option<String>,
    /// The open rotation.
    pub record: Option<Record>,
    /// The rotation that was finished last.
    pub last: Option<Last>,
    /// Key of the fingerprints. A plain digest of a weak password in a journal could be searched for.
    pub key: Option<Key>,
}

/// A key of fingerprints, kept in the item.
#[derive(Debug)]
pub struct Key(pub Secret<String>);

impl Clone for Key {
    #[expect(clippy::disallowed_methods, reason = "a copy of a secret is a secret")]
    fn clone(&self) -> Self {
        Self(Secret::new(self.0.expose().clone()))
    }
}

/// Where an open rotation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// `next` is in the vault; the backend may know it or not.
    Staged,
    /// `current` is the new one, `previous` the old one; both are valid.
    Promoted,
    /// The old one is being revoked: there is no way back.
    Retiring,
}

/// Which way an open rotation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the new credential.
    #[default]
    Forward,
    /// Given up before anybody was told `next`.
    Abort,
    /// Back to the old one: after a demotion `current` is the old one again, and `next` the one that is given up.
    Back,
}

/// The open rotation, as JSON in the item's field `rotation`. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this form: 1.
    pub v: u8,
    /// The rotation's id, a ULID.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// Which way it goes.
    #[serde(default)]
    pub direction: Direction,
    /// Name of the strategy.
    pub strategy: String,
    /// How many rotations this item has had.
    pub epoch: u64,
    /// Who began it, `operator@host`.
    pub by: String,
    /// When it entered its state, RFC 3339.
    pub at: String,
    /// Which rpconf wrote this.
    pub tool: String,
    /// Fingerprint of the current credential, to notice edits by hand.
    pub cur_fp: String,
    /// Fingerprint of the other one.
    pub next_fp: String,
    /// The item's version before the rotation.
    pub base_version: u64,
    /// For how many seconds after promotion the old credential stays valid.
    #[serde(default)]
    pub retire_after: u64,
}

/// A finished rotation, as JSON in the item's field `last_rotation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Its id.
    pub id: String,
    /// When it ended, RFC 3339.
    pub at: String,
    /// Who ended it.
    pub by: String,
    /// Fingerprint of the credential that it left.
    pub fp: String,
    /// Its number.
    #[serde(default)]
    pub epoch: u64,
}

impl Standing {
    /// The credential beside the current one: `next` before promotion, `previous` after it.
    pub fn other(&self) -> Option<&Credential> {
        match self.record.as_ref()?.state {
            State::Staged => self.next.as_ref(),
            State::Promoted | State::Retiring => self.previous.as_ref(),
        }
    }
}
