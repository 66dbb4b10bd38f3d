//! A host that files are applied to, and a file as it is to stand there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Dress};
use super::error::failed;
use super::{DeliverError, Place, Users};
use crate::model::{Reaction, Secret};

/// One file as it is to stand on a host.
#[derive(Debug)]
pub struct HostFile {
    /// The service or output that it belongs to.
    pub name: String,
    /// Absolute path on the host, as the document has it: links may be on the way.
    pub path: String,
    /// Its bytes.
    pub content: Secret<Vec<u8>>,
    /// User, by name or number.
    pub owner: String,
    /// Group, by name or number.
    pub group: String,
    /// Permission bits.
    pub mode: u32,
    /// What follows when its bytes change, in order.
    pub reactions: Vec<Reaction>,
    /// The format of a service's settings.
    pub format: Option<String>,
    /// Names of the settings in it that are secret.
    pub secrets: Vec<String>,
}

impl HostFile {
    /// Whether two say the same of one path.
    #[expect(clippy::disallowed_methods, reason = "compared, so that what is recorded already is not recorded again")]
    pub(super) fn same(&self, other: &HostFile) -> bool {
        let bytes = self.content.expose() == other.content.expose();
        let said = |file: &HostFile| {
            (file.name.clone(), file.owner.clone(), file.group.clone(), file.mode, file.reactions.clone())
        };
        bytes && self.path == other.path && said(self) == said(other) && self.secrets == other.secrets
    }
}

/// A host, as one environment's files see it.
pub struct Host<'a> {
    /// Its disk, from the root down.
    pub disk: &'a dyn Disk,
    /// The environment.
    pub environment: &'a str,
    /// Who is who.
    pub users: &'a dyn Users,
    /// The user that this runs as.
    pub me: u32,
    /// Whether files get the owners that the document names: only root can give files away.
    pub owners: bool,
}

impl Host<'_> {
    /// Where files go, and where lock, journal and generations are.
    pub fn place(&self) -> Place<'_> {
        Place { disk: self.disk, targets: PathBuf::new(), state: self.state() }
    }

    pub(super) fn state(&self) -> PathBuf {
        Path::new("var/lib/rpconf").join(self.environment)
    }

    /// Whose a file is to be.
    pub(super) fn dress(&self, file: &HostFile) -> Result<Dress, DeliverError> {
        let owner = if self.owners { Some((self.user(file)?, self.group(file)?)) } else { None };
        Ok(Dress { mode: file.mode, owner })
    }

    /// Says which users and groups of files there are not: all at once, as one makes them.
    pub(super) fn check_accounts(&self, files: &[HostFile]) -> Result<(), DeliverError> {
        let mut missing = BTreeSet::new();
        for asked in files.iter().filter(|_| self.owners).flat_map(|file| [self.user(file), self.group(file)]) {
            match asked {
                Err(DeliverError::NoAccount { accounts }) => missing.extend(accounts),
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        let (users, groups): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(kind, _)| *kind == "user");
        let accounts = [users, groups].concat();
        if accounts.is_empty() { Ok(()) } else { Err(DeliverError::NoAccount { accounts }) }
    }

    fn user(&self, file: &HostFile) -> Result<u32, DeliverError> {
        self.number(&file.owner, "user", |name| self.users.user(name))
    }

    fn group(&self, file: &HostFile) -> Result<u32, DeliverError> {
        self.number(&file.group, "group", |name| self.users.group(name))
    }

    fn number(
        &self,
        name: &str,
        kind: &'static str,
        ask: impl Fn(&str) -> std::io::Result<Option<u32>>,
    ) -> Result<u32, DeliverError> {
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        let found = ask(name).map_err(failed(self.disk, "find out about", Path::new(name)))?;
        found.ok_or_else(|| DeliverError::NoAccount { accounts: vec![(kind, name.to_string())] })
    }

    /// Whether a user may own what is on the way to a file: whoever owns a folder can replace what is in it.
    pub(super) fn trusts(&self, user: u32, dress: Dress) -> bool {
        user == 0 || user == self.me || dress.owner.is_some_and(|(owner, _)| owner == user)
    }
}
