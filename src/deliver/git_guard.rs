//! Whether git would take up a target, and with it the secrets.

use std::io;
use std::path::{Path, PathBuf};

/// Asks git; the answer comes from outside the library, which starts no process.
pub trait Ignores {
    /// Those of the paths, relative to the work tree, that git does not ignore. A tracked file is not ignored, whatever the
    /// ignore files say: its next version would be committed.
    fn not_ignored(&self, work_tree: &Path, paths: &[PathBuf]) -> Result<Vec<PathBuf>, GitError>;
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("`{}` is a git work tree, and `git` cannot be run to see what it ignores: {source}", work_tree.display())]
    Start {
        /// The work tree.
        work_tree: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It ran, and refused.
    #[error("git does not say what it ignores in `{}`: {message}", work_tree.display())]
    Refused {
        /// The work tree.
        work_tree: PathBuf,
        /// The first line of its complaint.
        message: String,
    },
}

/// Those of the targets, relative to `folder`, that git does not ignore: all ignored, or no work tree, is an empty list.
///
/// `folder` is absolute and need not be there.
pub fn unignored(folder: &Path, targets: &[PathBuf], git: &dyn Ignores) -> Result<Vec<PathBuf>, GitError> {
    let Some(work_tree) = work_tree(folder) else { return Ok(Vec::new()) };
    let below = folder.strip_prefix(work_tree).unwrap_or(Path::new(""));
    let paths: Vec<PathBuf> = targets.iter().map(|target| below.join(target)).collect();
    let refused = git.not_ignored(work_tree, &paths)?;
    Ok(refused.iter().filter_map(|path| path.strip_prefix(below).ok()).map(Path::to_path_buf).collect())
}

/// The nearest folder that holds `.git`: a folder, or a file in a submodule and in an added work tree.
fn work_tree(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct IgnoresBuild;

    impl Ignores for IgnoresBuild {
        fn not_ignored(&self, _: &Path, paths: &[PathBuf]) -> Result<Vec<PathBuf>, GitError> {
            Ok(paths.iter().filter(|path| !path.starts_with("build")).cloned().collect())
        }
    }

    #[test]
    fn git_is_asked_below_a_work_tree_only() {
        let temp = tempfile::tempdir().unwrap();
        let check = |folder: &str, expect: &[&str]| {
            let refused = unignored(&temp.path().join(folder), &["a/b".into(), "c".into()], &IgnoresBuild).unwrap();
            assert_eq!(refused, expect.iter().map(PathBuf::from).collect::<Vec<_>>(), "{folder}");
        };
        check("out/p", &[]);
        std::fs::write(temp.path().join(".git"), "gitdir: elsewhere").unwrap();
        check("out/p", &["a/b", "c"]);
        check("build/p", &[]);
        check("", &["a/b", "c"]);
    }
}
