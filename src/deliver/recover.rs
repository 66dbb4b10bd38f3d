//! Goes back: after an error in a commit, and after a crash on the next run.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::commit::{lock, remove_folders};
use super::disk::{Disk, Dress, Kind, Look};
use super::error::failed;
use super::journal::{File, Journal};
use super::{DeliverError, Place, path};
use crate::model::Secret;

/// Undoes what an earlier delivery left unfinished. Says whether there was something.
pub fn recover(place: &Place) -> Result<bool, DeliverError> {
    if own_names(place)?.is_empty() {
        return Ok(false);
    }
    let _lock = lock(place)?;
    let (disk, path) = (place.disk, place.journal());
    if disk.look(&path).map_err(failed(disk, "look at", &path))?.is_some() {
        match Journal::read(place)? {
            Some(journal) => undo(&journal, place)?,
            None => disk.remove(&path).map_err(failed(disk, "remove the journal", &path))?,
        }
    }
    forget_old_versions(place)?;
    Ok(true)
}

/// Whether an earlier delivery was cut off and has not been undone.
pub fn is_unfinished(place: &Place) -> Result<bool, DeliverError> {
    let (disk, path) = (place.disk, place.journal());
    Ok(disk.look(&path).map_err(failed(disk, "look at", &path))?.is_some())
}

/// Puts every old version back and removes what the commit made. May be cut off and run again at any point.
pub(super) fn undo(journal: &Journal, place: &Place) -> Result<(), DeliverError> {
    let (disk, path) = (place.disk, place.journal());
    if disk.look(&path).map_err(failed(disk, "look at", &path))?.is_none() {
        // The last sync of a commit failed after the journal's removal: without it, a crash in here would leave a mix.
        journal.write(place)?;
        disk.sync_folder(&place.state).map_err(failed(disk, "sync the folder", &place.state))?;
    }
    let mut restored = Ok(());
    for (index, file) in journal.files.iter().enumerate() {
        let target = place.target(&file.path);
        let result = restore(file, &target, &place.old(&journal.suffix, index), &journal.suffix, disk);
        restored = restored.and(result.map_err(failed(disk, "put back the old version of", &target)));
    }
    restored?;
    let made: Vec<PathBuf> = journal.folders.iter().map(|folder| place.target(folder)).collect();
    remove_folders(disk, &made);
    let names = journal.files.iter().map(|file| &file.path).chain(&journal.folders);
    let folders: BTreeSet<PathBuf> = names.map(|name| path::folder(&place.target(name)).to_path_buf()).collect();
    for folder in folders {
        absent_is_fine(disk.sync_folder(&folder)).map_err(failed(disk, "sync the folder", &folder))?;
    }
    disk.remove(&path).map_err(failed(disk, "remove the journal", &path))?;
    disk.sync_folder(&place.state).map_err(failed(disk, "sync the folder", &place.state))?;
    forget_old_versions(place)
}

/// Removes old versions that no journal needs any more.
pub(super) fn forget_old_versions(place: &Place) -> Result<(), DeliverError> {
    for path in own_names(place)? {
        absent_is_fine(place.disk.remove(&path)).map_err(failed(place.disk, "remove", &path))?;
    }
    Ok(())
}

/// The journal and old versions in the state folder.
fn own_names(place: &Place) -> Result<Vec<PathBuf>, DeliverError> {
    let (disk, state) = (place.disk, &place.state);
    let names = match disk.look(state).map_err(failed(disk, "look at", state))? {
        Some(Look { kind: Kind::Folder, .. }) => disk.list(state).map_err(failed(disk, "list", state))?,
        // Absent, or something that the plan refuses with better words.
        _ => Vec::new(),
    };
    let own = |name: &std::ffi::OsString| name.to_str().is_some_and(|name| name.starts_with(path::RESERVED));
    Ok(names.into_iter().filter(own).map(|name| state.join(name)).collect())
}

fn restore(file: &File, target: &Path, old: &Path, suffix: &str, disk: &dyn Disk) -> io::Result<()> {
    let staged = path::staged(target, suffix);
    let was_staged = disk.look(&staged)?.is_some();
    if was_staged {
        disk.remove(&staged)?;
    }
    if !file.existed {
        // A staged file that is still there has not been renamed: whatever stands at the target is not ours.
        return if was_staged { Ok(()) } else { absent_is_fine(disk.remove(target)) };
    }
    let (Some(kept), now) = (disk.look(old)?, disk.look(target)?) else { return Ok(()) };
    if let Some(now) = now {
        let dressed = file.dress.is_none_or(|dress| dress.fits(&now));
        if now.id == kept.id || (dressed && same_bytes(disk, old, target)?) {
            return Ok(());
        }
    }
    // By a name beside the target, so that the old version stays where it is kept until the journal is gone.
    copy(disk, old, &staged, file.dress)?;
    disk.rename(&staged, target)
}

/// A second name for a file; where there can be none (another file system, one without links), a second file, synced:
/// private, or in the dress that the first one had.
#[expect(clippy::disallowed_methods, reason = "an old version goes back to where it was")]
pub(super) fn copy(disk: &dyn Disk, from: &Path, to: &Path, dress: Option<Dress>) -> io::Result<()> {
    if disk.link(from, to).is_ok() {
        return Ok(());
    }
    let content = Secret::new(disk.read(from)?);
    let mut file = disk.create(to)?;
    // Exposed to be written again: the old version must survive until the new one stands.
    file.write(content.expose())?;
    if let Some(dress) = dress {
        match file.dress(dress) {
            // Whoever may not give files away gets it back as one of its own, for nobody else.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            result => result?,
        }
    }
    file.sync()
}

/// Whether two files hold the same: then the target has not moved, or only became unreadable for others, and stays so.
#[expect(clippy::disallowed_methods, reason = "an old version goes back to where it was")]
fn same_bytes(disk: &dyn Disk, one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (Secret::new(disk.read(one)?), Secret::new(disk.read(other)?));
    // Exposed to compare: only whether the bytes are equal leaves here.
    Ok(one.expose() == other.expose())
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
