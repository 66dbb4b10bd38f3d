//! The journal of a commit: which files and folders it is about to touch. Paths only, no secret and no digest of one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::disk::Dress;
use super::error::failed;
use super::{Changes, DeliverError, Difference, Place, path};

const VERSION: u32 = 1;

/// What has to be known to go back.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    version: u32,
    /// Marks the names of staged files and old versions.
    pub(super) suffix: String,
    /// Folders that the commit makes, relative to the place's targets, the highest first.
    pub(super) folders: Vec<PathBuf>,
    /// Files that the commit writes or removes.
    pub(super) files: Vec<File>,
}

/// One file of a commit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    /// Relative to the place's targets.
    pub(super) path: PathBuf,
    /// Whether something stood there before.
    pub(super) existed: bool,
    /// Whose it was, and for whom: an old version kept on another file system has lost it.
    #[serde(default)]
    pub(super) dress: Option<Dress>,
}

impl Journal {
    pub(super) fn of(changes: &Changes, suffix: &str) -> Self {
        let file = |change: &super::Change| File {
            path: change.path.clone(),
            existed: change.difference != Difference::New,
            dress: change.before.map(|look| look.dress()),
        };
        Self {
            version: VERSION,
            suffix: suffix.to_string(),
            folders: changes.make.clone(),
            files: changes.changes.iter().map(file).collect(),
        }
    }

    pub(super) fn write(&self, place: &Place) -> Result<(), DeliverError> {
        let (disk, path) = (place.disk, place.journal());
        let write = || {
            let mut file = disk.create(&path)?;
            file.write(&serde_json::to_vec(self)?)?;
            file.sync()
        };
        write().map_err(failed(disk, "write the journal", &path))
    }

    /// The journal of a place. `None` if it was cut off while it was written: it is synced before anything else moves, so
    /// then nothing has.
    pub(super) fn read(place: &Place) -> Result<Option<Self>, DeliverError> {
        let (disk, path) = (place.disk, place.journal());
        let bytes = disk.read(&path).map_err(failed(disk, "read the journal", &path))?;
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&bytes) else { return Ok(None) };
        let journal = serde_json::from_value::<Self>(json).ok().filter(Self::is_sound);
        journal.map(Some).ok_or_else(|| DeliverError::Journal { path: disk.show(&path) })
    }

    fn is_sound(&self) -> bool {
        let mut paths = self.files.iter().map(|file| &file.path).chain(&self.folders);
        self.version == VERSION && is_suffix(&self.suffix) && paths.all(|path| path::check(path).is_ok())
    }
}

/// Whether a suffix can be a part of a name.
pub(super) fn is_suffix(suffix: &str) -> bool {
    (1..=32).contains(&suffix.len()) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
