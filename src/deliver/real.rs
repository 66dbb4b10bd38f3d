//! The disk of this machine, below a folder that stays open.

use std::any::Any;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, Access, AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;

use super::disk::{Disk, Dress, Kind, Look, NewFile};
use super::path;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The disk of this machine below a root.
///
/// Each operation opens the folder of its path anew, from the root's handle and without following links, so that a folder
/// swapped for a link between two operations is refused and nothing lands outside.
pub struct RealDisk {
    root: OwnedFd,
    name: PathBuf,
}

impl RealDisk {
    /// A disk rooted at an existing folder. The way to the root itself may hold links.
    pub fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let named = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Ok(Self { root: fs::open(named, flags, Mode::empty())?, name: root.to_path_buf() })
    }

    /// A disk for a folder that may be absent, rooted at the nearest folder above it that is there, with the folder's path
    /// below that root. What stands above the root is the user's; the folder itself must not be a link.
    pub fn above(folder: &Path) -> io::Result<(Self, PathBuf)> {
        let mut root = folder.parent().unwrap_or(folder);
        loop {
            match Self::open(root) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => match root.parent() {
                    Some(parent) => root = parent,
                    None => return Err(error),
                },
                Err(error) => return Err(error),
                Ok(disk) => return Ok((disk, folder.strip_prefix(root).unwrap_or(folder).to_path_buf())),
            }
        }
    }

    fn folder(&self, folder: &Path) -> io::Result<OwnedFd> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Ok(beneath(&self.root, folder)?)
    }

    /// The open folder of a path, and the last name in it.
    fn split<'p>(&self, path: &'p Path) -> io::Result<(OwnedFd, &'p OsStr)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.folder(path::folder(path))?, name))
    }
}

#[cfg(target_os = "linux")]
fn beneath(root: &OwnedFd, folder: &Path) -> Result<OwnedFd, Errno> {
    let resolve = fs::ResolveFlags::BENEATH | fs::ResolveFlags::NO_SYMLINKS;
    // O_NOFOLLOW would say ENOTDIR of a link in the last part, where NO_SYMLINKS says ELOOP, which a message can explain.
    match fs::openat2(root, folder, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty(), resolve) {
        // Before Linux 5.6 there is no openat2; container runtimes of that time answer EPERM to calls they do not know.
        Err(Errno::NOSYS | Errno::PERM) => walk(root, folder),
        result => result,
    }
}

#[cfg(not(target_os = "linux"))]
fn beneath(root: &OwnedFd, folder: &Path) -> Result<OwnedFd, Errno> {
    walk(root, folder)
}

/// Opens a folder part by part: `O_NOFOLLOW` speaks of the last part of a path only.
fn walk(root: &OwnedFd, folder: &Path) -> Result<OwnedFd, Errno> {
    let mut open = fs::openat(root, ".", FOLDER, Mode::empty())?;
    for part in folder.components() {
        if part == std::path::Component::ParentDir {
            return Err(Errno::XDEV);
        }
        open = fs::openat(&open, part.as_os_str(), FOLDER, Mode::empty())?;
    }
    Ok(open)
}

impl Disk for RealDisk {
    fn look(&self, path: &Path) -> io::Result<Option<Look>> {
        let stat = match path.file_name() {
            None => fs::fstat(&self.root),
            Some(_) => match self.split(path) {
                Ok((folder, name)) => fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        match stat {
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(stat) => Ok(Some(look(&stat))),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::Dir::new(self.folder(folder)?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_os_string());
            }
        }
        names.sort();
        Ok(names)
    }

    fn writable(&self, folder: &Path) -> io::Result<()> {
        let wanted = Access::WRITE_OK | Access::EXEC_OK;
        Ok(fs::accessat(self.folder(folder)?, ".", wanted, AtFlags::EACCESS)?)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let (folder, name) = self.split(path)?;
        // Without O_NONBLOCK a pipe that took the file's name would hold us for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = fs::openat(folder, name, flags, Mode::empty())?;
        let look = look(&fs::fstat(&file)?);
        if look.kind != Kind::File {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // Room for all of it at once, and a byte to find the end: a buffer that grows leaves copies of a secret behind.
        let mut bytes = Vec::with_capacity(usize::try_from(look.size).unwrap_or(0).saturating_add(1));
        File::from(file).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.split(path)?;
        Ok(fs::mkdirat(folder, name, Mode::RWXU)?)
    }

    fn tighten(&self, folder: &Path) -> io::Result<()> {
        Ok(fs::fchmod(self.folder(folder)?, Mode::RWXU)?)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        let (folder, name) = self.split(path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = fs::openat(folder, name, flags, mode)?;
        // The umask can take bits away: a file at 0400 would differ from what is wanted at every run.
        fs::fchmod(&file, mode)?;
        Ok(Box::new(File::from(file)))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((from, old), (to, new)) = (self.split(from)?, self.split(to)?);
        Ok(fs::linkat(from, old, to, new, AtFlags::empty())?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((from, old), (to, new)) = (self.split(from)?, self.split(to)?);
        Ok(fs::renameat(from, old, to, new)?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.split(path)?;
        Ok(fs::unlinkat(folder, name, AtFlags::empty())?)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = self.split(path)?;
        Ok(fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Ok(fs::fsync(self.folder(folder)?)?)
    }

    /// Locks the folder itself: a lock file would be one more thing to leave behind, or to remove under somebody's feet.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any>> {
        let folder = self.folder(path)?;
        fs::flock(folder.as_fd(), FlockOperation::NonBlockingLockExclusive)?;
        // Whoever had the lock before may have removed the folder, after a first delivery that failed.
        let locked = look(&fs::fstat(&folder)?).id;
        match self.look(path)? {
            Some(now) if now.id == locked => Ok(Box::new(folder)),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let system = fs::fstatvfs(self.folder(folder)?)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }

    fn follow(&self, link: &Path) -> io::Result<PathBuf> {
        let (folder, name) = self.split(link)?;
        let target = fs::readlinkat(folder, name, Vec::new())?;
        Ok(PathBuf::from(OsStr::from_bytes(target.as_bytes())))
    }

    /// A sync waits for the disk: with 8 files, in threads 1.1 ms, one after another 2.0. In memory nothing waits, and
    /// threads are all that it costs.
    fn width(&self) -> usize {
        if in_memory(&self.root) { 1 } else { 8 }
    }

    fn show(&self, path: &Path) -> PathBuf {
        match path.as_os_str().is_empty() {
            true => self.name.clone(),
            false => self.name.join(path),
        }
    }
}

impl NewFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn dress(&mut self, dress: Dress) -> io::Result<()> {
        if let Some((user, group)) = dress.owner {
            let now = look(&fs::fstat(&*self)?).owner;
            if now != (user, group) {
                fs::fchown(&*self, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
            }
        }
        // After the owner: a change of owner may take bits of the mode away.
        Ok(fs::fchmod(&*self, Mode::from_raw_mode(dress.mode))?)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// Whether a folder is in memory, on a tmpfs or ramfs: statfs(2) has their numbers.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_cast, reason = "the width of the field differs between platforms")]
pub fn in_memory(folder: impl AsFd) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    fs::fstatfs(folder).is_ok_and(|system| [TMPFS, RAMFS].contains(&(system.f_type as u64)))
}

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
pub fn in_memory(_: impl AsFd) -> bool {
    false
}

#[allow(clippy::unnecessary_cast, reason = "the widths of the fields differ between platforms")]
fn look(stat: &Stat) -> Look {
    Look {
        kind: match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Symlink,
            _ => Kind::Other,
        },
        mode: stat.st_mode as u32 & 0o7777,
        owner: (stat.st_uid, stat.st_gid),
        size: stat.st_size as u64,
        id: (stat.st_dev as u64, stat.st_ino as u64),
        modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_follows_no_link_and_no_parent() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(temp.path().join("root/a/b")).unwrap();
        std::os::unix::fs::symlink("a", temp.path().join("root/link")).unwrap();
        let root = RealDisk::open(&temp.path().join("root")).unwrap().root;
        for open in [walk, beneath] {
            let check = |path: &str, fine: bool| assert_eq!(open(&root, Path::new(path)).is_ok(), fine, "{path}");
            check(".", true);
            check("a/b", true);
            check("link", false);
            check("link/b", false);
            check("../root", false);
        }
    }
}
