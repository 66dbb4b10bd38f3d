//! What follows a change: each unit once, in order, the next one only when the one before is well.

use super::apply::Installed;
use super::disk::Dress;
use super::error::failed;
use super::{DeliverError, Host};
use crate::model::{Action, Reaction, Secret};

/// Does what follows. Behind a trait, so that tests need no systemd.
pub trait Units {
    /// Restarts or reloads a unit, or runs a command, and waits until that is done. A failure in words.
    fn act(&self, reaction: &Reaction) -> Result<(), String>;
    /// Waits until a health command succeeds. A failure in words.
    fn healthy(&self, command: &[String]) -> Result<(), String>;
    /// When a unit's process started, in seconds since 1970; none when it does not run, or nobody knows.
    fn started(&self, unit: &str) -> Option<i64>;
}

/// What followed.
#[derive(Debug)]
pub struct Followed {
    /// What was done, in order.
    pub done: Vec<Reaction>,
    /// What failed, and why; nothing after it was tried.
    pub failed: Option<(Reaction, String)>,
    /// What was not tried.
    pub left: Vec<Reaction>,
    /// Whether the next installation knows of it: else all of this follows once more.
    pub recorded: Result<(), DeliverError>,
}

/// Does what follows an installation. What was not done is remembered, and follows the next one.
pub fn follow(installed: &Installed, units: &dyn Units, host: &Host, suffix: &str) -> Followed {
    let (mut done, mut failed) = (vec![], None);
    let mut ahead = installed.follow.iter();
    for reaction in ahead.by_ref() {
        let healthy = || if reaction.health.is_empty() { Ok(()) } else { units.healthy(&reaction.health) };
        match units.act(reaction).and_then(|()| healthy()) {
            Ok(()) => done.push(reaction.clone()),
            Err(why) => {
                failed = Some((reaction.clone(), why));
                break;
            }
        }
    }
    let left: Vec<Reaction> = ahead.cloned().collect();
    let undone: Vec<Reaction> = failed.iter().map(|(reaction, _)| reaction).chain(&left).cloned().collect();
    let recorded = remember(&undone, host, suffix).map_err(|why| DeliverError::Unrecorded { why: Box::new(why) });
    Followed { done, failed, left, recorded }
}

/// Each unit and each command once; a restart stands for a reload.
pub fn in_order(asked: &[Reaction], order: &[Reaction]) -> Vec<Reaction> {
    let mut merged: Vec<Reaction> = vec![];
    for reaction in asked {
        match merged.iter_mut().find(|known| is_same(known, reaction)) {
            Some(known) => {
                if reaction.action == Action::Restart {
                    known.action = Action::Restart;
                }
                if known.health.is_empty() {
                    known.health.clone_from(&reaction.health);
                }
            }
            None => merged.push(reaction.clone()),
        }
    }
    let place = |reaction: &Reaction| order.iter().position(|known| is_same(known, reaction)).unwrap_or(usize::MAX);
    // A unit that starts before systemd has read its new file starts by the old one.
    merged.sort_by_key(|reaction| (!is_daemon_reload(reaction), place(reaction)));
    merged
}

fn is_daemon_reload(reaction: &Reaction) -> bool {
    matches!(&reaction.action, Action::Command(words) if words.iter().map(String::as_str).eq(["systemctl", "daemon-reload"]))
}

fn is_same(one: &Reaction, other: &Reaction) -> bool {
    match (&one.action, &other.action) {
        (Action::Command(one), Action::Command(other)) => one == other,
        (Action::Command(_), _) | (_, Action::Command(_)) => false,
        _ => one.unit == other.unit,
    }
}

const NAME: &str = "pending.json";

/// What an earlier run left undone.
pub fn pending(host: &Host) -> Result<Vec<Reaction>, DeliverError> {
    let (disk, path) = (host.disk, host.state().join(NAME));
    if disk.look(&path).map_err(failed(disk, "look at", &path))?.is_none() {
        return Ok(vec![]);
    }
    let bytes = disk.read(&path).map_err(failed(disk, "read", &path))?;
    serde_json::from_slice(&bytes).map_err(|_| DeliverError::Generation { path: disk.show(&path) })
}

pub(super) fn path(host: &Host) -> std::path::PathBuf {
    host.state().join(NAME)
}

pub(super) fn bytes(reactions: &[Reaction]) -> Result<Secret<Vec<u8>>, serde_json::Error> {
    Ok(Secret::new(serde_json::to_vec(reactions)?))
}

/// Replaces what is remembered. A crash leaves the old list or the new one; a unit that restarts once more is no harm.
#[expect(clippy::disallowed_methods, reason = "units and commands of the document, no secret")]
fn remember(left: &[Reaction], host: &Host, suffix: &str) -> Result<(), DeliverError> {
    let (disk, target) = (host.disk, path(host));
    let there = disk.look(&target).map_err(failed(disk, "look at", &target))?.is_some();
    if left.is_empty() {
        return match there {
            true => disk.remove(&target).map_err(failed(disk, "remove", &target)),
            false => Ok(()),
        };
    }
    let content = bytes(left).map_err(|error| failed(disk, "write", &target)(error.into()))?;
    let staged = host.state().join(format!("{}pending-{suffix}", super::path::RESERVED));
    let write = || {
        let mut file = disk.create(&staged)?;
        file.write(content.expose())?;
        file.dress(Dress::PRIVATE)?;
        file.sync()?;
        disk.rename(&staged, &target)?;
        disk.sync_folder(&host.state())
    };
    write().map_err(failed(disk, "write", &target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaction(text: &str) -> Reaction {
        let (verb, unit) = text.split_once(' ').unwrap();
        let action = match verb {
            "restart" => Action::Restart,
            "reload" => Action::Reload,
            _ => Action::Command(vec![verb.to_string(), unit.to_string()]),
        };
        let unit = if matches!(action, Action::Command(_)) { "" } else { unit };
        Reaction { unit: unit.to_string(), action, health: vec![] }
    }

    #[test]
    fn each_unit_follows_once_and_in_order() {
        let order = ["restart mailroom", "restart django", "restart celery", "reload nginx", "sh -c"].map(reaction);
        let check = |asked: &[&str], expect: &[&str]| {
            let asked: Vec<Reaction> = asked.iter().map(|text| reaction(text)).collect();
            let expect: Vec<Reaction> = expect.iter().map(|text| reaction(text)).collect();
            assert_eq!(in_order(&asked, &order), expect);
        };
        check(&["restart celery", "restart mailroom", "restart celery"], &["restart mailroom", "restart celery"]);
        check(&["reload django", "restart django"], &["restart django"]);
        check(&["sh -c", "reload nginx", "sh -c"], &["reload nginx", "sh -c"]);
        check(&["restart django", "systemctl daemon-reload"], &["systemctl daemon-reload", "restart django"]);
        check(&["restart gone", "restart django"], &["restart django", "restart gone"]);
    }
}
