//! What delivery needs of a file system, so that tests can break it at any step.

use std::any::Any;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A file system below a root. Paths are relative to the root, without `..`; the empty path is the root.
///
/// No operation follows a symbolic link, neither in the last part of a path nor in a folder on the way.
pub trait Disk: Sync {
    /// What stands at a path; `None` if nothing does.
    fn look(&self, path: &Path) -> io::Result<Option<Look>>;
    /// The names in a folder, sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// Fails if this process may not make and remove names in a folder.
    fn writable(&self, folder: &Path) -> io::Result<()>;
    /// The bytes of a regular file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Makes a folder, 0700.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Gives an existing folder the mode 0700.
    fn tighten(&self, folder: &Path) -> io::Result<()>;
    /// Makes a file, 0600 from the start. Fails if the name is taken.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile + '_>>;
    /// A second name for a file. Fails if the name is taken, across file systems, and where there are no hard links.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file another name in the same folder, in place of what had it. If both are names of one file, nothing happens.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder survive a power cut.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Locks a folder until the answer is dropped; `WouldBlock` if another process has it.
    fn lock(&self, folder: &Path) -> io::Result<Box<dyn Any>>;

    /// How many files and folders may be synced at once.
    fn width(&self) -> usize {
        1
    }
    /// How many more bytes the file system of a folder takes.
    fn free(&self, _folder: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
    /// Where a symbolic link leads.
    fn follow(&self, _link: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// A path as a message shows it.
    fn show(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
}

/// A file being made.
pub trait NewFile {
    /// Appends all bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Gives it its owner, and then its mode: in this order nobody can read it for whom it is not meant.
    fn dress(&mut self, dress: Dress) -> io::Result<()>;
    /// Makes the bytes survive a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

/// What stands at a path. Two equal looks at a path mean that nobody replaced or wrote it in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// File, folder, …
    pub kind: Kind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// User and group.
    pub owner: (u32, u32),
    /// Bytes.
    pub size: u64,
    /// Which file: equal for two names of one file.
    pub id: (u64, u64),
    /// Last write: seconds and nanoseconds.
    pub modified: (i64, i64),
}

/// Who may read and write a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dress {
    /// Permission bits.
    pub mode: u32,
    /// User and group; whoever makes it, when there is none.
    pub owner: Option<(u32, u32)>,
}

impl Dress {
    /// For nobody else.
    pub const PRIVATE: Dress = Dress { mode: 0o600, owner: None };

    /// Whether what stands there has it.
    pub fn fits(&self, look: &Look) -> bool {
        look.mode == self.mode && self.owner.is_none_or(|owner| owner == look.owner)
    }
}

impl Look {
    /// What it wears, to be given back.
    pub fn dress(&self) -> Dress {
        Dress { mode: self.mode, owner: Some(self.owner) }
    }
}

/// The kinds of things that delivery tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Regular file.
    File,
    /// Folder.
    Folder,
    /// Symbolic link.
    Symlink,
    /// Device, socket or pipe.
    Other,
}
