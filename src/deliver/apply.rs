//! Puts a host's files in their places, with owner and mode: all or none.
//!
//! The new generation and the list of units that have to follow are files of the same commit as the targets, so that a
//! crash cannot part them. What follows runs under the lock, after everything stands.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::commit::commit_and_hold;
use super::disk::{Dress, Kind, Look};
use super::error::failed;
use super::follow::{self, in_order};
use super::generation::{self, Generation};
use super::plan::compare;
use super::resolve::resolve;
use super::{Change, Changes, DeliverError, Difference, Host, HostFile, path};
use crate::model::{Action, Reaction, Secret};

/// What an application would change.
#[derive(Debug)]
pub struct Prepared<'w> {
    /// The files that differ, in the order wanted; then those that go.
    pub differing: Vec<Differing>,
    /// Paths that stand as they should.
    pub unchanged: Vec<String>,
    /// What follows, in order, with what an earlier run left undone.
    pub follow: Vec<Reaction>,
    /// What stands.
    pub current: Option<Generation>,
    wanted: &'w [HostFile],
    changes: Changes<'w>,
    pending: Vec<Reaction>,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The service or output.
    pub name: String,
    /// Its path, as the document has it.
    pub path: String,
    /// How it differs.
    pub difference: Difference,
    /// Whether it was applied before and is gone: an upgrade's new, empty folder, or somebody's `rm`.
    pub missing: bool,
}

/// How an application is recorded.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// The host's name in the document.
    pub host: &'a str,
    /// Now, in seconds since 1970.
    pub time: u64,
    /// The generation that is restored.
    pub restored: Option<u64>,
    /// How many older generations are kept.
    pub keep: usize,
    /// Whether units follow.
    pub hooks: bool,
}

/// What was done. While it lives, no other application of the environment to this host can begin.
pub struct Installed {
    /// The generation that stands now.
    pub generation: u64,
    /// Whether something was written.
    pub wrote: bool,
    /// What has to follow.
    pub follow: Vec<Reaction>,
    _lock: Option<Box<dyn Any>>,
}

impl Prepared<'_> {
    /// Whether every file stands as it should.
    pub fn is_empty(&self) -> bool {
        self.differing.is_empty()
    }
}

/// Compares what is wanted with what stands. All that can be known to fail fails here, and nothing is touched.
pub fn prepare<'w>(wanted: &'w [HostFile], overwrite: bool, host: &Host) -> Result<Prepared<'w>, DeliverError> {
    check_state(host)?;
    host.check_accounts(wanted)?;
    let current = generation::current(host)?;
    let known = |path: &str| current.as_ref()?.files.iter().find(|file| file.path == path);
    let place = host.place();
    let (mut changes, mut differing, mut unchanged) = (vec![], vec![], vec![]);
    let (mut by_hand, mut taken) = (vec![], BTreeMap::new());
    for file in wanted {
        let dress = host.dress(file)?;
        let target = resolve(&file.path, dress, host)?;
        if taken.insert(target.clone(), &file.name).is_some() {
            return Err(DeliverError::Path { path: file.path.clone().into(), why: "another output has it" });
        }
        let Some(change) = compare(&target, &file.content, dress, &place)? else {
            unchanged.push(file.path.clone());
            continue;
        };
        if change.difference == Difference::Changed && !stands_as(known(&file.path), &target, host)? {
            by_hand.push(host.disk.show(&target));
        }
        let missing = change.difference == Difference::New && known(&file.path).is_some();
        let (name, path) = (file.name.clone(), file.path.clone());
        differing.push(Differing { name, path, difference: change.difference, missing });
        changes.push(change);
    }
    let gone = current.iter().flat_map(|now| &now.files).filter(|old| wanted.iter().all(|new| new.path != old.path));
    for file in gone {
        // A folder that has gone, or is no longer one that can be trusted, holds nothing that is ours to remove.
        let Ok(target) = host.dress(file).and_then(|dress| resolve(&file.path, dress, host)) else { continue };
        let look = host.disk.look(&target).map_err(failed(host.disk, "look at", &target))?;
        let Some(look @ Look { kind: Kind::File, .. }) = look else { continue };
        if taken.contains_key(&target) {
            continue;
        }
        if !stands_as(Some(file), &target, host)? {
            by_hand.push(host.disk.show(&target));
        }
        let (name, path) = (file.name.clone(), file.path.clone());
        differing.push(Differing { name, path, difference: Difference::Stale, missing: false });
        changes.push(Change::removal(target, look));
    }
    if !overwrite && !by_hand.is_empty() {
        return Err(DeliverError::ByHand { paths: by_hand });
    }
    let pending = follow::pending(host)?;
    let follow = following(&differing, wanted, current.as_ref(), &pending);
    let changes = Changes { changes, unchanged: vec![], make: vec![], tighten: loose_state(host)? };
    check_room(&changes, wanted, host)?;
    Ok(Prepared { differing, unchanged, follow, current, wanted, changes, pending })
}

/// Makes the changes. `suffix` is as [`commit`](super::commit) wants it.
pub fn install(prepared: Prepared, record: &Record, host: &Host, suffix: &str) -> Result<Installed, DeliverError> {
    let Prepared { current, wanted, changes, pending, follow, .. } = prepared;
    let mut changes: Changes = changes;
    let recorded = current.as_ref().is_some_and(|now| {
        now.restored.is_some() == record.restored.is_some()
            && now.files.len() == wanted.len()
            && now.files.iter().zip(wanted).all(|(old, new)| old.same(new))
    });
    let number = current.as_ref().map_or(0, |now| now.number);
    if changes.is_empty() && recorded {
        let follow = if record.hooks { follow } else { vec![] };
        let lock = if follow.is_empty() { None } else { Some(super::commit::lock(&host.place())?) };
        return Ok(Installed { generation: number, wrote: false, follow, _lock: lock });
    }
    let number = number + 1;
    let (disk, place) = (host.disk, host.place());
    let state = |name: PathBuf, content| state_file(name, content, host);
    let unwritable = |error: serde_json::Error| failed(disk, "write", &place.state)(error.into());
    let generation = generation::write(wanted, record.host, record.time, record.restored).map_err(unwritable)?;
    let undone = if record.hooks { &follow } else { &pending };
    let list = follow::bytes(undone).map_err(unwritable)?;
    changes.changes.extend(state(generation::path(host, number), &generation)?);
    if !undone.is_empty() {
        changes.changes.extend(state(follow::path(host), &list)?);
    }
    changes.changes.extend(outdated(record.keep, host)?);
    let lock = commit_and_hold(&changes, &place, suffix)?;
    let follow = if record.hooks { follow } else { vec![] };
    Ok(Installed { generation: number, wrote: true, follow, _lock: Some(lock) })
}

/// Whether a target has the bytes that were applied.
#[expect(clippy::disallowed_methods, reason = "compared: only whether the bytes are equal leaves here")]
fn stands_as(applied: Option<&HostFile>, target: &Path, host: &Host) -> Result<bool, DeliverError> {
    let Some(applied) = applied else { return Ok(false) };
    let now = Secret::new(host.disk.read(target).map_err(failed(host.disk, "read", target))?);
    Ok(now.expose() == applied.content.expose())
}

/// Units whose file has other bytes. One whose file goes is not restarted without it; what only reads folders, as nginx
/// does, follows still.
fn following(
    differing: &[Differing],
    wanted: &[HostFile],
    current: Option<&Generation>,
    pending: &[Reaction],
) -> Vec<Reaction> {
    let mut asked = pending.to_vec();
    for change in differing {
        let find = |files: &[HostFile]| -> Vec<Reaction> {
            files.iter().find(|file| file.path == change.path).map(|file| file.reactions.clone()).unwrap_or_default()
        };
        match change.difference {
            Difference::New | Difference::Changed => asked.extend(find(wanted)),
            Difference::Loosened => {}
            Difference::Stale => {
                let old = find(current.map(|now| now.files.as_slice()).unwrap_or_default());
                asked.extend(old.into_iter().filter(|reaction| reaction.action != Action::Restart));
            }
        }
    }
    let order: Vec<Reaction> = wanted.iter().flat_map(|file| file.reactions.clone()).collect();
    in_order(&asked, &order)
}

fn state_file<'c>(
    path: PathBuf,
    content: &'c Secret<Vec<u8>>,
    host: &Host,
) -> Result<Option<Change<'c>>, DeliverError> {
    let (disk, place) = (host.disk, host.place());
    path::check(&path).map_err(|why| DeliverError::Path { path: path.clone(), why })?;
    match disk.look(&place.state).map_err(failed(disk, "look at", &place.state))? {
        Some(_) => compare(&path, content, Dress::PRIVATE, &place),
        None => {
            let (difference, content) = (Difference::New, Some(content));
            Ok(Some(Change { path, difference, content, dress: Dress::PRIVATE, before: None }))
        }
    }
}

/// Generations beyond those that are kept, as removals.
fn outdated<'c>(keep: usize, host: &Host) -> Result<Vec<Change<'c>>, DeliverError> {
    let numbers = generation::generations(host)?;
    let mut removals = vec![];
    // What stands now becomes one of the older ones.
    for number in numbers.iter().rev().skip(keep) {
        let path = generation::path(host, *number);
        if let Some(look) = host.disk.look(&path).map_err(failed(host.disk, "look at", &path))? {
            removals.push(Change::removal(path, look));
        }
    }
    Ok(removals)
}

/// The state holds secrets and decides what is restored: nobody else may have a hand in it.
fn check_state(host: &Host) -> Result<(), DeliverError> {
    let disk = host.disk;
    for folder in path::chain(&host.state()) {
        let path = || disk.show(folder);
        match disk.look(folder).map_err(failed(disk, "look at", folder))? {
            None => return Ok(()),
            Some(Look { kind: Kind::Symlink, .. }) => return Err(DeliverError::Symlink { path: path() }),
            Some(Look { kind: Kind::Folder, owner: (user, _), mode, .. }) => {
                if !host.trusts(user, Dress::PRIVATE) || mode & 0o022 != 0 {
                    let why = "can be written by another user, and must be root's alone";
                    return Err(DeliverError::Foreign { path: path(), why });
                }
            }
            Some(_) => return Err(DeliverError::NotFolder { path: path() }),
        }
    }
    Ok(())
}

/// The state folder, when others may look into it.
fn loose_state(host: &Host) -> Result<Vec<PathBuf>, DeliverError> {
    let (disk, state) = (host.disk, host.state());
    let look = disk.look(&state).map_err(failed(disk, "look at", &state))?;
    Ok(look.filter(|look| look.mode & 0o077 != 0).map(|_| state).into_iter().collect())
}

/// Asks of each folder whether it can be written to, and of each file system whether what comes fits.
#[expect(clippy::disallowed_methods, reason = "counted")]
fn check_room(changes: &Changes, wanted: &[HostFile], host: &Host) -> Result<(), DeliverError> {
    if changes.changes.is_empty() {
        return Ok(());
    }
    let disk = host.disk;
    let state = host.state();
    let mut above = state.as_path();
    while disk.look(above).map_err(failed(disk, "look at", above))?.is_none() {
        above = path::folder(above);
    }
    // A generation has four bytes for three, and what is said of each file.
    let block = |bytes: usize| (bytes as u64).next_multiple_of(4096);
    let copies: usize = wanted.iter().map(|file| file.content.expose().len() * 4 / 3 + 1024).sum();
    let mut coming: BTreeMap<&Path, u64> = BTreeMap::from([(above, block(copies) + block(4096))]);
    for change in &changes.changes {
        let bytes = change.content.map_or(0, |content| block(content.expose().len()));
        *coming.entry(path::folder(&change.path)).or_default() += bytes;
    }
    let mut systems: BTreeMap<u64, (&Path, u64)> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for (folder, bytes) in coming {
        if asked.insert(folder) {
            disk.writable(folder).map_err(failed(disk, "write to the folder", folder))?;
        }
        let device = disk.look(folder).map_err(failed(disk, "look at", folder))?.map_or(0, |look| look.id.0);
        systems.entry(device).or_insert((folder, 0)).1 += bytes;
    }
    for (folder, needed) in systems.into_values() {
        let free = disk.free(folder).map_err(failed(disk, "ask for the room in", folder))?;
        if free < needed {
            return Err(DeliverError::NoRoom { path: disk.show(folder), needed, free });
        }
    }
    Ok(())
}
