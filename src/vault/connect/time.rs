//! Time and chance as the client sees them, so that tests can make both up.

#![expect(clippy::disallowed_methods, reason = "this is the runtime's clock, which the client takes as a trait")]

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use crate::vault::BoxFuture;

/// What the client needs of the outside world besides the network.
pub trait Time {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()>;

    /// A number in `0.0..1.0`, another one each time: what keeps many clients from trying again at once.
    fn jitter(&self) -> f64;
}

/// The runtime's clock, and numbers that follow from a seed.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    state: Cell<u64>,
}

impl Clock {
    /// A clock that starts now. Any seed does, but different processes should have different ones.
    pub fn new(seed: u64) -> Self {
        Self { start: Instant::now(), state: Cell::new(seed | 1) }
    }
}

impl Time for Clock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(pause))
    }

    fn jitter(&self) -> f64 {
        // xorshift64: nothing secret depends on it.
        let mut x = self.state.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.state.set(x);
        (x >> 11) as f64 / (1u64 << 53) as f64
    }
}
