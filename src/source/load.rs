//! A document and the files that it extends, as one tree.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::extends;
use super::limits::{MAX_BYTES, MAX_FILES};
use super::overlay::merge;
use super::parse::parse;
use super::tree::Node;
use crate::diag::{FileId, Notes, SourceMap, Span, codes};

/// Where files come from. A path is relative to the project's folder and has `/` between its parts.
pub trait Files {
    /// The bytes of a file. An implementation reads [`MAX_BYTES`] and no more, and says so when there are more.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("it is not there")]
    NotFound,
    /// It is larger than files may be.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// The system says no.
    #[error("{0}")]
    Io(String),
}

/// Reads the document at `path` and lays it over what its `extends` names. Nothing is returned when any of the files
/// cannot be read: without a base every fact in it would be missed in vain.
///
/// The texts in `map` are the bytes on disk, a byte order mark included, so that edits by span fit the files.
pub fn load(files: &dyn Files, path: &str, map: &mut SourceMap, notes: &mut Notes) -> Option<Rc<Node>> {
    Loader { files, map, notes, done: BTreeMap::new(), open: vec![] }.load(path, None)
}

struct Loader<'a> {
    files: &'a dyn Files,
    map: &'a mut SourceMap,
    notes: &'a mut Notes,
    done: BTreeMap<String, Option<Rc<Node>>>,
    /// The files being read, outermost first, each with the place that names it.
    open: Vec<(String, Option<Span>)>,
}

impl Loader<'_> {
    fn load(&mut self, path: &str, named: Option<Span>) -> Option<Rc<Node>> {
        if let Some(start) = self.open.iter().position(|(open, _)| open == path) {
            self.cycle(start, path, named);
            return None;
        }
        if let Some(done) = self.done.get(path) {
            return done.clone();
        }
        if self.done.len() + self.open.len() >= MAX_FILES {
            let message = format!("a document is made of more than {MAX_FILES} files");
            self.notes.error(codes::TOO_LARGE, message).at(named, "the first one that was not read");
            return None;
        }
        self.open.push((path.to_owned(), named));
        let tree = self.read(path, named).and_then(|(file, text)| {
            let own = document(parse(file, &text, self.notes)?, self.notes)?;
            self.extend(path, own)
        });
        self.open.pop();
        self.done.insert(path.to_owned(), tree.clone());
        tree
    }

    /// Lays a document over its bases. A later base wins over an earlier one.
    fn extend(&mut self, path: &str, own: Rc<Node>) -> Option<Rc<Node>> {
        let (folder, _) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let bases = extends::names(&own, self.notes)?;
        let mut below: Option<Rc<Node>> = None;
        let mut complete = true;
        for base in bases {
            let base_path = if folder.is_empty() { base.value } else { format!("{folder}/{}", base.value) };
            match self.load(&base_path, Some(base.span)) {
                Some(tree) => below = Some(below.map_or(tree.clone(), |below| merge(&tree, &below))),
                None => complete = false,
            }
        }
        let own = extends::without(&own);
        complete.then(|| below.map_or(own.clone(), |below| merge(&own, &below)))
    }

    fn read(&mut self, path: &str, named: Option<Span>) -> Option<(FileId, String)> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                unread(path, named, &error, self.notes);
                return None;
            }
        };
        if bytes.len() > MAX_BYTES {
            unread(path, named, &FileError::TooLarge { limit: MAX_BYTES }, self.notes);
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some((self.map.add(path, text.clone()), text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let file = self.map.add(path, String::from_utf8_lossy(error.as_bytes()));
                self.notes
                    .error(codes::NOT_UTF8, format!("`{path}` is not UTF-8"))
                    .at(Span::new(file, at, at + '\u{fffd}'.len_utf8()), format!("the byte 0x{byte:02x} stands here"))
                    .help("save the file as UTF-8");
                None
            }
        }
    }

    fn cycle(&mut self, start: usize, path: &str, named: Option<Span>) {
        let note = self.notes.error(codes::OVERLAY_CYCLE, format!("`{path}` extends itself"));
        note.at(named, format!("`{path}` again, which is being read"));
        for (name, place) in self.open.iter().skip(start + 1).rev() {
            note.at(*place, format!("`{name}` is extended here"));
        }
        note.help("remove one of these names");
    }
}

fn document(root: Rc<Node>, notes: &mut Notes) -> Option<Rc<Node>> {
    if root.mapping().is_none() {
        notes.error(codes::SCHEMA, "a document is a map of keys").at(&root, "this is none").help("write `key: value`");
        return None;
    }
    Some(root)
}

fn unread(path: &str, named: Option<Span>, error: &FileError, notes: &mut Notes) {
    let code = match error {
        FileError::NotFound if named.is_some() => codes::OVERLAY_MISSING,
        FileError::NotFound | FileError::Io(_) => codes::UNREADABLE,
        FileError::TooLarge { .. } => codes::TOO_LARGE,
    };
    notes.error(code, format!("`{path}` cannot be read: {error}")).at(named, "named here");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Entry, Kind, Typed};

    impl Files for BTreeMap<&str, &[u8]> {
        fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
            self.get(path).map(|bytes| bytes.to_vec()).ok_or(FileError::NotFound)
        }
    }

    /// The tree of `env/top.yml` in one line, `?` for none, and what there is to say, by code and place.
    fn loaded(files: &[(&'static str, &'static str)]) -> (String, Vec<String>) {
        let names: Vec<(String, &[u8])> = files.iter().map(|(n, t)| (format!("env/{n}.yml"), t.as_bytes())).collect();
        let files: BTreeMap<&str, &[u8]> = names.iter().map(|(n, t)| (n.as_str(), *t)).collect();
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let tree = load(&files, "env/top.yml", &mut map, &mut notes);
        let said = notes.iter().map(|d| {
            let places: Vec<String> = d.labels.iter().map(|l| map.locate(l.span).replace("env/", "")).collect();
            format!("{} {}", d.code, places.join(" "))
        });
        (tree.map_or("?".to_owned(), |tree| show(&tree, &map)), said.collect())
    }

    /// Flow style; a value is followed by the places that it won over.
    fn show(node: &Node, map: &SourceMap) -> String {
        let inner = match &node.kind {
            Kind::Scalar(s) if s.typed == Typed::Null => "null".to_owned(),
            Kind::Scalar(s) => s.text.clone(),
            Kind::Sequence(items) => format!("[{}]", items.iter().map(|n| show(n, map)).collect::<Vec<_>>().join(", ")),
            Kind::Mapping(m) => {
                let entry = |e: &Entry| format!("{}: {}", e.key.value, show(&e.value, map));
                format!("{{{}}}", m.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        };
        let won: Vec<String> = node.overrides.iter().map(|span| map.locate(*span).replace("env/", "")).collect();
        if won.is_empty() { inner } else { format!("{inner} over {}", won.join(" ")) }
    }

    fn check(files: &[(&'static str, &'static str)], tree: &str, said: &[&str]) {
        let (shown, notes) = loaded(files);
        assert_eq!(shown, tree, "{files:?} {notes:?}");
        assert_eq!(notes, said, "{files:?}");
    }

    #[test]
    fn a_document_is_laid_over_what_it_extends() {
        check(&[("top", "a: 1\n")], "{a: 1}", &[]);
        check(&[("top", "extends: base\nb: 2\n"), ("base", "a: 1\nb: 1\n")], "{a: 1, b: 2 over base.yml:2:4}", &[]);
        check(
            &[("top", "extends: base.yml\na: {x: 2, z: 3}\n"), ("base", "a: {x: 1, y: [1, 2]}\n")],
            "{a: {x: 2 over base.yml:1:8, y: [1, 2], z: 3}}",
            &[],
        );
        check(&[("top", "extends: base\na: [3]\n"), ("base", "a: [1, 2]\n")], "{a: [3] over base.yml:1:4}", &[]);
        check(
            &[("top", "extends: mid\na: 3\n"), ("mid", "extends: base\na: 2\n"), ("base", "a: 1\n")],
            "{a: 3 over mid.yml:2:4 base.yml:1:4}",
            &[],
        );
        check(
            &[("top", "extends: [one, two]\n"), ("one", "a: 1\nb: 1\n"), ("two", "b: 2\n")],
            "{a: 1, b: 2 over one.yml:2:4}",
            &[],
        );
    }

    #[test]
    fn null_stays_to_say_that_a_value_goes() {
        let base = ("base", "a: {x: 1}\nb: 1\n");
        check(
            &[("top", "extends: base\na:\nb: ~\nc: null\n"), base],
            "{a: null over base.yml:1:4, b: null over base.yml:2:4, c: null}",
            &[],
        );
        check(
            &[("top", "extends: mid\na: {y: 2}\n"), ("mid", "extends: base\na: null\n"), base],
            "{a: {y: 2} over mid.yml:2:4 base.yml:1:4, b: 1}",
            &[],
        );
    }

    #[test]
    fn one_base_by_two_ways_is_read_once_and_overrides_nothing() {
        let files =
            [("top", "extends: [l, r]\n"), ("l", "extends: base\n"), ("r", "extends: base\n"), ("base", "a: yes\n")];
        check(&files, "{a: yes}", &["yaml-word base.yml:1:4"]);
    }

    #[test]
    fn names_that_lead_nowhere_are_reported_where_they_stand() {
        check(&[("top", "a: 1\nextends: gone\n")], "?", &["overlay-missing top.yml:2:10"]);
        check(&[("other", "")], "?", &["unreadable "]);
        check(
            &[("top", "extends: [a, gone]\n"), ("a", "x: [\n")],
            "?",
            &["yaml-syntax a.yml:1:4", "overlay-missing top.yml:1:14"],
        );
        for name in ["../base", "sub/base", "base.yaml", "..", "''", ".hidden", "'a\\b'", "'C:x'"] {
            let text: &'static str = format!("extends: {name}\n").leak();
            check(&[("top", text)], "?", &["schema top.yml:1:10"]);
        }
        check(&[("top", "extends: {a: 1}\n")], "?", &["schema top.yml:1:10"]);
        check(&[("top", "extends: '{{ x }}'\n")], "?", &["not-literal top.yml:1:10"]);
        check(&[("top", "- a\n")], "?", &["schema top.yml:1:1"]);
        check(&[("top", "extends: base\n"), ("base", "word\n")], "?", &["schema base.yml:1:1"]);
    }

    #[test]
    fn cycles_show_their_chain() {
        check(&[("top", "extends: top\n")], "?", &["overlay-cycle top.yml:1:10"]);
        check(
            &[("top", "extends: b\n"), ("b", "x: 1\nextends: c\n"), ("c", "extends: [b]\n")],
            "?",
            &["overlay-cycle c.yml:1:11 b.yml:2:10"],
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_reported_with_their_line() {
        let said = |bytes: &[u8]| {
            let files = BTreeMap::from([("env/top.yml", bytes)]);
            let (mut map, mut notes) = (SourceMap::default(), Notes::default());
            let tree = load(&files, "env/top.yml", &mut map, &mut notes);
            let place = notes.iter().next().and_then(|d| d.primary()).map(|s| map.locate(s)).unwrap_or_default();
            (tree.is_some(), notes.iter().map(|d| d.code.name()).collect::<Vec<_>>().join(" "), place)
        };
        assert_eq!(said(b"a: 1\nb: \xff\n"), (false, "not-utf8".to_owned(), "env/top.yml:2:4".to_owned()));
        assert_eq!(said(b"\xff\xfea\0"), (false, "not-utf8".to_owned(), "env/top.yml:1:1".to_owned()));
        assert_eq!(said(&vec![b' '; MAX_BYTES + 1]), (false, "too-large".to_owned(), String::new()));
        assert_eq!(said(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"), (true, String::new(), String::new()));
    }

    #[test]
    fn a_document_is_made_of_a_bounded_number_of_files() {
        struct Endless;
        impl Files for Endless {
            fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
                let stem = path.strip_suffix(".yml").and_then(|p| p.strip_prefix("env/")).unwrap_or_default();
                Ok(format!("extends: {stem}x\n").into_bytes())
            }
        }
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        assert!(load(&Endless, "env/top.yml", &mut map, &mut notes).is_none());
        assert_eq!(notes.iter().map(|d| d.code).collect::<Vec<_>>(), [codes::TOO_LARGE]);
    }
}
