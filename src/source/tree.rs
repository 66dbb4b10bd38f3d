//! The tree of a document: what YAML says, with a place on every node and nothing interpreted beyond YAML's own types.

use std::rc::Rc;

use crate::diag::{Located, Span, Spanned};

/// A value with its place. Aliased nodes are shared, not copied.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value itself, without its key and without a comment behind it.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// The places of the values that this one won over in files that the document extends, the nearest first.
    pub overrides: Vec<Span>,
}

/// The kinds of node.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    Sequence(Vec<Rc<Node>>),
    /// A mapping, in the order of the text.
    Mapping(Mapping),
}

/// A scalar: its text, how it was written, and what YAML 1.2's core schema makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// The text after quotes and escapes are taken off: `7.10` stays `7.10`.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// Its type by YAML 1.2's core schema; only plain scalars are anything but strings.
    pub typed: Typed,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// Nothing at all, as in `key:`; typed as null.
    Absent,
}

/// The types of YAML 1.2's core schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Typed {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Anything else.
    String,
}

/// A mapping whose keys are unique strings, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key and its place.
    pub key: Spanned<String>,
    /// The value.
    pub value: Rc<Node>,
}

impl Mapping {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }
}

impl Node {
    /// The value under `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.mapping().and_then(|mapping| mapping.get(key))
    }

    /// The mapping, when this is one.
    pub fn mapping(&self) -> Option<&Mapping> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            Kind::Scalar(_) | Kind::Sequence(_) => None,
        }
    }

    /// The items, when this is a sequence.
    pub fn sequence(&self) -> Option<&[Rc<Node>]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            Kind::Scalar(_) | Kind::Mapping(_) => None,
        }
    }

    /// The scalar, when this is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    /// Whether this is a null, written or absent.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.typed == Typed::Null)
    }
}

impl Located for &Node {
    fn span(&self) -> Option<Span> {
        Some(self.span)
    }
}

impl Located for &Rc<Node> {
    fn span(&self) -> Option<Span> {
        Some(self.span)
    }
}
