//! The way to a target, with the links that the services' roles make: `app` → `app-versioned/7.4.0`.
//!
//! A link is followed here and nowhere else, and only where those who could turn it elsewhere own the file anyway. What
//! comes out holds no link, and the disk refuses one that appears later.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::disk::{Dress, Kind, Look};
use super::error::failed;
use super::{DeliverError, Host, path};

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

const STICKY: u32 = 0o1000;

/// Where a file really goes, relative to the disk.
pub(super) fn resolve(file: &str, dress: Dress, host: &Host) -> Result<PathBuf, DeliverError> {
    let refuse = |why| DeliverError::Path { path: file.into(), why };
    let below = file.strip_prefix('/').ok_or_else(|| refuse("it must be absolute"))?;
    path::check(Path::new(below)).map_err(refuse)?;
    let whole = Path::new(below);
    let name = whole.file_name().ok_or_else(|| refuse("it must name a file"))?;
    let folder = folder(path::folder(whole), dress, host)?;
    let target = folder.join(name);
    path::check(&target).map_err(refuse)?;
    Ok(target)
}

fn folder(wanted: &Path, dress: Dress, host: &Host) -> Result<PathBuf, DeliverError> {
    let disk = host.disk;
    let mut ahead: VecDeque<OsString> = wanted.iter().map(OsString::from).collect();
    let (mut standing, mut links) = (PathBuf::new(), 0);
    while let Some(part) = ahead.pop_front() {
        let next = standing.join(&part);
        let shown = || disk.show(&next);
        match disk.look(&next).map_err(failed(disk, "look at", &next))? {
            None => return Err(DeliverError::NoFolder { path: shown() }),
            Some(look @ Look { kind: Kind::Folder, .. }) => {
                check_folder(&look, dress, host).map_err(|why| DeliverError::Foreign { path: shown(), why })?;
                standing = next;
            }
            Some(Look { kind: Kind::Symlink, owner: (user, _), .. }) => {
                links += 1;
                if links > MOST_LINKS || !host.trusts(user, dress) {
                    return Err(DeliverError::Symlink { path: shown() });
                }
                let leads = disk.follow(&next).map_err(failed(disk, "read the link", &next))?;
                turn(&leads, &mut standing, &mut ahead);
            }
            Some(_) => return Err(DeliverError::NotFolder { path: shown() }),
        }
    }
    Ok(standing)
}

/// Puts a link's parts in front of what is left of the way. `..` leaves a real folder, as all of `standing` are.
fn turn(leads: &Path, standing: &mut PathBuf, ahead: &mut VecDeque<OsString>) {
    let mut parts = vec![];
    for part in leads.components() {
        match part {
            Component::RootDir => standing.clear(),
            Component::ParentDir if parts.is_empty() => _ = standing.pop(),
            Component::ParentDir => _ = parts.pop(),
            Component::Normal(name) => parts.push(name.to_os_string()),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    for part in parts.into_iter().rev() {
        ahead.push_front(part);
    }
}

fn check_folder(look: &Look, dress: Dress, host: &Host) -> Result<(), &'static str> {
    let (user, group) = look.owner;
    let sticky = look.mode & STICKY != 0;
    let ours = |group: u32| group == 0 || !host.owners || dress.owner.is_some_and(|(_, own)| own == group);
    match look.mode {
        _ if !host.trusts(user, dress) => Err("belongs to another user, and must be root's or the file's owner's"),
        mode if mode & 0o002 != 0 && !sticky => Err("can be written by everyone, and must not be"),
        mode if mode & 0o020 != 0 && !sticky && !ours(group) => {
            Err("can be written by another group, and must only be by root's or the file's own")
        }
        _ => Ok(()),
    }
}
