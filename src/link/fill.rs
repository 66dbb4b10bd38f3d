//! Fills one text: opens its secrets, applies the filters, reads the whole as what it becomes.

use crate::diag::{Label, Notes, Span, codes};
use crate::model::{Becomes, Filled, Filter, Hole, Part, Text, obfuscation_ints};
use crate::vault::{Answers, Problem};

/// Why a text cannot be filled, at which reference. It never holds a value.
#[derive(Debug)]
pub struct Fault {
    /// Where the document refers to the vault.
    pub span: Option<Span>,
    /// The reference, as messages name it.
    pub reference: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// The kinds of fault.
#[derive(Debug)]
pub enum FaultKind {
    /// The vault has no one value for it.
    Vault(String),
    /// The value is not what its place takes.
    Value(String),
}

impl Fault {
    fn value(hole: Option<&Hole>, why: impl Into<String>) -> Self {
        let reference = hole.map(|hole| hole.reference.to_string()).unwrap_or_default();
        Self { span: hole.map(|hole| hole.span), reference, kind: FaultKind::Value(why.into()) }
    }

    /// Notes the fault. `what` is the setting or output that it keeps from being written.
    pub fn note(self, what: &str, notes: &mut Notes) {
        match self.kind {
            FaultKind::Vault(why) => {
                // One finding a reference, whatever it feeds: the place and the words are the same.
                notes.error(codes::VAULT_MISSING, why).at(self.span, format!("`{}`", self.reference));
            }
            // A fault of the value itself, which every setting made of it shares, is told once.
            FaultKind::Value(why) if noted(self.span, &why, notes) => {}
            FaultKind::Value(why) => {
                notes
                    .error(codes::BAD_SECRET, format!("{what} cannot take this value of the vault"))
                    .at(self.span, why);
            }
        }
    }
}

fn noted(span: Option<Span>, why: &str, notes: &Notes) -> bool {
    let same = |label: &Label| Some(label.span) == span && label.text == why;
    notes.iter().any(|note| note.code == codes::BAD_SECRET && note.labels.first().is_some_and(same))
}

/// The value of a text; `None` when it is one optional reference that the vault does not have.
pub fn text(text: &Text, answers: &Answers) -> Result<Option<Filled>, Fault> {
    let mut whole = String::new();
    for part in &text.parts {
        match part_text(part, answers)? {
            Some(text) => whole.push_str(&text),
            None => return Ok(None),
        }
    }
    let hole = text.holes().first().copied();
    becomes(whole, text.becomes).map(Some).map_err(|why| Fault::value(hole, why))
}

/// The text of a part; `None` for an optional reference without a value.
pub(super) fn part_text(part: &Part, answers: &Answers) -> Result<Option<String>, Fault> {
    match part {
        Part::Known(text) => Ok(Some(text.clone())),
        Part::Hole(hole) => opened(hole, answers),
        Part::Group(parts, filters) => {
            let mut whole = String::new();
            for part in parts {
                match part_text(part, answers)? {
                    Some(text) => whole.push_str(&text),
                    None => return Ok(None),
                }
            }
            let first = parts.iter().find_map(|part| if let Part::Hole(hole) = part { Some(hole) } else { None });
            filtered(whole, filters, first).map(Some)
        }
    }
}

/// A secret, opened and filtered.
pub(super) fn opened(hole: &Hole, answers: &Answers) -> Result<Option<String>, Fault> {
    let secret = match answers.get(&hole.reference) {
        Some(Ok(secret)) => secret,
        Some(Err(problem)) if hole.optional && is_absent(problem) => return Ok(None),
        Some(Err(problem)) => return Err(unanswered(hole, problem.to_string())),
        None => return Err(unanswered(hole, "the vault was not asked for this reference".to_string())),
    };
    #[expect(clippy::disallowed_methods, reason = "link is where a secret becomes part of a setting's value")]
    let value = secret.expose();
    if value.is_empty() {
        let empty = "the field is empty";
        return if hole.optional { Ok(None) } else { Err(Fault::value(Some(hole), empty)) };
    }
    filtered(value.clone(), &hole.filters, Some(hole)).map(Some)
}

fn filtered(text: String, filters: &[Filter], hole: Option<&Hole>) -> Result<String, Fault> {
    filters.iter().try_fold(text, |text, filter| filter.apply(&text)).map_err(|why| Fault::value(hole, why.to_string()))
}

fn unanswered(hole: &Hole, why: String) -> Fault {
    Fault { span: Some(hole.span), reference: hole.reference.to_string(), kind: FaultKind::Vault(why) }
}

/// Whether a problem means that there is nothing, as opposed to too much or no access.
fn is_absent(problem: &Problem) -> bool {
    matches!(problem, Problem::ItemNotFound { .. } | Problem::FieldNotFound { .. } | Problem::SectionNotFound { .. })
}

fn becomes(text: String, becomes: Becomes) -> Result<Filled, &'static str> {
    Ok(match becomes {
        Becomes::String => Filled::String(text),
        Becomes::Int => Filled::Int(text.trim().parse().map_err(|_| "a whole number is needed")?),
        Becomes::Float => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Filled::Float(number),
            _ => return Err("a number is needed"),
        },
        Becomes::Bool => match text.trim() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Filled::Bool(true),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Filled::Bool(false),
            _ => return Err("`true` or `false` is needed"),
        },
        // What was put together from parts must still be one URL, whatever the parts were.
        Becomes::Url => match url::Url::parse(&text) {
            Ok(url) if url.has_host() && !text.contains(char::is_whitespace) => Filled::String(text),
            _ => return Err("with it, the setting is no URL with a host"),
        },
        Becomes::ObfuscationKey => obfuscation_ints(&text).ok_or("32 hexadecimal digits are needed")?,
    })
}
