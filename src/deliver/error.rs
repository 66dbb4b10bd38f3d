//! Why a delivery failed, in words for the person who has to mend it.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::disk::Disk;

/// Why a delivery failed: exit code 4, whichever it is. Unless it says otherwise, every target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// An output's path cannot be used.
    #[error("`{}` cannot be an output's path: {why}", path.display())]
    Path {
        /// As given.
        path: PathBuf,
        /// What it should be.
        why: &'static str,
    },
    /// A target, or a folder on the way to it, is a symbolic link.
    #[error("`{}` is a symbolic link, and must be a file or folder of its own", path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// A target is a folder or a device.
    #[error("`{}` is not a regular file, and must be one or be absent", path.display())]
    NotFile {
        /// The target.
        path: PathBuf,
    },
    /// A file stands where a folder has to be.
    #[error("`{}` is not a folder, and must be one or be absent", path.display())]
    NotFolder {
        /// The obstacle.
        path: PathBuf,
    },
    /// A target was changed by somebody else after it was compared.
    #[error("`{}` was changed by somebody else meanwhile; run this again", path.display())]
    Moved {
        /// The target.
        path: PathBuf,
    },
    /// Another process is delivering to the same place.
    #[error("another rpconf is writing to `{}`; run this again when it is done", path.display())]
    Locked {
        /// The state folder.
        path: PathBuf,
    },
    /// An earlier delivery was cut off and has not been undone.
    #[error("`{}` holds an unfinished delivery; run this again to undo it first", path.display())]
    Unfinished {
        /// The state folder.
        path: PathBuf,
    },
    /// A journal of another version of rpconf, or one that leads out of its place.
    #[error("`{}` is not a journal that this rpconf can read; recover with the version that wrote it", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
    },
    /// A folder that a file goes to is not there.
    #[error("the folder `{}` is not there, and must be before a file goes into it", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody else could replace the file, or the state.
    #[error("the folder `{}` {why}", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is, and what should be.
        why: &'static str,
    },
    /// Users and groups that the document names do not exist.
    #[error("there is {} on this host, and there must be before files get their owners", none(accounts))]
    NoAccount {
        /// `user` or `group`, and its name.
        accounts: Vec<(&'static str, String)>,
    },
    /// Files that were changed since the last application, or that were there before the first.
    #[error(
        "{} changed by hand, and would be lost; take the change over into the document, or add `--overwrite`",
        list(paths)
    )]
    ByHand {
        /// Which.
        paths: Vec<PathBuf>,
    },
    /// What comes does not fit.
    #[error("`{}` has room for {free} bytes, and {needed} are coming", path.display())]
    NoRoom {
        /// A folder of the file system.
        path: PathBuf,
        /// Bytes that are coming.
        needed: u64,
        /// Bytes that fit.
        free: u64,
    },
    /// A damaged generation, or one of another version of rpconf.
    #[error("`{}` is not a file that this rpconf wrote", path.display())]
    Generation {
        /// The file.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("cannot {operation} `{}`: {}", path.display(), reason(source))]
    Io {
        /// What it was asked for.
        path: PathBuf,
        /// What was asked: a verb and its object.
        operation: &'static str,
        /// Its answer.
        source: io::Error,
    },
    /// The files stand and units followed; the list of those that have to could not be changed.
    #[error("the files stand, and what followed them follows once more the next time: {why}")]
    Unrecorded {
        /// Why.
        why: Box<DeliverError>,
    },
    /// The commit failed, and so did putting the old files back.
    #[error("{commit}; not every old file could be put back ({undo}), the next run does it")]
    Stuck {
        /// Why the commit failed.
        commit: Box<DeliverError>,
        /// Why the old files could not be put back.
        undo: Box<DeliverError>,
    },
}

/// For `map_err`: the file system's answer with what was asked.
pub(super) fn failed<'a>(
    disk: &'a dyn Disk,
    operation: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> DeliverError + 'a {
    move |source| DeliverError::Io { path: disk.show(path), operation, source }
}

fn none(accounts: &[(&str, String)]) -> String {
    let names: Vec<String> = accounts.iter().map(|(kind, name)| format!("no {kind} `{name}`")).collect();
    names.join(", ")
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    format!("{} {}", names.join(", "), if paths.len() == 1 { "was" } else { "were" })
}

fn reason(error: &io::Error) -> String {
    let words = match Errno::from_io_error(error) {
        Some(Errno::NOSPC) => "the disk is full",
        Some(Errno::DQUOT) => "the disk quota is used up",
        Some(Errno::ROFS) => "the file system is read-only",
        Some(Errno::ACCESS | Errno::PERM) => "permission denied",
        Some(Errno::LOOP) => "a symbolic link stands in its path",
        Some(Errno::NOTDIR) => "a part of its path is not a folder",
        Some(Errno::NOENT) => "it is not there",
        Some(Errno::IO) => "the disk failed",
        _ => return error.to_string(),
    };
    words.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_path_and_the_cause() {
        let check = |errno: Errno, expect: &str| {
            let error = DeliverError::Io { path: "build/a".into(), operation: "write", source: io::Error::from(errno) };
            assert_eq!(error.to_string(), format!("cannot write `build/a`: {expect}"));
        };
        check(Errno::NOSPC, "the disk is full");
        check(Errno::ROFS, "the file system is read-only");
        check(Errno::ACCESS, "permission denied");
        check(Errno::LOOP, "a symbolic link stands in its path");
        check(Errno::IO, "the disk failed");
    }
}
