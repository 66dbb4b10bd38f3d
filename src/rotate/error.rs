//! Why a step could not be done.

use super::Consumer;
use super::store::StoreError;

/// What went wrong at a step. Words never hold a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The backend rejects the value itself: the same one will never do.
    #[error("the new value is rejected: {0}")]
    Rejected(String),
    /// Whoever we are may not do this.
    #[error("{0}")]
    Denied(String),
    /// Nobody answered, or the answer was lost.
    #[error("{0}")]
    Unreachable(String),
    /// The lock is gone: somebody else may be at work.
    #[error("the lock was lost: {0}")]
    LockLost(String),
    /// Something is not as it has to be.
    #[error("{0}")]
    Unfit(String),
    /// Somebody is still on the old credential.
    #[error("still on the old credential: {}", list(.0))]
    InUse(Vec<Consumer>),
    /// The vault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal could not be written; the step was not begun.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
}

fn list(consumers: &[Consumer]) -> String {
    let one = |it: &Consumer| format!("{}@{} ({})", it.name, it.address, it.connections);
    consumers.iter().map(one).collect::<Vec<_>>().join(", ")
}
