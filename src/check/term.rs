//! A value as rules compare it: text in which every hole is one character, the same hole always the same one.
//!
//! Two terms that are equal as strings are the same whatever the vault says, so most questions need none.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::model::{Becomes, Filter, Part, Text, Value};

/// Holes take the characters of a private plane of Unicode (U+F0000 on), which no configuration has.
const FIRST_HOLE: u32 = 0xF_0000;
/// The plane's last character.
const LAST_HOLE: u32 = 0xF_FFFD;

/// A text with a character for every hole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(String);

/// The holes of a plan, each with its character.
#[derive(Default)]
pub struct Holes<'a> {
    parts: RefCell<Vec<&'a Part>>,
    /// The places of holes among the parts, by reference and meaning.
    known: RefCell<BTreeMap<String, usize>>,
}

impl Term {
    /// A term of known text.
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(if text.contains(is_hole) { text.replace(is_hole, "\u{fffd}") } else { text })
    }

    /// The text, when no hole is in it.
    pub fn known(&self) -> Option<&str> {
        (!self.0.contains(is_hole)).then_some(self.0.as_str())
    }

    /// The text, holes as their characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one hole and nothing else.
    pub fn is_whole_hole(&self) -> bool {
        let mut chars = self.0.chars();
        chars.next().is_some_and(is_hole) && chars.next().is_none()
    }

    /// A piece of this term; its holes keep their characters.
    pub fn piece(text: &str) -> Self {
        Self(text.to_string())
    }

    /// A piece of a URL with its percent-encoding taken off.
    pub fn decoded(text: &str) -> Self {
        Self(percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned())
    }
}

/// Whether a character stands for a hole.
pub fn is_hole(c: char) -> bool {
    (FIRST_HOLE..=LAST_HOLE).contains(&u32::from(c))
}

impl<'a> Holes<'a> {
    /// A scalar value as a term; containers and Python expressions have none.
    pub fn term(&self, value: &'a Value) -> Option<Term> {
        Some(match value {
            Value::String(text) => Term::of(text),
            Value::Bool(b) => Term::of(b.to_string()),
            Value::Int(n) => Term::of(n.to_string()),
            Value::Float(n) => Term::of(n.to_string()),
            Value::Text(text) => Term(text.parts.iter().map(|part| self.part(part)).collect()),
            Value::None
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Map(_)
            | Value::Update { .. }
            | Value::Python(_) => return None,
        })
    }

    fn part(&self, part: &'a Part) -> String {
        match part {
            Part::Known(text) => Term::of(text).0,
            waiting => self.hole(waiting).to_string(),
        }
    }

    fn hole(&self, part: &'a Part) -> char {
        let mut parts = self.parts.borrow_mut();
        let add = |parts: &mut Vec<&'a Part>| {
            parts.push(part);
            parts.len() - 1
        };
        let at = match part {
            Part::Hole(hole) => {
                let key = format!("{} {:?}", hole.reference, meaning(&hole.filters).collect::<Vec<_>>());
                *self.known.borrow_mut().entry(key).or_insert_with(|| add(&mut parts))
            }
            // Filters over several parts at once are rare.
            _ => parts.iter().position(|known| alike(known, part)).unwrap_or_else(|| add(&mut parts)),
        };
        let code = FIRST_HOLE.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)).min(LAST_HOLE);
        char::from_u32(code).unwrap_or('\u{fffd}')
    }

    /// A term as a text again, for the oracle.
    pub fn text(&self, term: &Term) -> Text {
        let parts = self.parts.borrow();
        let mut text = vec![];
        for c in term.0.chars() {
            let hole = is_hole(c).then(|| parts.get((u32::from(c) - FIRST_HOLE) as usize)).flatten();
            match (hole, text.last_mut()) {
                (Some(part), _) => text.push(plain(part)),
                (None, Some(Part::Known(known))) => known.push(c),
                (None, _) => text.push(Part::Known(c.to_string())),
            }
        }
        Text { parts: text, becomes: Becomes::String }
    }
}

/// Whether two parts give the same value. How a URL spells it does not count.
fn alike(a: &Part, b: &Part) -> bool {
    match (a, b) {
        (Part::Known(a), Part::Known(b)) => a == b,
        (Part::Hole(a), Part::Hole(b)) => a.reference == b.reference && meaning(&a.filters).eq(meaning(&b.filters)),
        (Part::Group(a, f), Part::Group(b, g)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)) && meaning(f).eq(meaning(g))
        }
        _ => false,
    }
}

/// A part without the filters that only spell it for a URL.
fn plain(part: &Part) -> Part {
    match part {
        Part::Known(text) => Part::Known(text.clone()),
        Part::Hole(hole) => {
            Part::Hole(crate::model::Hole { filters: meaning(&hole.filters).collect(), ..hole.clone() })
        }
        Part::Group(parts, filters) => Part::Group(parts.iter().map(plain).collect(), meaning(filters).collect()),
    }
}

fn meaning(filters: &[Filter]) -> impl Iterator<Item = Filter> {
    let spelling =
        |filter: &Filter| matches!(filter, Filter::UrlEncode | Filter::Host | Filter::HostName | Filter::Port);
    filters.iter().copied().filter(move |filter| !spelling(filter))
}
