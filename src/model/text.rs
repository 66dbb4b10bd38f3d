//! Text with holes: what a string is before any secret exists.

use super::reference::Reference;
use crate::diag::Span;

/// A string in parts, some known and some waiting for a vault, and what the whole becomes once they are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// What the whole is read as after link.
    pub becomes: Becomes,
}

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Known characters.
    Known(String),
    /// Waiting for a vault.
    Hole(Hole),
    /// Several parts to which further filters apply as one, as in `{{ (a ~ b) | urlencode }}`.
    Group(Vec<Part>, Vec<Filter>),
}

/// A place where a secret goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Hole {
    /// What goes there.
    pub reference: Reference,
    /// Where the document refers to it.
    pub span: Span,
    /// What is done to it, in order.
    pub filters: Vec<Filter>,
    /// Left out instead of failing when the vault does not have it.
    pub optional: bool,
}

/// What is done to a piece of text on its way into a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Percent-encodes everything but `A-Za-z0-9-._~` (RFC 3986's unreserved characters).
    UrlEncode,
    /// A Python string literal, with its quotes.
    Python,
    /// Base64 with the standard alphabet and padding (RFC 4648).
    Base64,
    /// SHA-256, as lower-case hexadecimal.
    Sha256,
    /// A host inside a URL: a name, an IPv4 address or a bracketed IPv6 address; a port or a scheme is an error.
    Host,
    /// A host by itself: like [`Filter::Host`], without brackets.
    HostName,
    /// A TCP port, 1 to 65535.
    Port,
}

/// What a filled text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// A string.
    String,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
    /// A boolean, in Go's spelling.
    Bool,
    /// A URL, which is parsed back and must have a host.
    Url,
    /// Django's obfuscation key: 32 hexadecimal digits as a tuple of four whole numbers.
    ObfuscationKey,
}

impl Text {
    /// A string.
    pub fn string(parts: Vec<Part>) -> Self {
        Self { parts, becomes: Becomes::String }
    }

    /// Every hole, in order.
    pub fn holes(&self) -> Vec<&Hole> {
        let mut found = vec![];
        collect(&self.parts, &mut found);
        found
    }

    /// Whether the whole may be left out: it is one optional hole and nothing else.
    pub fn optional(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Hole(hole)] if hole.optional)
    }
}

fn collect<'a>(parts: &'a [Part], found: &mut Vec<&'a Hole>) {
    for part in parts {
        match part {
            Part::Known(_) => {}
            Part::Hole(hole) => found.push(hole),
            Part::Group(parts, _) => collect(parts, found),
        }
    }
}
