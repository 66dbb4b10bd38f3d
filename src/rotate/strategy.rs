//! What a backend does for a rotation. One file of `strategies/` for each.

use std::time::Duration;

use super::{Credential, Fault, Standing};
use crate::vault::BoxFuture;

/// Who makes the new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// rpconf: staged before the backend knows it.
    Us,
    /// The backend, as with access keys: staged right after it was made. One that was made and not staged is an orphan.
    Backend,
    /// A person, at the provider's console.
    Operator,
}

/// Who accepts the new value beside the old one, and so where a gap can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// The backend takes both from `apply` to `retire`: no gap.
    Both,
    /// The backend takes one: from `apply` on the old one is refused.
    One,
    /// The consumers themselves, once they are told both: `apply` is a render and a reload.
    Consumers,
    /// Nobody takes two; consumers on both sides switch at the reload.
    Nobody,
}

/// What kind of strategy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nature {
    /// Who makes the value.
    pub maker: Maker,
    /// Who accepts two.
    pub accepts: Accepts,
}

/// What a login attempt told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// It works.
    Works,
    /// The backend answered, and refused it.
    Refused,
    /// Nobody answered, or something else was wrong.
    Unknown(String),
    /// There is nothing to log in to; such strategies are decided without.
    Untested,
}

/// Someone who still uses a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consumer {
    /// What it calls itself: `application_name`, a client's name, a service.
    pub name: String,
    /// From where, as the backend sees it.
    pub address: String,
    /// How many connections.
    pub connections: u64,
}

/// A value that was made.
#[derive(Debug)]
pub struct Generated {
    /// It.
    pub credential: Credential,
    /// Fingerprint-free description for people and journals: the role's name, the access key's id.
    pub name: Option<String>,
}

/// How far a retirement came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retirement {
    /// The old credential is refused.
    Done,
    /// It is disabled and can still be brought back; the rest is due after so long.
    Soak(Duration),
}

/// What PLAN found, by reading only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// What is there and what would be done, a line each, for people.
    pub facts: Vec<String>,
    /// What would be done to the backend, a line each.
    pub will: Vec<String>,
    /// What stands in the way, each with what to do about it.
    pub blocked: Vec<Blocked>,
    /// What is not in the way but should be known.
    pub warnings: Vec<String>,
    /// Who uses the current credential.
    pub consumers: Vec<Consumer>,
    /// Where logins fail for a while, in words: none when there is no gap.
    pub gap: Option<String>,
}

/// A reason not to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// What is so.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// A backend's part in a rotation. Each call may be repeated: what is done already is success.
pub trait Strategy {
    /// The name that records carry: `role-pair`.
    fn name(&self) -> &'static str;

    /// What kind it is.
    fn nature(&self) -> Nature;

    /// Whether the backend may forget a credential that it accepted, as a server without a saved configuration does at its
    /// restart. Then a new one that is refused is set again; elsewhere somebody revoked it, and a person decides.
    fn forgets(&self) -> bool {
        false
    }

    /// Whether its gauge tells when the old credential was last used, and not who is on it. Then a use by a unit that is
    /// restarted a moment later is nobody's: only what is after the last restart counts.
    fn tells_last_use(&self) -> bool {
        false
    }

    /// Looks, and changes nothing: what is there, what would be done, what stands in the way.
    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>>;

    /// Makes the next value. Strategies whose backend makes it change the backend here.
    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>>;

    /// Values that the backend made and nobody staged, by their ids: made at or after `since`, seconds since 1970, never
    /// used, and not in the vault.
    fn orphans<'a>(&'a self, _standing: &'a Standing, _since: u64) -> BoxFuture<'a, Result<Vec<String>, Fault>> {
        Box::pin(async { Ok(vec![]) })
    }

    /// Deletes an orphan.
    fn discard<'a>(&'a self, _orphan: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// Logs in, truly, and changes nothing.
    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login>;

    /// Makes a credential valid. `beside` is the one that stays valid where two can be.
    fn apply<'a>(&'a self, credential: &'a Credential, beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>>;

    /// Proves that a credential can do all that consumers will do by it; waits where a backend takes a while to know it.
    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>>;

    /// Who uses a credential that is not to be used any more, measured at the backend. `new` is the one that they should
    /// use, and were told `since` ago (see [`Self::tells_last_use`]): a difference, so that nobody's clock is compared with the backend's. A strategy
    /// without such a measure proves that `new` is in use, and answers nobody.
    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        new: &'a Credential,
        since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>>;

    /// Makes a credential invalid and proves it. `keep` is the one that stays; the point of no return was passed `since`
    /// ago, for backends that disable first and delete later.
    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        keep: &'a Credential,
        since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>>;

    /// Takes back what `apply` did, for good. The default is to retire.
    fn undo<'a>(&'a self, credential: &'a Credential, keep: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move { self.retire(credential, keep, Duration::ZERO).await.map(drop) })
    }

    /// The user that rests once `retired` is retired and `kept` is in use, where two take turns.
    fn standby(&self, _retired: &Credential, _kept: &Credential) -> Option<String> {
        None
    }
}
