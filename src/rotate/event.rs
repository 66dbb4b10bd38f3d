//! What a rotation tells while it goes on, and what it came to.

use serde::Serialize;

use super::{Consumer, Login, Outcome, Step};

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A rotation is gone on with that an earlier run began.
    Resumed {
        /// Its id.
        id: String,
        /// Who began it.
        by: String,
    },
    /// A step begins.
    Begun(Step),
    /// A step is done, with what there is to say of it.
    Ended(Step, String),
    /// Whether the credentials log in.
    Health {
        /// The current one.
        current: Login,
        /// The other one.
        other: Login,
        /// Whether the current one is the new one.
        promoted: bool,
    },
    /// Somebody is still on the old credential.
    Waiting(Vec<Consumer>),
    /// A vault's answer is waited for: reads may be behind writes.
    Settling,
}

/// One step as the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhaseReport {
    /// Its name.
    pub name: &'static str,
    /// When it began, in milliseconds since 1970.
    pub began: u64,
    /// When it ended.
    pub ended: u64,
    /// `done`, or what went wrong in words.
    pub result: String,
}

/// What a run did, whether it came to an end or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The rotation's id; empty when none was begun.
    pub id: String,
    /// The strategy.
    pub strategy: String,
    /// The item's versions before and after.
    pub versions: (u64, u64),
    /// The credential that consumers had before: its user or key id, and its fingerprint.
    pub old: Named,
    /// The one that they have now.
    pub new: Named,
    /// The steps.
    pub phases: Vec<PhaseReport>,
    /// How long logins may have failed, in milliseconds, where a strategy has a gap.
    pub gap_ms: Option<u64>,
    /// Consumers of the old credential that were to be ignored.
    pub ignored: Vec<String>,
}

/// A credential without its secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The role, user or key id.
    pub user: Option<String>,
    /// The fingerprint.
    pub fp: String,
}

impl Step {
    /// The phase's name in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Step::Discard => "discard",
            Step::Stage => "stage",
            Step::Apply => "apply",
            Step::Restore => "restore",
            Step::Revive => "revive",
            Step::Verify => "verify",
            Step::Promote => "promote",
            Step::Abandon => "abandon",
            Step::Demote => "demote",
            Step::Render => "render",
            Step::Reload => "reload",
            Step::Confirm => "confirm",
            Step::Mark => "mark",
            Step::Retire => "retire",
            Step::Finish => "finish",
            Step::Undo => "undo",
            Step::Clear => "clear",
            Step::End(_) => "end",
            Step::Halt(_) => "halt",
        }
    }
}

impl Outcome {
    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Rotated => "done",
            Outcome::Deferred => "deferred",
            Outcome::Held => "held",
            Outcome::RolledBack => "rolled_back",
            Outcome::Nothing => "nothing",
        }
    }
}
