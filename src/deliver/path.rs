//! Which paths an output may have, and the names that delivery gives to files of its own.

use std::path::{Path, PathBuf};

/// Every name that delivery makes in the state folder begins with this; no output may.
pub(super) const RESERVED: &str = ".rpconf-";

/// A name of 255 bytes is the longest that Linux takes; a staged file's is longer than its target's by a mark and a suffix.
const LONGEST_NAME: usize = 200;

/// A path below a place, or what it should be instead.
pub(super) fn check(path: &Path) -> Result<&str, &'static str> {
    let text = path.to_str().ok_or("it must be UTF-8")?;
    if path.is_absolute() || text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("it must be relative, without `..`, `.` or a double slash");
    }
    if text.chars().any(char::is_control) {
        return Err("it must hold no control character");
    }
    if text.split('/').any(|part| part.len() > LONGEST_NAME) {
        return Err("each of its parts must be 200 bytes or shorter");
    }
    if text.split('/').any(|part| part.starts_with(RESERVED)) {
        return Err("names that begin with `.rpconf-` are rpconf's own");
    }
    Ok(text)
}

/// The name beside a target that its new version is written under.
pub(super) fn staged(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.rpconf-{suffix}"))
}

/// The folder that a path stands in; the root for a single name.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A folder and all above it but the root, the highest first.
pub(super) fn chain(folder: &Path) -> Vec<&Path> {
    let mut chain: Vec<&Path> = folder.ancestors().filter(|above| !above.as_os_str().is_empty()).collect();
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_their_place() {
        let check = |path: &str, fine: bool| assert_eq!(check(Path::new(path)).is_ok(), fine, "{path:?}");
        check("web/django/settings.py", true);
        check("a b/ü", true);
        check("..a/b..", true);
        check(&"x".repeat(200), true);
        for path in
            ["", "/a", "../a", "a/../b", "a/..", "./a", "a/./b", "a//b", "a/", "a\nb", "a\0b", ".rpconf-journal"]
        {
            check(path, false);
        }
        check("a/.rpconf-old-1-2", false);
        check(&"x".repeat(201), false);
    }

    #[test]
    fn a_staged_file_stands_beside_its_target() {
        assert_eq!(staged(Path::new("a/b.py"), "x1"), Path::new("a/.b.py.rpconf-x1"));
        assert_eq!(staged(Path::new("b"), "x1"), Path::new(".b.rpconf-x1"));
    }

    #[test]
    fn a_chain_begins_at_the_top() {
        assert_eq!(chain(Path::new("a/b/c")), [Path::new("a"), Path::new("a/b"), Path::new("a/b/c")]);
        assert!(chain(Path::new("")).is_empty());
    }
}
