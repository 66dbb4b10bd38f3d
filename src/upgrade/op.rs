//! What an upgrade changes in a document: operations that name the places of the tree as it was read, so that the tree and
//! the texts can both be changed by them, and every report points at the document as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::diag::{FileId, Notes, Span, Spanned};
use crate::source::{self, Entry, Kind, Mapping, Node};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A key gets another name.
    Rename {
        /// The key's place.
        key: Span,
        /// Its new name.
        to: String,
    },
    /// A value becomes another one.
    Replace {
        /// The value's place.
        value: Span,
        /// The new value, as YAML.
        text: String,
    },
    /// An entry goes.
    Remove {
        /// Its key's place.
        key: Span,
    },
    /// A value is added to the environment's own document, with the maps above it that are not there.
    Insert {
        /// Its dotted path.
        path: String,
        /// The value, as YAML of one line.
        text: String,
    },
}

impl Op {
    /// The file that it changes; none for an insertion.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Op::Rename { key: span, .. } | Op::Replace { value: span, .. } | Op::Remove { key: span } => {
                Some(span.file)
            }
            Op::Insert { .. } => None,
        }
    }
}

/// The operations by place. A later replacement wins, and what is removed is neither renamed nor replaced.
#[derive(Debug, Default)]
pub struct Index<'a> {
    /// New names, by the key's place.
    pub renamed: BTreeMap<Span, &'a str>,
    /// New values, by the value's place.
    pub replaced: BTreeMap<Span, &'a str>,
    /// Keys of entries that go.
    pub removed: BTreeSet<Span>,
    /// New values, by path.
    pub inserted: BTreeMap<&'a str, &'a str>,
}

impl<'a> Index<'a> {
    /// Sorts operations.
    pub fn new(ops: impl IntoIterator<Item = &'a Op>) -> Self {
        let mut index = Self::default();
        for op in ops {
            match op {
                Op::Rename { key, to } => drop(index.renamed.insert(*key, to)),
                Op::Replace { value, text } => drop(index.replaced.insert(*value, text)),
                Op::Remove { key } => drop(index.removed.insert(*key)),
                Op::Insert { path, text } => drop(index.inserted.insert(path, text)),
            }
        }
        index
    }

    /// A tree with the operations made. What stays keeps its place, and what replaces it has the same; what is inserted has
    /// a place of its own in no file, as places tell values apart.
    pub fn apply(&self, tree: &Rc<Node>) -> Rc<Node> {
        let edited = self.edited(tree);
        self.inserted.iter().enumerate().fold(edited, |tree, (at, (path, text))| {
            let keys: Vec<&str> = path.split('.').collect();
            inserted(&tree, &keys, text, nowhere(at))
        })
    }

    fn edited(&self, node: &Rc<Node>) -> Rc<Node> {
        if let Some(text) = self.replaced.get(&node.span) {
            return placed(text, node.span);
        }
        let kind = match &node.kind {
            Kind::Scalar(_) => return Rc::clone(node),
            Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| self.edited(item)).collect()),
            Kind::Mapping(mapping) => {
                let kept = mapping.entries.iter().filter(|entry| !self.removed.contains(&entry.key.span));
                let entries = kept.map(|entry| {
                    let name = self.renamed.get(&entry.key.span).map_or(entry.key.value.as_str(), |name| name);
                    Entry { key: Spanned::new(name.to_string(), entry.key.span), value: self.edited(&entry.value) }
                });
                Kind::Mapping(Mapping { entries: entries.collect() })
            }
        };
        Rc::new(Node { kind, ..Node::clone(node) })
    }
}

fn nowhere(at: usize) -> Span {
    Span::new(FileId(u32::MAX), at, at + 1)
}

/// YAML as a value, all of it at one place; null when it is no YAML.
fn placed(text: &str, span: Span) -> Rc<Node> {
    let parsed = source::parse(FileId(u32::MAX), text, &mut Notes::default());
    parsed.map_or_else(|| null(span), |node| moved(&node, span))
}

fn null(span: Span) -> Rc<Node> {
    let scalar = source::Scalar { text: "null".into(), style: source::Style::Plain, typed: source::Typed::Null };
    Rc::new(Node { span, kind: Kind::Scalar(scalar), overrides: vec![] })
}

fn moved(node: &Rc<Node>, span: Span) -> Rc<Node> {
    let kind = match &node.kind {
        Kind::Scalar(scalar) => Kind::Scalar(scalar.clone()),
        Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| moved(item, span)).collect()),
        Kind::Mapping(mapping) => {
            let moved = |entry: &Entry| Entry {
                key: Spanned::new(entry.key.value.clone(), span),
                value: moved(&entry.value, span),
            };
            Kind::Mapping(Mapping { entries: mapping.entries.iter().map(moved).collect() })
        }
    };
    Rc::new(Node { span, kind, overrides: vec![] })
}

fn inserted(node: &Rc<Node>, keys: &[&str], text: &str, span: Span) -> Rc<Node> {
    let [key, rest @ ..] = keys else { return placed(text, span) };
    let mut mapping = node.mapping().cloned().unwrap_or_default();
    match mapping.entries.iter_mut().find(|entry| entry.key.value == *key) {
        Some(entry) => entry.value = inserted(&entry.value, rest, text, span),
        None => {
            let empty = Rc::new(Node { span, kind: Kind::Mapping(Mapping::default()), overrides: vec![] });
            let value = inserted(&empty, rest, text, span);
            mapping.entries.push(Entry { key: Spanned::new((*key).to_string(), span), value });
        }
    }
    Rc::new(Node { kind: Kind::Mapping(mapping), ..Node::clone(node) })
}
