//! Asks the `git` program which files it ignores, and how they were.

#![expect(clippy::disallowed_methods, reason = "the `git` program is run here")]

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use super::exit::Failure;
use crate::deliver::{GitError, Ignores};
use crate::source::{FileError, Files, MAX_BYTES};

/// The `git` program in `PATH`.
pub struct Git;

impl Ignores for Git {
    /// One call for all paths. Without `--no-index`, by which git would also call a tracked file ignored.
    fn not_ignored(&self, work_tree: &Path, paths: &[PathBuf]) -> Result<Vec<PathBuf>, GitError> {
        let start = |source| GitError::Start { work_tree: work_tree.to_path_buf(), source };
        let mut child = Command::new("git")
            .arg("-C")
            .arg(work_tree)
            .args(["check-ignore", "--stdin", "-z"])
            // A hook of another repository that runs us would have git look there.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        let names: Vec<u8> = paths.iter().flat_map(|path| [path.as_os_str().as_bytes(), b"\0"].concat()).collect();
        let stdin = child.stdin.take();
        // From a thread: git answers while it reads, and both pipes could fill. If it stops reading, its exit says why.
        let writer = thread::spawn(move || stdin.is_some_and(|mut stdin| stdin.write_all(&names).is_ok()));
        let output = child.wait_with_output().map_err(start)?;
        let _ = writer.join();
        // 0: some are ignored; 1: none is.
        if !matches!(output.status.code(), Some(0 | 1)) {
            let message =
                String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("no reason given").to_string();
            return Err(GitError::Refused { work_tree: work_tree.to_path_buf(), message });
        }
        let ignored: std::collections::BTreeSet<&Path> =
            output.stdout.split(|byte| *byte == 0).map(|name| Path::new(OsStr::from_bytes(name))).collect();
        Ok(paths.iter().filter(|path| !ignored.contains(path.as_path())).cloned().collect())
    }
}

/// The files of a work tree as they were at a revision.
pub struct Revision {
    root: PathBuf,
    commit: String,
}

impl Revision {
    /// Finds a revision: a branch, a tag, a commit, `HEAD~1`.
    pub fn find(root: &Path, asked: &str) -> Result<Self, Failure> {
        let named = format!("{asked}^{{commit}}");
        let output = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &named])?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let found = output.status.success() && !commit.is_empty();
        let none = || Failure::Usage(format!("`{asked}` is neither a document nor a revision that git knows"));
        found.then(|| Self { root: root.to_path_buf(), commit }).ok_or_else(none)
    }
}

impl Files for Revision {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let failed = |error: Failure| FileError::Io(error.to_string());
        let output = git(&self.root, &["show", &format!("{}:./{path}", self.commit)]).map_err(failed)?;
        match output.status.success() {
            true if output.stdout.len() > MAX_BYTES => Err(FileError::TooLarge { limit: MAX_BYTES }),
            true => Ok(output.stdout),
            false => Err(FileError::NotFound),
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null());
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.output().map_err(|error| Failure::file(folder, format!("`git` cannot be run: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::unignored;

    fn run(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git").arg("-C").arg(folder).args(arguments).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }

    #[test]
    fn git_answers_for_files_that_are_not_there_yet_and_for_tracked_ones() {
        let temp = tempfile::tempdir().unwrap();
        run(temp.path(), &["init", "-q"]);
        std::fs::write(temp.path().join(".gitignore"), "/build/\n").unwrap();
        std::fs::create_dir(temp.path().join("build")).unwrap();
        std::fs::write(temp.path().join("build/tracked"), "").unwrap();
        run(temp.path(), &["add", "-f", "build/tracked"]);
        let check = |folder: &str, target: &str, refused: bool| {
            let found = unignored(&temp.path().join(folder), &[target.into()], &Git).unwrap();
            assert_eq!(!found.is_empty(), refused, "{folder} {target}");
        };
        check("build/p", "web/a b\"ü", false);
        check("out/p", "web/a b\"ü", true);
        check("build", "tracked", true);
    }

    #[test]
    fn many_paths_go_through() {
        let temp = tempfile::tempdir().unwrap();
        run(temp.path(), &["init", "-q"]);
        std::fs::write(temp.path().join(".gitignore"), "*\n").unwrap();
        let paths: Vec<PathBuf> = (0..20_000).map(|number| format!("some/long/folder/{number}").into()).collect();
        assert_eq!(Git.not_ignored(temp.path(), &paths).unwrap(), [] as [PathBuf; 0]);
    }

    #[test]
    fn a_broken_work_tree_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join(".git"), "gitdir: nowhere\n").unwrap();
        assert!(matches!(Git.not_ignored(temp.path(), &["a".into()]), Err(GitError::Refused { .. })));
    }
}
