//! Where a delivery goes: the folder of its targets, and the folder of its state.

use std::path::{Path, PathBuf};

use super::disk::Disk;

/// A place on a disk. A render has one folder for both; an apply has targets below the root, and state under `var/lib`.
pub struct Place<'d> {
    /// The disk.
    pub disk: &'d dyn Disk,
    /// What the paths of outputs are relative to.
    pub targets: PathBuf,
    /// Where the lock, the journal and the old versions are while a commit runs.
    pub state: PathBuf,
}

impl<'d> Place<'d> {
    /// A folder that holds targets and state.
    pub fn folder(disk: &'d dyn Disk, folder: &Path) -> Self {
        Self { disk, targets: folder.to_path_buf(), state: folder.to_path_buf() }
    }

    pub(super) fn target(&self, path: &Path) -> PathBuf {
        self.targets.join(path)
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.state.join(".rpconf-journal")
    }

    /// Where the old version of the journal's nth file is kept.
    pub(super) fn old(&self, suffix: &str, index: usize) -> PathBuf {
        self.state.join(format!(".rpconf-old-{suffix}-{index}"))
    }
}
