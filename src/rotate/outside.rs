//! What rotation needs of the outside world besides vault, backend and hosts.

use std::time::Duration;

use crate::vault::BoxFuture;

/// Time and chance.
pub trait Outside {
    /// Since 1970.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// Fills a buffer with bytes that nobody can guess.
    fn random(&self, bytes: &mut [u8]);
}
