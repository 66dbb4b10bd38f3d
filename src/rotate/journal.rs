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
    told: Option<String>,
}

impl<'a> Trail<'a> {
    /// Reads what is there. A last line that was cut off tells nothing and is passed over.
    pub fn open(journal: &'a dyn Journal) -> Result<Self, Fault> {
        let mut trail = Self { journal, seq: 0, digest: String::new(), open: None, made: None, told: None };
        let mut last = None;
        for line in journal.lines()? {
            if let Ok(entry) = serde_json::from_str::<Entry>(&line) {
                trail.took(entry);
                last = Some(line);
            }
        }
        trail.digest = last.as_deref().map(digest).unwrap_or_default();
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
        self.took(entry);
        self.digest = digest(&line);
        Ok(())
    }

    /// Since when the backend may have made a value that did not reach the vault, RFC 3339.
    pub fn made_since(&self) -> Option<&str> {
        self.made.as_deref()
    }

    /// Since when everybody is being told what the vault says now, RFC 3339.
    pub fn told_since(&self) -> Option<&str> {
        self.told.as_deref()
    }

    fn took(&mut self, entry: Entry) {
        self.seq = entry.seq;
        match (entry.phase.as_str(), entry.ev) {
            ("stage", Kind::Intent) if self.made.is_none() => self.made = Some(entry.t.clone()),
            ("stage" | "discard", Kind::Done) => self.made = None,
            ("promote" | "demote", Kind::Intent) => self.told = None,
            // Units that are restarted first log in while others are still to be: all of them know since the beginning.
            ("reload", Kind::Intent) if self.told.is_none() => self.told = Some(entry.t.clone()),
            _ => {}
        }
        self.open = (entry.ev == Kind::Intent).then_some(entry);
    }
}

fn digest(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Paper(RefCell<Vec<String>>);

    impl Journal for Paper {
        fn lines(&self) -> Result<Vec<String>, Fault> {
            Ok(self.0.borrow().clone())
        }

        fn append(&self, line: &str) -> Result<(), Fault> {
            self.0.borrow_mut().push(line.to_string());
            Ok(())
        }
    }

    fn entry(ev: Kind, phase: &str, t: &str) -> Entry {
        let (id, prev) = ("01J".to_string(), String::new());
        Entry { seq: 0, prev, t: t.into(), id, ev, phase: phase.into(), ver: 3, user: None, fp: None, why: None }
    }

    #[test]
    fn lines_are_numbered_and_chained() {
        let paper = Paper::default();
        let mut trail = Trail::open(&paper).expect("a trail");
        trail.write(entry(Kind::Intent, "apply", "t1")).expect("a line");
        trail.write(entry(Kind::Done, "apply", "t2")).expect("a line");
        let mut trail = Trail::open(&paper).expect("a trail");
        trail.write(entry(Kind::Intent, "verify", "t3")).expect("a line");
        let lines: Vec<Entry> = paper.0.borrow().iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(lines[2].prev, digest(&paper.0.borrow()[1]));
    }

    #[test]
    fn a_line_that_was_cut_off_tells_nothing() {
        let paper = Paper::default();
        let mut trail = Trail::open(&paper).expect("a trail");
        trail.write(entry(Kind::Intent, "stage", "t1")).expect("a line");
        let whole = paper.0.borrow()[0].clone();
        paper.0.borrow_mut().push(whole[..whole.len() / 2].to_string());
        let trail = Trail::open(&paper).expect("a trail");
        assert_eq!(trail.unfinished().map(|entry| entry.phase.as_str()), Some("stage"));
        assert_eq!(trail.made_since(), Some("t1"));
    }

    #[test]
    fn what_was_made_and_not_staged_is_known_until_it_is_staged() {
        let paper = Paper::default();
        let mut trail = Trail::open(&paper).expect("a trail");
        let mut check = |ev, phase: &str, t: &str, expect: Option<&str>| {
            trail.write(entry(ev, phase, t)).expect("a line");
            assert_eq!(trail.made_since(), expect, "{ev:?} {phase}");
        };
        check(Kind::Intent, "stage", "t1", Some("t1"));
        check(Kind::Error, "stage", "t2", Some("t1"));
        check(Kind::Intent, "stage", "t3", Some("t1"));
        check(Kind::Done, "stage", "t4", None);
        check(Kind::Intent, "apply", "t5", None);
    }
}
