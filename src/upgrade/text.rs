//! The operations of one file as edits of its text: comments, order and layout stay.
//!
//! An edited text is read again and must mean what the operations mean on the tree, no more and no less. Where all of
//! them together do not, they are tried one by one, and those that cannot be written are handed back.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::insert;
use super::op::{Index, Op};
use super::remove;
use crate::diag::{Edit, FileId, Notes, Span};
use crate::source::{self, Entry, Kind, Node, Typed};

/// How a marker begins where it is written.
const MARKER: &str = "\"<fill in";

/// A file's text with the operations made, and those that could not be.
pub fn edited(file: FileId, text: &str, ops: &[&Op]) -> (String, Vec<Op>) {
    if ops.is_empty() {
        return (text.to_string(), vec![]);
    }
    if let Some(done) = attempt(file, text, ops, false).or_else(|| attempt(file, text, ops, true)) {
        return (done, vec![]);
    }
    let (mut made, mut stuck): (Vec<&Op>, Vec<Op>) = (vec![], vec![]);
    let mut best = text.to_string();
    for op in ops {
        made.push(op);
        match attempt(file, text, &made, false).or_else(|| attempt(file, text, &made, true)) {
            Some(done) => best = done,
            None => stuck.extend(made.pop().cloned()),
        }
    }
    (best, stuck)
}

/// A file as it is being edited.
pub struct Page<'a> {
    /// Its text.
    pub text: &'a str,
    /// The tree of this file alone.
    pub tree: &'a Rc<Node>,
    /// Its entries, by the places of their values.
    pub entries: BTreeMap<Span, Entry>,
    /// Its entries, by the places of their keys.
    pub keys: BTreeMap<Span, Entry>,
    /// The operations.
    pub index: &'a Index<'a>,
    /// Whether the second way of writing is tried, for layouts in which the first one says something else.
    pub otherwise: bool,
}

fn attempt(file: FileId, text: &str, ops: &[&Op], otherwise: bool) -> Option<String> {
    let read = |text: &str| {
        let mut notes = Notes::default();
        source::parse(file, text, &mut notes).filter(|_| !notes.failed())
    };
    let tree = read(text)?;
    let index = Index::new(ops.iter().copied());
    let mut entries = BTreeMap::new();
    collect(&tree, &mut entries);
    let keys = entries.values().map(|entry: &Entry| (entry.key.span, entry.clone())).collect();
    let page = Page { text, tree: &tree, entries, keys, index: &index, otherwise };
    let after = source::apply(text, &page.edits(file)?).ok()?;
    let read_back = read(&after)?;
    same(&index.apply(&tree), &read_back).then_some(after)
}

impl Page<'_> {
    fn edits(&self, file: FileId) -> Option<Vec<Edit>> {
        let span = |start: usize, end: usize| Span::new(file, start, end);
        let mut edits: Vec<Edit> = vec![];
        let gone = remove::ranges(self)?;
        let inside =
            |span: &Span| gone.iter().any(|(gone, _)| gone.start <= span.range().start && span.range().end <= gone.end);
        let mut retired = vec![];
        for (value, text) in self.index.replaced.iter().filter(|(value, _)| !inside(value)) {
            match self.retirement(*value, text) {
                Some((key, lines)) => {
                    retired.push(key);
                    edits.extend(lines);
                }
                None => edits.push(self.replacement(*value, text)),
            }
        }
        for (key, name) in self.index.renamed.iter().filter(|(key, _)| !inside(key) && !retired.contains(key)) {
            edits.push(Edit { span: *key, text: (*name).to_string() });
        }
        edits.extend(gone.iter().map(|(range, text)| Edit { span: span(range.start, range.end), text: text.clone() }));
        edits.extend(insert::edits(self, file)?);
        Some(edits)
    }

    /// A marker in the place of a value of several lines, which stays below it as a comment: whoever fills the marker in
    /// has to make something of it. Answers the entry's key too.
    fn retirement(&self, value: Span, text: &str) -> Option<(Span, Vec<Edit>)> {
        let entry = self.entries.get(&value).filter(|_| !self.otherwise && text.starts_with(MARKER))?;
        let (key, file) = (entry.key.span, value.file);
        let (first, last) = (self.line_start(key.range().start), self.end(entry)?);
        let indent = self.text.get(first..key.range().start)?;
        let lines = self.text.get(first..last)?;
        if !lines.contains('\n') || !indent.trim_matches(' ').is_empty() {
            return None;
        }
        let newline = if lines.contains("\r\n") { "\r\n" } else { "\n" };
        let name = self.index.renamed.get(&key).map_or(entry.key.value.as_str(), |name| name);
        let mut edits =
            vec![Edit { span: Span::new(file, first, first), text: format!("{indent}{name}: {text}{newline}") }];
        let mut at = first;
        for line in lines.split_inclusive('\n') {
            let margin = line.len() - line.trim_start_matches(' ').len();
            if !line.trim().is_empty() {
                let start = at + margin.min(indent.len());
                edits.push(Edit { span: Span::new(file, start, start), text: "# ".to_string() });
            }
            at += line.len();
        }
        Some((key, edits))
    }

    /// A new value. One that stood below its key moves beside it, unless a comment stands between.
    fn replacement(&self, value: Span, text: &str) -> Edit {
        let plain = Edit { span: value, text: text.to_string() };
        let Some(entry) = self.entries.get(&value) else { return plain };
        let Some(colon) = self.colon(entry) else { return plain };
        let between = self.text.get(colon..value.range().start).unwrap_or_default();
        if value.start == value.end {
            return Edit { span: Span::new(value.file, colon, colon), text: format!(" {text}") };
        }
        let below = between.contains('\n') && between.trim().is_empty();
        if !below || self.otherwise {
            return plain;
        }
        Edit { span: Span::new(value.file, colon, value.range().end), text: format!(" {text}") }
    }

    /// The byte behind an entry's colon.
    pub fn colon(&self, entry: &Entry) -> Option<usize> {
        let end = entry.key.span.range().end;
        let rest = self.text.get(end..)?;
        Some(end + rest.find(':').filter(|at| rest.get(..*at).is_some_and(|blank| blank.trim().is_empty()))? + 1)
    }

    /// The end of an entry: an alias's own bytes, else its value's.
    pub fn end(&self, entry: &Entry) -> Option<usize> {
        let colon = self.colon(entry)?;
        let rest = self.text.get(colon..)?;
        let start = colon + (rest.len() - rest.trim_start().len());
        if self.text.get(start..).is_some_and(|rest| rest.starts_with('*')) {
            let name = self.text.get(start..)?;
            let len = name.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(name.len());
            return Some(start + len);
        }
        Some(entry.value.span.range().end.max(colon))
    }

    /// The first byte of a byte's line.
    pub fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1)
    }

    /// The end of a byte's line, before its line break.
    pub fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Whether a map is written in braces.
    pub fn is_flow(&self, map: &Node) -> bool {
        self.text.get(map.span.range()).is_some_and(|text| text.starts_with('{'))
    }
}

/// The entries that stand in a map's own bytes: not those that `<<` brings in.
pub fn own_entries(map: &Node) -> Vec<&Entry> {
    let entries = map.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let inside = |span: Span| map.span.start <= span.start && span.end <= map.span.end;
    let mut own: Vec<&Entry> = entries.iter().filter(|entry| inside(entry.key.span)).collect();
    own.sort_by_key(|entry| entry.key.span);
    own
}

fn collect(node: &Node, entries: &mut BTreeMap<Span, Entry>) {
    for entry in own_entries(node) {
        entries.entry(entry.value.span).or_insert_with(|| entry.clone());
    }
    children(node).iter().for_each(|child| collect(child, entries));
}

/// The values right below a node.
pub fn children(node: &Node) -> Vec<Rc<Node>> {
    match &node.kind {
        Kind::Scalar(_) => vec![],
        Kind::Sequence(items) => items.clone(),
        Kind::Mapping(mapping) => mapping.entries.iter().map(|entry| Rc::clone(&entry.value)).collect(),
    }
}

/// Whether two trees mean the same, whatever the order of their maps.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => {
            (a.typed == Typed::Null && b.typed == Typed::Null) || (a.text == b.text && a.typed == b.typed)
        }
        (Kind::Sequence(a), Kind::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            let others: BTreeMap<&str, &Rc<Node>> =
                b.entries.iter().map(|e| (e.key.value.as_str(), &e.value)).collect();
            let found =
                |entry: &Entry| others.get(entry.key.value.as_str()).is_some_and(|other| same(&entry.value, other));
            a.entries.len() == b.entries.len() && a.entries.iter().all(found)
        }
        _ => false,
    }
}
