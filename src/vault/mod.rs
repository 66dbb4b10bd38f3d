//! Vaults: what a reference stands for, from whichever backend holds it.
//!
//! A backend answers four plain questions ([`Vault`]); [`fetch`] asks them for a whole [`Batch`] of references, resolves
//! names to ids, and picks the fields. So every backend treats names, ambiguity and archived items alike. References
//! are all that is known here: no setting, no place in a document.

mod answers;
mod batch;
mod chance;
mod change;
pub mod connect;
mod fetch;
pub mod file;
mod gather;
mod item;
#[cfg(test)]
pub(crate) mod laws;
mod lock;
mod names;
pub mod op_cli;
mod pick;
mod place;
mod problem;
mod resolve;
pub mod serve;
mod ssh;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::model::Secret;

pub use answers::{Answers, Notice};
pub use batch::{Batch, Wanted};
pub use chance::{Random, Strength, new_id};
pub use change::{Change, NewField, NewItem, Writer, Written};
pub use connect::Connect;
pub use fetch::{Names, fetch};
pub use file::{FileVault, FileWriter};
pub use item::{AttachedFile, Field, Item, ItemSummary, Section, VaultSummary};
pub use lock::{Lock, LockError};
pub use names::same as same_name;
pub use op_cli::OpCli;
pub use place::{Place, field_in, places};
pub use problem::{Match, Problem, Refusal, Stale, VaultError};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// An item by its ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId {
    /// The vault's id.
    pub vault: String,
    /// The item's id.
    pub item: String,
}

/// An attached file by its ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedFileId {
    /// The item that it is attached to.
    pub item: ItemId,
    /// The file's id.
    pub file: String,
}

/// A backend. Questions come in the plural, so that each backend asks them in its cheapest way: Connect in parallel,
/// the `op` program in one process. An answer holds as many results as were asked for, in the same order.
pub trait Vault {
    /// The backend's name in documents: `connect`, `op`, `file`.
    fn name(&self) -> &'static str;

    /// The vaults that may be read.
    fn vaults(&self) -> BoxFuture<'_, Result<Vec<VaultSummary>, VaultError>>;

    /// The items of each vault, without their fields; archived ones may be among them.
    fn summaries<'a>(&'a self, vaults: &'a [String]) -> BoxFuture<'a, Vec<Result<Vec<ItemSummary>, Refusal>>>;

    /// Whole items.
    fn items<'a>(&'a self, items: &'a [ItemId]) -> BoxFuture<'a, Vec<Result<Rc<Item>, Refusal>>>;

    /// The contents of attached files; asked only for files that came without theirs.
    fn files<'a>(&'a self, files: &'a [AttachedFileId]) -> BoxFuture<'a, Vec<Result<Secret<Vec<u8>>, Refusal>>>;
}
