//! What a rotation keeps on this machine: a journal and a lock for each target, and the audit. No plaintext.

#![expect(clippy::disallowed_methods, reason = "this is the edge to the state folder")]

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use sha2::{Digest as _, Sha256};

use crate::cli::env;
use crate::cli::exit::Failure;
use crate::rotate::{Fault, Holder, Journal, LockError};

/// The folder, `$XDG_STATE_HOME/rpconf` unless said otherwise.
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// The folder that is asked for, or the user's own.
    pub fn find(asked: Option<&Path>) -> Result<Self, Failure> {
        let own = || {
            let base = env::path("XDG_STATE_HOME").or_else(|| env::path("HOME").map(|home| home.join(".local/state")));
            base.map(|base| base.join("rpconf"))
        };
        let found = asked.map(Path::to_path_buf).or_else(own);
        found
            .map(Self)
            .ok_or_else(|| Failure::Usage("neither XDG_STATE_HOME nor HOME is set: use `--state DIR`".into()))
    }

    /// The state of one target of one environment.
    pub fn target(&self, environment: &str, target: &str) -> Result<TargetState, Failure> {
        let folder = self.0.join("rotations").join(environment);
        private_folder(&folder)?;
        Ok(TargetState { journal: folder.join(format!("{target}.jsonl")), lock: folder.join(format!("{target}.lock")) })
    }

    /// Appends a record to the audit, chained to the one before it by its digest.
    pub fn audit(&self, record: &serde_json::Value) -> Result<(), Failure> {
        private_folder(&self.0)?;
        let path = self.0.join("audit.jsonl");
        let mut file = append(&path, true).map_err(|error| Failure::file(&path, error))?;
        let failed = |error: std::io::Error| Failure::file(&path, error);
        // Two targets may end at the same time.
        rustix::fs::flock(&file, FlockOperation::LockExclusive).map_err(|error| Failure::file(&path, error))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let before = text.lines().last().unwrap_or_default();
        let mut record = record.clone();
        if let Some(map) = record.as_object_mut() {
            map.insert("prev_hash".into(), digest(before).into());
        }
        file.write_all(format!("{record}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }
}

fn digest(line: &str) -> String {
    crate::model::hex(&Sha256::digest(line.as_bytes()))
}

fn private_folder(path: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| Failure::file(path, error))
}

fn append(path: &Path, read: bool) -> std::io::Result<File> {
    OpenOptions::new().append(true).read(read).create(true).mode(0o600).open(path)
}

/// Journal and lock of one target.
pub struct TargetState {
    journal: PathBuf,
    lock: PathBuf,
}

/// The lock on this machine, held while it lives.
pub struct LocalLock {
    _file: File,
}

impl TargetState {
    /// Takes the lock of this machine, which answers at once; the one at the database keeps other machines out.
    pub fn lock(&self, who: &str) -> Result<LocalLock, LockError> {
        let failed = |error: std::io::Error| LockError::Unreachable(format!("{}: {error}", self.lock.display()));
        let mut file = append(&self.lock, true).map_err(failed)?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(failed)?;
            let (who, since) = text.trim().split_once(" since ").unwrap_or(("another rpconf on this machine", "?"));
            return Err(LockError::Held(Holder { who: who.to_string(), since: since.to_string() }));
        }
        file.set_len(0).map_err(failed)?;
        let now = crate::model::moment::rfc3339(crate::cli::world::seconds_since_1970());
        file.write_all(format!("{who} since {now}\n").as_bytes()).map_err(failed)?;
        Ok(LocalLock { _file: file })
    }
}

impl Journal for TargetState {
    fn lines(&self) -> Result<Vec<String>, Fault> {
        match std::fs::read_to_string(&self.journal) {
            Ok(text) => Ok(text.lines().map(str::to_string).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(vec![]),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn append(&self, line: &str) -> Result<(), Fault> {
        let new = !self.journal.exists();
        let mut file = append(&self.journal, true).map_err(|error| self.failed(&error))?;
        // A line that a crash cut off must not swallow this one.
        let torn = ends_torn(&mut file).map_err(|error| self.failed(&error))?;
        let line = format!("{}{line}\n", if torn { "\n" } else { "" });
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| self.failed(&error))?;
        if let (true, Some(folder)) = (new, self.journal.parent()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }
}

fn ends_torn(file: &mut File) -> std::io::Result<bool> {
    use std::io::{Seek as _, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

impl TargetState {
    fn failed(&self, error: &std::io::Error) -> Fault {
        Fault::Journal(format!("{}: {error}", self.journal.display()))
    }
}
