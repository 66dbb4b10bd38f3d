//! Makes the changes, all or none.

use std::any::Any;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::disk::{Disk, Dress};
use super::error::failed;
use super::journal::{Journal, is_suffix};
use super::recover::{copy, forget_old_versions, undo};
use super::{Change, Changes, DeliverError, Difference, Place, path};

/// What a delivery did. Paths are relative to the place's targets.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New, or with other bytes than before.
    pub written: Vec<PathBuf>,
    /// Not touched.
    pub unchanged: Vec<PathBuf>,
    /// Stale files that are gone.
    pub removed: Vec<PathBuf>,
    /// Files and folders that others could read.
    pub mode_fixed: Vec<PathBuf>,
    /// Whether an earlier delivery was found unfinished, and undone.
    pub recovered: bool,
}

/// Makes the changes, all or none. On an error every target is as it was, or the error says that it is not.
///
/// `suffix` is random: 1 to 32 ASCII letters and digits that name the files this commit makes for itself.
pub fn commit(changes: Changes, place: &Place, suffix: &str) -> Result<Report, DeliverError> {
    if !is_suffix(suffix) {
        return Err(DeliverError::Path { path: suffix.into(), why: "a suffix is 1 to 32 letters and digits" });
    }
    if changes.is_empty() {
        return Ok(report(changes));
    }
    commit_and_hold(&changes, place, suffix)?;
    prune(&changes, place);
    Ok(report(changes))
}

/// Makes the changes, all or none, and keeps the lock.
pub(super) fn commit_and_hold(changes: &Changes, place: &Place, suffix: &str) -> Result<Box<dyn Any>, DeliverError> {
    let made = make_state_folder(place)?;
    let done = lock(place).and_then(|lock| exchange(changes, place, suffix).map(|()| lock));
    if done.is_err() {
        remove_folders(place.disk, &made);
    }
    done
}

/// Keeps other deliveries to the same place away until it is dropped.
pub(super) fn lock(place: &Place) -> Result<Box<dyn Any>, DeliverError> {
    let (disk, state) = (place.disk, &place.state);
    disk.lock(state).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => DeliverError::Locked { path: disk.show(state) },
        _ => failed(disk, "lock the folder", state)(error),
    })
}

/// Makes the state folder and what is missing above it, durably: a journal in a folder that a power cut takes away is none.
fn make_state_folder(place: &Place) -> Result<Vec<PathBuf>, DeliverError> {
    let disk = place.disk;
    let mut made = Vec::new();
    for folder in path::chain(&place.state) {
        let make = || match disk.look(folder)? {
            Some(_) => Ok(false),
            None => match disk.make_folder(folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                result => result.map(|()| true),
            },
        };
        let result = make().and_then(|new| {
            if new {
                made.push(folder.to_path_buf());
                disk.sync_folder(path::folder(folder))?;
            }
            Ok(())
        });
        if let Err(error) = result {
            remove_folders(disk, &made);
            return Err(failed(disk, "make the folder", folder)(error));
        }
    }
    Ok(made)
}

/// Removes the folders that are empty, the deepest first.
pub(super) fn remove_folders(disk: &dyn Disk, folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // A folder that is not empty holds something of somebody else's.
        let _ = disk.remove_folder(folder);
    }
}

fn exchange(changes: &Changes, place: &Place, suffix: &str) -> Result<(), DeliverError> {
    check_still_as_planned(changes, place)?;
    let journal = Journal::of(changes, suffix);
    if let Err(error) = keep(changes, place, suffix).and_then(|()| journal.write(place)) {
        // What cannot be removed now is removed by the next run's recovery; no target has moved.
        let _ = forget_old_versions(place);
        return Err(error);
    }
    if let Err(commit) = prepare(changes, place, suffix).and_then(|()| switch(changes, place, suffix)) {
        return Err(match undo(&journal, place) {
            Ok(()) => commit,
            Err(undo) => DeliverError::Stuck { commit: Box::new(commit), undo: Box::new(undo) },
        });
    }
    // The new files stand. An old version that cannot be removed now is removed by the next run's recovery.
    let _ = forget_old_versions(place);
    Ok(())
}

fn check_still_as_planned(changes: &Changes, place: &Place) -> Result<(), DeliverError> {
    let (disk, journal) = (place.disk, place.journal());
    if disk.look(&journal).map_err(failed(disk, "look at", &journal))?.is_some() {
        return Err(DeliverError::Unfinished { path: disk.show(&place.state) });
    }
    for change in &changes.changes {
        let target = place.target(&change.path);
        if disk.look(&target).map_err(failed(disk, "look at", &target))? != change.before {
            return Err(DeliverError::Moved { path: disk.show(&target) });
        }
    }
    Ok(())
}

/// Keeps the old versions. Before the journal, since a journal says that they are whole.
fn keep(changes: &Changes, place: &Place, suffix: &str) -> Result<(), DeliverError> {
    let disk = place.disk;
    for (index, change) in changes.changes.iter().enumerate().filter(|(_, change)| change.before.is_some()) {
        let (target, old) = (place.target(&change.path), place.old(suffix, index));
        copy(disk, &target, &old, None).map_err(failed(disk, "keep the old version of", &target))?;
    }
    Ok(())
}

/// Syncs journal and old versions, makes folders and stages the new files: no target moves.
fn prepare(changes: &Changes, place: &Place, suffix: &str) -> Result<(), DeliverError> {
    let disk = place.disk;
    disk.sync_folder(&place.state).map_err(failed(disk, "sync the folder", &place.state))?;
    for folder in changes.tighten.iter().map(|folder| place.target(folder)) {
        disk.tighten(&folder).map_err(failed(disk, "set the mode of", &folder))?;
    }
    for folder in changes.make.iter().map(|folder| place.target(folder)) {
        disk.make_folder(&folder).map_err(failed(disk, "make the folder", &folder))?;
    }
    each(disk.width(), &changes.changes, |change| stage(change, place, suffix))
}

#[expect(clippy::disallowed_methods, reason = "the bytes go to their staged file, which is 0600")]
fn stage(change: &Change, place: &Place, suffix: &str) -> Result<(), DeliverError> {
    let Some(content) = change.content else { return Ok(()) };
    let target = place.target(&change.path);
    let write = || {
        let mut file = place.disk.create(&path::staged(&target, suffix))?;
        // Exposed to be written to its target: this is where a secret arrives.
        file.write(content.expose())?;
        if change.dress != Dress::PRIVATE {
            file.dress(change.dress)?;
        }
        file.sync()
    };
    write().map_err(failed(place.disk, "write", &target))
}

/// Puts every new file over its target, and makes it final by removing the journal.
fn switch(changes: &Changes, place: &Place, suffix: &str) -> Result<(), DeliverError> {
    let disk = place.disk;
    for change in &changes.changes {
        let target = place.target(&change.path);
        let result = match change.content {
            Some(_) => disk.rename(&path::staged(&target, suffix), &target),
            None => disk.remove(&target),
        };
        result.map_err(failed(disk, "replace", &target))?;
    }
    let sync = |folder: &PathBuf| disk.sync_folder(folder).map_err(failed(disk, "sync the folder", folder));
    let names = changes.changes.iter().map(|change| &change.path).chain(&changes.make);
    let folders: BTreeSet<PathBuf> = names.map(|name| path::folder(&place.target(name)).to_path_buf()).collect();
    each(disk.width(), &Vec::from_iter(folders), sync)?;
    let journal = place.journal();
    disk.remove(&journal).map_err(failed(disk, "remove the journal", &journal))?;
    sync(&place.state)
}

/// Removes the folders that stale files leave empty.
fn prune(changes: &Changes, place: &Place) {
    let stale = changes.changes.iter().filter(|change| change.difference == Difference::Stale);
    let folders: BTreeSet<&Path> = stale.flat_map(|change| path::chain(path::folder(&change.path))).collect();
    remove_folders(place.disk, &folders.iter().map(|folder| place.target(folder)).collect::<Vec<_>>());
}

fn report(changes: Changes) -> Report {
    let mut report = Report { unchanged: changes.unchanged, mode_fixed: changes.tighten, ..Report::default() };
    for change in changes.changes {
        match change.difference {
            Difference::New | Difference::Changed => report.written.push(change.path),
            Difference::Loosened => report.mode_fixed.push(change.path),
            Difference::Stale => report.removed.push(change.path),
        }
    }
    report
}

/// Does the same to all, in so many threads: a sync waits for the disk, and the disk takes several at once.
fn each<T: Sync, E: Send>(width: usize, items: &[T], act: impl Fn(&T) -> Result<(), E> + Sync) -> Result<(), E> {
    if width <= 1 || items.len() <= 1 {
        return items.iter().try_for_each(act);
    }
    let act = &act;
    thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(width));
        let started: Vec<_> = parts
            .map(|part| (part, thread::Builder::new().spawn_scoped(scope, move || part.iter().try_for_each(act))))
            .collect();
        let finished: Vec<Result<(), E>> = started
            .into_iter()
            .map(|(part, thread)| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(_) => part.iter().try_for_each(act),
            })
            .collect();
        finished.into_iter().collect()
    })
}
