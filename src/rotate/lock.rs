//! The lock that keeps two operators apart, wherever they are.

use super::Fault;
use crate::vault::BoxFuture;

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who and with which rotation, as the holder said.
    pub who: String,
    /// Since when, by the lock server's clock, RFC 3339.
    pub since: String,
}

/// Why a lock was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("{} holds the lock since {}", .0.who, .0.since)]
    Held(Holder),
    /// It could not be asked for.
    #[error("{0}")]
    Unreachable(String),
}

/// Where the lock is.
pub trait Lock {
    /// Takes it, or says who has it. It is let go when the guard is dropped, or whoever holds it dies.
    fn acquire(&self) -> BoxFuture<'_, Result<Box<dyn Guard>, LockError>>;
}

/// A lock that is held.
pub trait Guard {
    /// Whether it is still held; asked right before each change.
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>>;
}
