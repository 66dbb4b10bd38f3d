//! A collection that is still open, and what becomes of it when it closes.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::tree::{Entry, Kind, Mapping, Node};
use crate::diag::{Span, Spanned};

/// A finished value, with what its use costs.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    /// The value.
    pub(super) node: Rc<Node>,
    /// Where it is used: an alias's own bytes, else the value's.
    pub(super) used: Span,
    /// Values in it, aliases followed.
    pub(super) size: usize,
    /// Collections inside one another in it.
    pub(super) height: usize,
}

/// An open collection.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its first byte and, so far, the end of its last child.
    pub(super) span: Span,
    /// Whether it is written in brackets.
    pub(super) flow: bool,
    /// The anchor on it, 0 for none.
    pub(super) anchor: usize,
    /// What is in it so far.
    pub(super) content: Content,
    size: usize,
    height: usize,
}

/// What an open collection holds so far.
#[derive(Debug)]
pub(super) enum Content {
    /// The items.
    Sequence(Vec<Rc<Node>>),
    /// The entries.
    Mapping(OpenMapping),
}

/// A mapping that is still open.
#[derive(Debug, Default)]
pub(super) struct OpenMapping {
    /// Entries so far.
    pub(super) entries: Vec<Entry>,
    /// Each key's place.
    pub(super) keys: BTreeMap<String, Span>,
    /// What `<<` brings in, in order.
    pub(super) merged: Vec<Rc<Node>>,
    /// The key that waits for its value.
    pub(super) key: Option<Key>,
}

/// A key that waits for its value.
#[derive(Debug)]
pub(super) enum Key {
    /// An ordinary one.
    Named(Spanned<String>),
    /// `<<`, whose value's entries are taken over.
    Merge,
    /// One that was reported; its value is read and dropped.
    Refused,
}

impl Frame {
    /// Opens a collection.
    pub(super) fn new(span: Span, flow: bool, anchor: usize, content: Content) -> Self {
        Self { span, flow, anchor, content, size: 1, height: 0 }
    }

    /// Whether the next value is a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(&self.content, Content::Mapping(mapping) if mapping.key.is_none())
    }

    /// Counts a child in, and stretches over it.
    pub(super) fn cover(&mut self, child: &Finished) {
        self.span.end = self.span.end.max(child.used.end);
        self.size += child.size;
        self.height = self.height.max(child.height);
    }

    /// Closes it.
    pub(super) fn finish(self) -> Finished {
        let kind = match self.content {
            Content::Sequence(items) => Kind::Sequence(items),
            Content::Mapping(mapping) => Kind::Mapping(mapping.finish()),
        };
        let node = Rc::new(Node { span: self.span, kind, overrides: vec![] });
        Finished { node, used: self.span, size: self.size, height: self.height + 1 }
    }
}

impl OpenMapping {
    /// Own entries win over merged ones, an earlier merged map over a later one
    /// (https://yaml.org/type/merge.html). Merged entries keep the places where they were written.
    fn finish(mut self) -> Mapping {
        for source in &self.merged {
            for entry in source.mapping().map_or(&[][..], |mapping| &mapping.entries) {
                if !self.keys.contains_key(&entry.key.value) {
                    self.keys.insert(entry.key.value.clone(), entry.key.span);
                    self.entries.push(entry.clone());
                }
            }
        }
        Mapping { entries: self.entries }
    }
}
