//! The journal: what is on its way, written before it goes. It holds no plaintext, and losing it loses nothing but time.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Fault;
use crate::model::hex;

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An effect is about to be caused.
    Intent,
    /// It was caused.
    Done,
    /// It was not, or nobody knows.
    Error,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3, …
    pub seq: u64,
    /// SHA-256 of the line before; of nothing at first.
    pub prev: String,
    /// When, RFC 3339.
    pub t: String,
    /// The rotation's id; empty before there is one.
    pub id: String,
    /// What kind of line.
    pub ev: Kind,
    /// The step, by its name in the documentation.
    pub phase: String,
    /// The item's version as it was known.
    pub ver: u64,
    /// The role or key id that is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Fingerprint of the credential that is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fp: Option<String>,
    /// Words, for errors. They hold no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A file that lines are appended to.
pub trait Journal {
    /// Every line that is there.
    fn lines(&self) -> Result<Vec<String>, Fault>;

    /// Appends a line: one write, durable when this returns.
    fn append(&self, line: &str) -> Result<(), Fault>;
}

/// The journal of one target, with what has to be known to go on writing it.
pub struct Trail<'a> {
    journal: &'a dyn Journal,
    seq: u64,
    digest: String,
    open: Option<Entry>,
    made: Option<String>,
}

impl<'a> Trail<'a> {
    /// Reads what is there. A last line that was cut off tells nothing and is passed over.
    pub fn open(journal: &'a dyn Journal) -> Result<Self, Fault> {
        let mut trail = Self { journal, seq: 0, digest: String::new(), open: None, made: None };
        for line in journal.lines()? {
            if let Ok(entry) = serde_json::from_str::<Entry>(&line) {
                trail.took(entry, &line);
            }
        }
        Ok(trail)
    }

    /// What the last run was about to do, and did not tell the end of.
    pub fn unfinished(&self) -> Option<&Entry> {
        self.open.as_ref()
    }

    /// Appends a line; numbers and digests are put in here.
    pub fn write(&mut self, mut entry: Entry) -> Result<(), Fault> {
        (entry.seq, entry.prev) = (self.seq + 1, self.digest.clone());
        let line = serde_json::to_string(&entry).map_err(|error| Fault::Journal(error.to_string()))?;
        self.journal.append(&line)?;
        self.took(entry, &line);
        Ok(())
    }

    /// Since when the backend may have made a value that did not reach the vault, RFC 3339.
    pub fn made_since(&self) -> Option<&str> {
        self.made.as_deref()
    }

    fn took(&mut self, entry: Entry, line: &str) {
        (self.seq, self.digest) = (entry.seq, digest(line));
        match (entry.phase.as_str(), entry.ev) {
            ("stage", Kind::Intent) if self.made.is_none() => self.made = Some(entry.t.clone()),
            ("stage" | "discard", Kind::Done) => self.made = None,
            _ => {}
        }
        self.open = (entry.ev == Kind::Intent).then_some(entry);
    }
}

fn digest(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}
