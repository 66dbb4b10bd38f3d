//! How a command ends: documented exit codes, and the failures that map to them.

use std::path::PathBuf;

use crate::deliver::{DeliverError, GitError};
use crate::vault::VaultError;

/// Exit codes, as `rpconf --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// The document is wrong.
    Document = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A vault or a backend said no, or could not be reached.
    World = 3,
    /// A local file could not be read or written, or a lock is held.
    Local = 4,
    /// A rotation is unfinished or halted.
    Unfinished = 5,
    /// It differs.
    Differs = 6,
    /// A signal ended it.
    Interrupted = 130,
}

/// Why a command could not do its work. Findings about documents are not among them: they are reports.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// A vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A backend, or what rotation needs of the vault.
    #[error("{0}")]
    Backend(String),
    /// A file.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened, in the words of the operating system.
        why: String,
    },
    /// The targets.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The user ended it while a vault was being asked; nothing was written.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The user ended it while a vault was being written to.
    #[error("interrupted; what was being written may be there or not: look before you write it again")]
    InterruptedWrite,
    /// A command that was not run.
    #[error("{why}")]
    Child {
        /// Which, and what happened.
        why: String,
        /// What a shell would answer.
        code: u8,
    },
    /// Standard output is closed: whoever read it has enough.
    #[error("standard output is closed")]
    Closed,
}

impl Failure {
    /// A file's failure.
    pub fn file(path: impl Into<PathBuf>, why: impl ToString) -> Self {
        Failure::File { path: path.into(), why: why.to_string() }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) => Exit::Usage,
            Failure::Vault(VaultError::Write { .. }) => Exit::Local,
            // A vault file that is not there or not readable as such is a local file.
            Failure::Vault(_) | Failure::Backend(_) => Exit::World,
            Failure::File { .. } | Failure::Deliver(_) | Failure::Git(_) => Exit::Local,
            Failure::Interrupted | Failure::InterruptedWrite => Exit::Interrupted,
            Failure::Child { .. } => Exit::Local,
            Failure::Closed => Exit::Done,
        }
    }

    /// The exit code as a number, where a command may end by one that is not rpconf's.
    pub fn code(&self) -> u8 {
        if let Failure::Child { code, .. } = self { *code } else { self.exit() as u8 }
    }

    /// What to do about it, where one thing helps.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Failure::Vault(VaultError::Settings { .. }) => {
                Some("see `rpconf vault --help` for what each backend needs, or use `--vault file:PATH`")
            }
            _ => None,
        }
    }
}

/// What commands answer.
pub type Outcome = Result<Exit, Failure>;
