//! Where a setting's value came from.

use crate::diag::Span;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// Written in the document.
    Literal(Span),
    /// A reference in the document.
    Reference(Span),
    /// A template in the document.
    Template(Span),
    /// Derived from the document's facts by a rule of the catalog.
    Derived {
        /// The rule's name in the catalog.
        rule: &'static str,
        /// The facts, in the order in which the rule used them.
        facts: Vec<Fact>,
    },
    /// Written because upstream's default is a developer's.
    Posture {
        /// Why.
        because: String,
    },
}

/// A fact that a rule used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its path in the document, such as `resources.postgres.host`.
    pub path: String,
    /// Its place; none when it is a default of rpconf's own, such as `/home/courier`.
    pub span: Option<Span>,
}

impl Origin {
    /// The place in the document that a reader should be sent to first.
    pub fn span(&self) -> Option<Span> {
        match self {
            Origin::Literal(span) | Origin::Reference(span) | Origin::Template(span) => Some(*span),
            Origin::Derived { facts, .. } => facts.iter().find_map(|fact| fact.span),
            Origin::Posture { .. } => None,
        }
    }

    /// The lower-case word for the kind of origin.
    pub fn word(&self) -> &'static str {
        match self {
            Origin::Literal(_) => "literal",
            Origin::Reference(_) => "reference",
            Origin::Template(_) => "template",
            Origin::Derived { .. } => "derived",
            Origin::Posture { .. } => "posture",
        }
    }
}
