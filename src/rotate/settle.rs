//! Reads of the vault item that may be trusted.
//!
//! Connect answers from its own copy of the data: for seconds after a write a read may get the old item. Trusting such a
//! read, a second value would be made while the first is on its way.

use std::time::Duration;

use super::{Fault, Outside, Standing, Store, StoreError};

/// How long each thing is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a write to be seen by reads.
    pub settle: Duration,
    /// Between two reads that have to agree.
    pub apart: Duration,
    /// The first pause between reads that wait for a write; doubled up to `apart`.
    pub poll: Duration,
    /// How often a login is tried that nobody answers.
    pub tries: u32,
    /// Between such tries, and between samples of who is left on the old credential.
    pub pause: Duration,
    /// How many samples in a row must find nobody.
    pub samples: u32,
    /// For everybody to leave the old credential.
    pub confirm: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            settle: seconds(60),
            apart: seconds(5),
            poll: Duration::from_millis(200),
            tries: 5,
            pause: seconds(2),
            samples: 3,
            confirm: seconds(120),
        }
    }
}

/// An item's reader.
#[derive(Clone, Copy)]
pub struct Settling<'a> {
    /// The item.
    pub store: &'a dyn Store,
    /// Time.
    pub outside: &'a dyn Outside,
    /// How long is waited.
    pub patience: &'a Patience,
}

impl Settling<'_> {
    /// Reads until it is so; none when the time is over.
    pub async fn until(&self, so: impl Fn(&Standing) -> bool) -> Result<Option<Standing>, Fault> {
        let (begun, mut pause) = (self.outside.now(), self.patience.poll);
        loop {
            let read = self.store.read().await;
            let late = self.outside.now().saturating_sub(begun) >= self.patience.settle;
            match read {
                Ok(standing) if so(&standing) => return Ok(Some(standing)),
                Err(StoreError::Unknown(why)) if late => return Err(StoreError::Unknown(why).into()),
                Ok(_) if late => return Ok(None),
                Ok(_) | Err(StoreError::Unknown(_)) => {}
                Err(error) => return Err(error.into()),
            }
            self.outside.sleep(pause).await;
            pause = (pause * 2).min(self.patience.apart);
        }
    }

    /// Reads twice, apart, until two reads agree.
    pub async fn twice(&self) -> Result<Standing, Fault> {
        let begun = self.outside.now();
        let mut before = self.store.read().await?;
        loop {
            self.outside.sleep(self.patience.apart).await;
            let now = self.store.read().await?;
            if (now.version, &now.record) == (before.version, &before.record) {
                return Ok(now);
            }
            if self.outside.now().saturating_sub(begun) >= self.patience.settle {
                return Err(StoreError::Unknown("the item is being changed all the time".into()).into());
            }
            before = now;
        }
    }
}
