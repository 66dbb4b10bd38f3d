//! Tags: the core schema's own are honoured, all others refused.

use granit_parser::Tag;

use super::scalar::Refused;
use super::tree::Typed;
use crate::diag::{Diagnostic, Span};

/// What a tag makes of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    /// A type.
    Typed(Typed),
    /// Nothing: the tag is unknown, or the text is not of its type.
    Refused,
}

/// What a scalar's tag makes of its text; `plain` is its type without the tag.
pub(super) fn meaning(tag: &Tag, text: &str, plain: Result<Typed, Refused>) -> Meaning {
    // A tag gives quoted text its type, too: `!!int "12"` is 12.
    let read = plain.ok().filter(|typed| *typed != Typed::String).or_else(|| super::scalar::typed(text).ok());
    let typed = match (tag.core_suffix(), read) {
        (Some("str"), _) => Some(Typed::String),
        (Some("null"), Some(Typed::Null)) => Some(Typed::Null),
        (Some("bool"), Some(Typed::Bool(b))) => Some(Typed::Bool(b)),
        (Some("int"), Some(Typed::Int(n))) => Some(Typed::Int(n)),
        (Some("float"), Some(Typed::Float(n))) => Some(Typed::Float(n)),
        (Some("float"), Some(Typed::Int(n))) => Some(Typed::Float(n as f64)),
        // A lone `!` says that the text is to be left alone (YAML 1.2.2, section 6.9.1).
        (None, _) if tag.parts() == ("", "!") => Some(Typed::String),
        _ => None,
    };
    typed.map_or(Meaning::Refused, Meaning::Typed)
}

/// Whether a tag may stand before a collection.
pub(super) fn fits_collection(tag: &Tag, mapping: bool) -> bool {
    tag.parts() == ("", "!") || tag.core_suffix() == Some(if mapping { "map" } else { "seq" })
}

/// Tags that other tools give a meaning: Ansible's, and those of templates for Home Assistant and CloudFormation.
const COMMON: &[&str] =
    &["!vault", "!vault-encrypted", "!unsafe", "!secret", "!include", "!env", "!ENV", "!Ref", "!Sub"];

/// Says in `note` what is wrong with a tag.
pub(super) fn refuse(tag: &Tag, place: Span, note: &mut Diagnostic) {
    let name = tag.original();
    // An unquoted password that begins with `!` looks like a tag, so only what is known to be one is repeated.
    let known = tag.is_yaml_core_schema() || COMMON.contains(&name.as_str());
    let name = if known { format!("the tag `{name}`") } else { "this tag".to_owned() };
    if tag.is_yaml_core_schema() {
        note.message = format!("{name} does not fit the value behind it");
        note.at(place, "the value is of another type").help("remove the tag");
        return;
    }
    note.message = format!("{name} has no meaning here");
    note.at(place, "unknown tag")
        .help("remove the tag, or quote the value; a secret is written as a reference, `op://vault/item/field`");
}
