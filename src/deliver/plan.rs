//! What a delivery would change. Whatever can be known beforehand fails here, before anything is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::disk::{Dress, Kind, Look};
use super::error::failed;
use super::manifest::{self, Manifest};
use super::{DeliverError, Output, Place, path};
use crate::model::Secret;

/// What a delivery would change.
#[derive(Debug)]
pub struct Changes<'o> {
    /// What would be written or removed, by path.
    pub changes: Vec<Change<'o>>,
    /// Outputs that stand as they should, by path.
    pub unchanged: Vec<PathBuf>,
    /// Folders to be made, relative to the place's targets, the highest first.
    pub(super) make: Vec<PathBuf>,
    /// Folders that others may look into, relative to the place's targets.
    pub(super) tighten: Vec<PathBuf>,
}

/// One file that would change.
#[derive(Debug)]
pub struct Change<'o> {
    /// Relative to the place's targets.
    pub path: PathBuf,
    /// How it differs.
    pub difference: Difference,
    /// What is to stand there; nothing for a stale file.
    pub(super) content: Option<&'o Secret<Vec<u8>>>,
    /// Whose it is to be, and for whom.
    pub(super) dress: Dress,
    /// What stood there when it was compared.
    pub(super) before: Option<Look>,
}

/// How a file on disk differs from the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    New,
    /// It has other bytes.
    Changed,
    /// It has the right bytes and another mode or owner. It is written anew: who had it open before keeps the old one.
    Loosened,
    /// The earlier manifest lists it, the new one does not. It holds old secrets.
    Stale,
}

impl Change<'_> {
    /// A file that goes.
    pub(super) fn removal(path: PathBuf, before: Look) -> Self {
        let dress = before.dress();
        Self { path, difference: Difference::Stale, content: None, dress, before: Some(before) }
    }
}

impl Changes<'_> {
    /// Whether everything stands as it should.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.tighten.is_empty()
    }
}

/// Compares outputs with what stands in their place. Touches nothing.
pub fn plan<'o>(outputs: &'o [Output], place: &Place) -> Result<Changes<'o>, DeliverError> {
    let outputs = by_path(outputs)?;
    let mut folders = Folders::default();
    folders.look_at(&place.state, place)?;
    let (mut changes, mut unchanged) = (Vec::new(), Vec::new());
    for (path, content) in &outputs {
        folders.look_at(path::folder(&place.target(path)), place)?;
        match compare(path, content, Dress::PRIVATE, place)? {
            Some(change) => changes.push(change),
            None => unchanged.push(path.to_path_buf()),
        }
    }
    changes.extend(stale(&outputs, place)?);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    folders.check_writable(&changes, place)?;
    Ok(Changes {
        changes,
        unchanged,
        make: below(folders.missing, &place.targets),
        tighten: below(folders.loose, &place.targets),
    })
}

/// The outputs by path; two cannot have one path, nor one be the folder of another.
fn by_path(outputs: &[Output]) -> Result<BTreeMap<&Path, &Secret<Vec<u8>>>, DeliverError> {
    let mut sorted = BTreeMap::new();
    for output in outputs {
        let refuse = |why| DeliverError::Path { path: output.path.clone(), why };
        path::check(&output.path).map_err(refuse)?;
        if sorted.insert(output.path.as_path(), &output.content).is_some() {
            return Err(refuse("another output has it"));
        }
    }
    for output in outputs {
        if path::chain(path::folder(&output.path)).into_iter().any(|above| sorted.contains_key(above)) {
            return Err(DeliverError::Path {
                path: output.path.clone(),
                why: "another output stands where its folder goes",
            });
        }
    }
    Ok(sorted)
}

/// How a target differs from what is to stand there; nothing when it does not.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with what is on the disk, so that an unchanged file is not touched"
)]
pub(super) fn compare<'o>(
    path: &Path,
    content: &'o Secret<Vec<u8>>,
    dress: Dress,
    place: &Place,
) -> Result<Option<Change<'o>>, DeliverError> {
    let (disk, target) = (place.disk, place.target(path));
    let before = disk.look(&target).map_err(failed(disk, "look at", &target))?;
    let difference = match before {
        None => Difference::New,
        Some(Look { kind: Kind::Symlink, .. }) => return Err(DeliverError::Symlink { path: disk.show(&target) }),
        Some(Look { kind: Kind::Folder | Kind::Other, .. }) => {
            return Err(DeliverError::NotFile { path: disk.show(&target) });
        }
        Some(look) => {
            let old = Secret::new(disk.read(&target).map_err(failed(disk, "read", &target))?);
            // Exposed to compare: only whether the bytes are equal leaves here.
            match old.expose() == content.expose() {
                true if dress.fits(&look) => return Ok(None),
                true => Difference::Loosened,
                false => Difference::Changed,
            }
        }
    };
    Ok(Some(Change { path: path.to_path_buf(), difference, content: Some(content), dress, before }))
}

/// Files of the earlier manifest that the new one does not list. Without a new manifest nothing is stale.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with what is on the disk, so that an unchanged file is not touched"
)]
fn stale<'o>(outputs: &BTreeMap<&Path, &Secret<Vec<u8>>>, place: &Place) -> Result<Vec<Change<'o>>, DeliverError> {
    let (disk, target) = (place.disk, place.target(Path::new(manifest::NAME)));
    let Some(new) = outputs.get(Path::new(manifest::NAME)) else { return Ok(Vec::new()) };
    if disk.look(&target).map_err(failed(disk, "look at", &target))?.is_none() {
        return Ok(Vec::new());
    }
    let old = Manifest::read(&disk.read(&target).map_err(failed(disk, "read", &target))?);
    // Exposed to read which files it lists: a manifest holds no secret.
    let new = Manifest::read(new.expose());
    let mut stale = Vec::new();
    for path in old.gone_in(&new).filter(|path| !outputs.contains_key(path)) {
        // What somebody replaced by a link or a folder, or put behind one, is not the file that was written: it stays.
        if let Ok(Some(look @ Look { kind: Kind::File, .. })) = disk.look(&place.target(path)) {
            let path = path.to_path_buf();
            stale.push(Change::removal(path, look));
        }
    }
    Ok(stale)
}

/// The folders on the way to targets, relative to the disk.
#[derive(Default)]
struct Folders {
    seen: BTreeSet<PathBuf>,
    missing: BTreeSet<PathBuf>,
    loose: BTreeSet<PathBuf>,
}

impl Folders {
    fn look_at(&mut self, folder: &Path, place: &Place) -> Result<(), DeliverError> {
        for above in path::chain(folder) {
            if !self.seen.insert(above.to_path_buf()) {
                continue;
            }
            let shown = || place.disk.show(above);
            let parent_missing = self.missing.contains(path::folder(above));
            let look = match parent_missing {
                true => None,
                false => place.disk.look(above).map_err(failed(place.disk, "look at", above))?,
            };
            match look {
                None => _ = self.missing.insert(above.to_path_buf()),
                Some(Look { kind: Kind::Symlink, .. }) => return Err(DeliverError::Symlink { path: shown() }),
                Some(Look { kind: Kind::Folder, mode, .. }) if mode & 0o077 != 0 => {
                    self.loose.insert(above.to_path_buf());
                }
                Some(Look { kind: Kind::Folder, .. }) => {}
                Some(_) => return Err(DeliverError::NotFolder { path: shown() }),
            }
        }
        Ok(())
    }

    /// Asks of each folder in which a name would be made or removed whether it may be.
    fn check_writable(&self, changes: &[Change], place: &Place) -> Result<(), DeliverError> {
        let targets: Vec<PathBuf> = changes.iter().map(|change| place.target(&change.path)).collect();
        let mut wanted: BTreeSet<&Path> = targets.iter().map(|target| self.standing(path::folder(target))).collect();
        if !changes.is_empty() {
            wanted.insert(self.standing(&place.state));
        }
        for folder in wanted {
            place.disk.writable(folder).map_err(failed(place.disk, "write to the folder", folder))?;
        }
        Ok(())
    }

    /// The nearest folder that is there.
    fn standing<'p>(&self, folder: &'p Path) -> &'p Path {
        folder.ancestors().find(|above| !self.missing.contains(*above)).unwrap_or(Path::new(""))
    }
}

/// The folders strictly below `top`, relative to it. The top itself, and what is above, is the user's.
fn below(folders: BTreeSet<PathBuf>, top: &Path) -> Vec<PathBuf> {
    let inside = |folder: &PathBuf| folder.strip_prefix(top).ok().map(Path::to_path_buf);
    folders.iter().filter_map(inside).filter(|folder| !folder.as_os_str().is_empty()).collect()
}
