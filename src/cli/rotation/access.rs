//! The vault, opened for a rotation.

use std::path::PathBuf;
use std::rc::Rc;

use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::cli::ui;
use crate::cli::vaults::{self, Backend, VaultArgs};
use crate::cli::writing;
use crate::model::VaultChoice;
use crate::rotate::{Access, Opened};
use crate::vault::Connect;

/// A vault that is read and written for a while.
pub enum OpenAccess {
    /// One client, one pool of connections.
    Connect(Rc<Connect>),
    /// A file, which is read anew each time: others write to it too.
    File(PathBuf),
}

impl OpenAccess {
    /// Opens the vault that the command line or the document names.
    pub fn open(
        session: &Session,
        args: &VaultArgs,
        choice: &VaultChoice,
        folder: &std::path::Path,
    ) -> Result<Self, Failure> {
        match vaults::named(args, choice, folder, &session.here)? {
            Backend::File(path) => {
                writing::open_file(&path)?;
                Ok(Self::File(path))
            }
            Backend::Connect => Ok(Self::Connect(Rc::new(vaults::connect(args, choice, ui::observer(&session.ui))?))),
            Backend::Op => Err(Failure::Usage(
                "a rotation writes to the vault, and rpconf only reads through the `op` program: use `--vault connect`"
                    .into(),
            )),
        }
    }
}

impl OpenAccess {
    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl Access for OpenAccess {
    fn open(&self) -> Result<Opened, String> {
        match self {
            // A rotation takes longer than one command's requests may.
            Self::Connect(connect) => {
                connect.restart();
                Ok((connect.clone(), connect.clone()))
            }
            Self::File(path) => {
                let open = writing::open_file(path).map_err(|failure| failure.to_string())?;
                Ok((open.vault, open.writer))
            }
        }
    }
}
