//! Rotation: a credential is changed everywhere, with nobody noticing.
//!
//! ```text
//! plan → lock → generate → stage → apply → verify → promote → render → reload → confirm → retire → unlock
//! ```
//!
//! Three rules order the phases. *Vault first*: a value is durable in the vault, and read back, before a backend sees it.
//! *Accept before use, stop using before revoke*: both credentials are valid from `apply` to `retire`. *The vault and live
//! logins are the truth*: anyone can go on from the item alone; the journal only tells what may be on its way.
//!
//! [`decide`] is the state machine, a pure function from what was observed to the next step. [`Engine`] observes, asks it,
//! and does the step through four traits: a [`Store`] (the item), a [`Strategy`] (the backend), a [`Lock`] and a
//! [`Delivery`] (files and units).

mod credential;
mod decide;
mod delivery;
mod engine;
mod error;
mod event;
mod fingerprint;
mod item_store;
mod journal;
mod layout;
mod lock;
mod outside;
mod password;
mod record;
mod settle;
#[cfg(test)]
mod sim;
mod store;
pub mod strategies;
mod strategy;
mod target;

pub use credential::Credential;
pub use decide::{Done, Goal, Halt, Outcome, Step, View, decide};
pub use delivery::Delivery;
pub use engine::{Engine, Ran, Stop, Wish};
pub use error::Fault;
pub use event::{Event, Named, PhaseReport, Report};
pub use fingerprint::{fingerprint, new_id, new_key};
pub use item_store::{Access, ItemStore, Opened};
pub use journal::{Entry, Journal, Kind, Trail};
pub use layout::{Layout, SECTION, mark};
pub use lock::{Guard, Holder, Lock, LockError};
pub use outside::Outside;
pub use password::password;
pub use record::{Direction, Key, Last, Record, Standing, State};
pub use settle::{Patience, Settling};
pub use store::{Store, StoreError, Write};
pub use strategy::{Accepts, Blocked, Consumer, Generated, Login, Maker, Nature, Retirement, Strategy, Survey};
pub use target::{TARGETS, Target, layout, same_item, target};
