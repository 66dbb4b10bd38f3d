//! Whether what was applied still stands, and whether its units have read it.

use super::disk::{Kind, Look};
use super::error::failed;
use super::resolve::resolve;
use super::{DeliverError, Generation, Host, HostFile, Units};
use crate::model::{Action, Secret};

/// One thing that is no longer as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The service or output.
    pub name: String,
    /// The file, as the document has it.
    pub path: String,
    /// What is different.
    pub what: Drifted,
}

/// How something drifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drifted {
    /// The file is gone, as after an upgrade that made a new, empty folder.
    Missing,
    /// It has other bytes.
    Changed,
    /// Other permission bits.
    Mode {
        /// What it has.
        now: u32,
        /// What it was given.
        applied: u32,
    },
    /// Another user or group.
    Owner,
    /// Its path leads where no file would be written, or cannot be looked at.
    Unreachable(String),
    /// A unit started before its file was written: it runs with the values of an older one.
    Older {
        /// The unit.
        unit: String,
    },
}

/// Everything that drifted from a generation.
pub fn drift(applied: &Generation, units: &dyn Units, host: &Host) -> Vec<Drift> {
    applied.files.iter().flat_map(|file| of_file(file, units, host)).collect()
}

fn of_file(file: &HostFile, units: &dyn Units, host: &Host) -> Vec<Drift> {
    let found = look(file, units, host).unwrap_or_else(|error| vec![Drifted::Unreachable(error.to_string())]);
    found.into_iter().map(|what| Drift { name: file.name.clone(), path: file.path.clone(), what }).collect()
}

#[expect(clippy::disallowed_methods, reason = "compared: only whether the bytes are equal leaves here")]
fn look(file: &HostFile, units: &dyn Units, host: &Host) -> Result<Vec<Drifted>, DeliverError> {
    let dress = host.dress(file)?;
    let target = match resolve(&file.path, dress, host) {
        Err(DeliverError::NoFolder { .. }) => return Ok(vec![Drifted::Missing]),
        target => target?,
    };
    let disk = host.disk;
    let look = match disk.look(&target).map_err(failed(disk, "look at", &target))? {
        None => return Ok(vec![Drifted::Missing]),
        Some(look @ Look { kind: Kind::File, .. }) => look,
        Some(_) => return Err(DeliverError::NotFile { path: disk.show(&target) }),
    };
    let mut found = vec![];
    let now = Secret::new(disk.read(&target).map_err(failed(disk, "read", &target))?);
    if now.expose() != file.content.expose() {
        found.push(Drifted::Changed);
    }
    if look.mode != file.mode {
        found.push(Drifted::Mode { now: look.mode, applied: file.mode });
    }
    if dress.owner.is_some_and(|owner| owner != look.owner) {
        found.push(Drifted::Owner);
    }
    // A reload starts no process, and nobody knows what a command did.
    for reaction in file.reactions.iter().filter(|reaction| reaction.action == Action::Restart) {
        if units.started(&reaction.unit).is_some_and(|started| started < look.modified.0) {
            found.push(Drifted::Older { unit: reaction.unit.clone() });
        }
    }
    Ok(found)
}
