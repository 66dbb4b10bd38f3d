//! Reads of a manifest only what delivery needs: which files of which environment it lists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::path;

/// The manifest's name in an out folder.
pub(super) const NAME: &str = "manifest.json";

/// What a manifest lists.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    environment: Option<String>,
    files: BTreeSet<PathBuf>,
}

impl Manifest {
    /// Takes what it understands. A damaged manifest lists nothing, so that nothing is removed by mistake.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) else { return Self::default() };
        let files = json.get("files").and_then(|files| files.as_array()).into_iter().flatten();
        Self {
            environment: json.get("environment").and_then(|name| name.as_str()).map(str::to_string),
            files: files
                .filter_map(|file| file.get("path")?.as_str())
                .map(PathBuf::from)
                .filter(|file| path::check(file).is_ok())
                .collect(),
        }
    }

    /// What this manifest lists and a newer one of the same environment does not.
    pub(super) fn gone_in<'a>(&'a self, newer: &'a Manifest) -> impl Iterator<Item = &'a Path> {
        let same = self.environment == newer.environment;
        self.files.difference(&newer.files).filter(move |_| same).map(PathBuf::as_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (Manifest::read(old.as_bytes()), Manifest::read(new.as_bytes()));
        old.gone_in(&new).map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn only_files_that_the_same_environment_listed_are_gone() {
        let old = r#"{"version":1,"environment":"p","files":[{"path":"a/b","x":1},{"path":"c"},{"path":"../d"},{"path":"/e"},{"q":1},7]}"#;
        assert_eq!(gone(old, r#"{"environment":"p","files":[{"path":"c"}]}"#), ["a/b"]);
        assert_eq!(gone(old, r#"{"environment":"q","files":[]}"#), [""; 0]);
        assert_eq!(gone("{\"files\":", r#"{"files":[]}"#), [""; 0]);
        assert_eq!(gone("[1]", "[]"), [""; 0]);
    }
}
