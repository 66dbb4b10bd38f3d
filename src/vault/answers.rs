//! What a fetch brought: a secret or a problem for every reference, and what was learnt on the way.

use std::fmt;

use super::problem::{Problem, Stale};
use super::{Batch, Lock};
use crate::model::{Reference, Secret};

/// The answers to a batch.
#[derive(Debug)]
pub struct Answers {
    pub(super) batch: Batch,
    pub(super) results: Vec<Result<Secret<String>, Problem>>,
    pub(super) learnt: Lock,
    pub(super) notices: Vec<Notice>,
}

/// Something that went right in the end and is worth a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The lock file's ids led nowhere, so the item was looked up by its name.
    LockStale {
        /// As the reference names it.
        vault: String,
        /// As the reference names it.
        item: String,
        /// What the ids led to.
        what: Stale,
    },
}

impl Answers {
    /// The answer to a reference; none when it was not in the batch. An empty secret is an empty field.
    pub fn get(&self, reference: &Reference) -> Option<Result<&Secret<String>, &Problem>> {
        self.results.get(self.batch.index(reference)?).map(Result::as_ref)
    }

    /// Every reference without a value, in the batch's order.
    pub fn problems(&self) -> impl Iterator<Item = (&Reference, &Problem)> {
        let pairs = self.batch.references().iter().zip(&self.results);
        pairs.filter_map(|(reference, result)| result.as_ref().err().map(|problem| (reference, problem)))
    }

    /// The ids of every item that was found.
    pub fn learnt(&self) -> &Lock {
        &self.learnt
    }

    /// What is worth a word.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::LockStale { vault, item, what } => write!(
                f,
                "the lock file's ids for the item `{item}` in the vault `{vault}` lead to {what}: it was looked up by its name"
            ),
        }
    }
}
