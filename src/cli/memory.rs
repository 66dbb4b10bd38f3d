//! A folder in memory for what a child reads and no disk may keep. It goes with those who use it: at once when this process
//! ends as it should, else when the next one makes a folder.

#![expect(clippy::disallowed_methods, reason = "this is the edge to folders in memory")]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, lstat, open};

use super::env;
use super::exit::Failure;
use super::world::suffix;
use crate::deliver::in_memory;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

/// What a folder's name begins with; a [`suffix`] follows.
const NAME: &str = "rpconf-";

/// A folder of mode 0700 in memory, removed with all that is in it when dropped.
pub struct MemoryFolder {
    path: PathBuf,
    /// Whoever has it open holds the folder: this process, and each child that it starts, which goes on reading when this
    /// process is killed.
    _lock: OwnedFd,
}

impl MemoryFolder {
    /// Makes one. What is in it must never reach a disk, so that a folder of any other file system will not do. Removes
    /// those of this user whose processes are gone.
    pub fn new() -> Result<Self, Failure> {
        let candidates = env::path("XDG_RUNTIME_DIR").into_iter().chain([PathBuf::from("/dev/shm")]);
        let memory: Vec<PathBuf> = candidates.filter(|path| is_memory(path)).collect();
        memory.iter().for_each(|memory| sweep(memory));
        let memory = memory.first().ok_or_else(|| {
            Failure::file(
                "/dev/shm",
                "there is no folder in memory: mount a tmpfs there, or set XDG_RUNTIME_DIR to one",
            )
        })?;
        loop {
            let path = memory.join(format!("{NAME}{}", suffix()));
            DirBuilder::new().mode(0o700).create(&path).map_err(|error| Failure::file(&path, error))?;
            // Another process may look for dead folders between these two; then this one has been taken for one.
            match locked(&path, OFlags::empty()) {
                Ok(Some(lock)) => return Ok(Self { path, _lock: lock }),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::file(path, error)),
            }
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a new file of mode 0600 in it, and answers its path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| Failure::file(&path, error))?;
        Ok(path)
    }
}

impl Drop for MemoryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes this user's folders that nobody holds any more. What cannot be removed stays: it hinders nobody.
fn sweep(memory: &Path) {
    for entry in fs::read_dir(memory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_named = name
            .to_str()
            .and_then(|name| name.strip_prefix(NAME))
            .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_named && let Ok(Some(_lock)) = locked(&entry.path(), OFlags::CLOEXEC) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Takes a folder of this user; nothing when another process has it, or has removed it meanwhile.
fn locked(path: &Path, flags: OFlags) -> io::Result<Option<OwnedFd>> {
    let folder = open(path, FOLDER | flags, Mode::empty())?;
    if fstat(&folder)?.st_uid != rustix::process::geteuid().as_raw() {
        return Ok(None);
    }
    match flock(folder.as_fd(), FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
        result => result?,
    }
    let (held, named) = (fstat(&folder)?, lstat(path)?);
    Ok((held.st_ino == named.st_ino && held.st_dev == named.st_dev).then_some(folder))
}

fn is_memory(path: &Path) -> bool {
    fs::File::open(path).is_ok_and(in_memory)
}
