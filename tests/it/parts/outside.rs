//! Time and chance for strategies, and a thread that runs them.

use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rpconf::rotate::{Credential, Outside, Standing};
use rpconf::vault::BoxFuture;

/// The real world.
pub struct World;

impl Outside for World {
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970")
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut source = std::fs::File::open("/dev/urandom").expect("chance");
        source.read_exact(bytes).expect("chance");
    }
}

/// Runs to the end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A vault item in which no rotation is open.
pub fn standing(current: Credential) -> Standing {
    Standing { version: 1, current, next: None, previous: None, standby: None, record: None, last: None, key: None }
}
