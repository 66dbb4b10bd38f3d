//! Puts outputs in their places: what would change, then all of it or none.
//!
//! The life of a [`commit`], and what a crash at each step leaves for [`recover`]:
//!
//! 1. Old versions are kept in the state folder, the journal is written beside them, the folder is synced. Nothing else has moved.
//! 2. New files are written beside their targets, 0600 from the first byte, and synced.
//! 3. They are renamed over their targets; stale files are removed; each folder is synced once.
//! 4. The journal is removed and the state folder synced: **from here on the new files stand**.
//! 5. The old versions are removed.
//!
//! Up to step 4 a journal is there, and recovery goes back: each old version is put in its place again. Going back needs no
//! judgement on whether a staged file is complete, and the next render starts from a known state. After step 4 only old
//! versions can be left, in the one folder where recovery looks. The order asks of a file system only what POSIX promises:
//! a rename is atomic, and what was synced stays.

mod apply;
mod commit;
mod disk;
mod drift;
mod error;
mod follow;
mod generation;
mod git_guard;
mod host;
mod journal;
mod manifest;
mod path;
mod place;
mod plan;
mod real;
mod recover;
mod resolve;
mod users;

#[cfg(test)]
mod apply_crash;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod real_tests;

use std::path::PathBuf;

pub use apply::{Differing, Installed, Prepared, Record, install, prepare};
pub use commit::{Report, commit};
pub use disk::{Disk, Dress, Kind, Look, NewFile};
pub use drift::{Drift, Drifted, drift};
pub use error::DeliverError;
pub use follow::{Followed, Units, follow, in_order, pending};
pub use generation::{Generation, before, current, generation, generations};
pub use git_guard::{GitError, Ignores, unignored};
pub use host::{Host, HostFile};
pub use place::Place;
pub use plan::{Change, Changes, Difference, plan};
pub use real::{RealDisk, in_memory};
pub use recover::{is_unfinished, recover};
pub use users::{Users, account};

use crate::model::Secret;

/// One file to deliver.
#[derive(Debug)]
pub struct Output {
    /// Where, relative to the place's targets: UTF-8, no `..`, not absolute.
    pub path: PathBuf,
    /// Its bytes.
    pub content: Secret<Vec<u8>>,
}

/// The whole of it: undo what an earlier run left unfinished, see what would change, commit that.
pub fn deliver(outputs: &[Output], place: &Place, suffix: &str) -> Result<Report, DeliverError> {
    let recovered = recover(place)?;
    let report = commit(plan(outputs, place)?, place, suffix)?;
    Ok(Report { recovered, ..report })
}
