//! Time and chance for a rotation.

use std::time::Duration;

use crate::cli::world;
use crate::rotate::Outside;
use crate::vault::BoxFuture;

/// The machine's own.
pub struct Edge;

impl Outside for Edge {
    fn now(&self) -> Duration {
        world::since_1970()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        #[expect(clippy::disallowed_methods, reason = "this is the edge to time")]
        Box::pin(tokio::time::sleep(time))
    }

    fn random(&self, bytes: &mut [u8]) {
        world::fill_random(bytes);
    }
}
