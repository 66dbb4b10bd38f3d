//! A document held against the schema: each failure at its place, in our own words.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::instance::instance;
use super::place::Place;
use super::structure::structure;
use super::words::{found, is_open, needed};
use crate::diag::{Diagnostic, Edit, Fix, Notes, SourceMap, Span, codes, nearest};
use crate::model::shape::{Leaf, Shape};
use crate::source::{Node, Style, Typed, parse};

/// Judges a document's structure. Returns the places of what is wrong, and of the facts and settings that it is a part
/// of: a later stage reads nothing there, so that no fault is reported twice.
pub fn validate(tree: &Rc<Node>, map: &SourceMap, notes: &mut Notes) -> BTreeSet<Span> {
    let mut bad = BTreeSet::new();
    let Some(validator) = validator() else {
        notes.error(codes::SCHEMA, "the built-in schema cannot be used").help("report this as a fault of rpconf");
        return bad;
    };
    let instance = instance(tree);
    if validator.is_valid(&instance) {
        return bad;
    }
    let (keys, values): (Vec<_>, Vec<_>) = validator
        .iter_errors(&instance)
        .filter_map(|error| Some((Place::find(tree, error.instance_path())?, error)))
        .partition(|(_, error)| matches!(error.kind(), ValidationErrorKind::AdditionalProperties { .. }));
    // One finding a place, and none about the keys of a map that should be none.
    let mut judged = BTreeSet::new();
    for (place, error) in values {
        if judged.insert(place.node.span) {
            wrong_value(&place, error.kind(), map, notes);
        }
        bad.extend(place.value);
    }
    bad.extend(&judged);
    for (place, error) in keys.iter().filter(|(place, _)| !judged.contains(&place.node.span)) {
        let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() else { continue };
        let known = keys_beside(error);
        for key in unexpected {
            unknown_key(place, key, &known, notes);
            bad.extend(place.node.get(key).map(|value| value.span));
        }
        bad.extend(place.value);
    }
    bad
}

/// Judges one file alone: what it extends is not read.
pub fn validate_file(name: &str, text: &str, map: &mut SourceMap) -> Notes {
    let mut notes = Notes::default();
    let file = map.add(name, text);
    if let Some(tree) = parse(file, text, &mut notes) {
        validate(&tree, map, &mut notes);
    }
    notes
}

/// One validator a process: building it takes far longer than using it.
fn validator() -> Option<&'static Validator> {
    static VALIDATOR: OnceLock<Option<Validator>> = OnceLock::new();
    let build = || jsonschema::options().with_pattern_options(PatternOptions::regex()).build(&structure()).ok();
    VALIDATOR.get_or_init(build).as_ref()
}

/// The keys that the schema has where it refused another one.
fn keys_beside(error: &ValidationError<'_>) -> Vec<String> {
    let path = error.schema_path().as_str();
    let keys = path.rsplit_once('/').map(|(map, _)| format!("{map}/properties"));
    let schema = structure();
    let keys = keys.and_then(|keys| schema.pointer(&keys)).and_then(Value::as_object);
    keys.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

fn unknown_key(place: &Place<'_>, key: &str, known: &[String], notes: &mut Notes) {
    let Some(entry) = place.node.mapping().and_then(|mapping| mapping.entry(key)) else { return };
    let whole = if place.path.is_empty() { "a document".to_string() } else { format!("`{}`", place.path) };
    let free = known.iter().map(String::as_str).filter(|name| place.node.get(name).is_none());
    let near = nearest(key, free);
    let note = notes.error(codes::UNKNOWN_KEY, format!("{whole} has no key `{key}`"));
    if near.is_empty() {
        note.at(&entry.key, "").help(format!("write one of `{}`, or remove it", known.join("`, `")));
        return;
    }
    note.at(&entry.key, format!("did you mean `{}`?", near.join("` or `")));
    if let [only] = near.as_slice() {
        note.fix(Fix { safe: false, ..Fix::safe(format!("write `{only}`"), entry.key.span, *only) });
    }
}

fn wrong_value(place: &Place<'_>, kind: &ValidationErrorKind, map: &SourceMap, notes: &mut Notes) {
    let name = if place.path.is_empty() { "a document".to_string() } else { format!("`{}`", place.path) };
    match kind {
        ValidationErrorKind::Enum { options } => wrong_word(place, &name, options, notes),
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            notes
                .error(codes::WRONG_TYPE, format!("{name} must be a port, a whole number from 1 to 65535"))
                .at(place.node, "this is out of range");
        }
        _ => {
            let message = format!("{name} must be {}", needed(place.shape, kind));
            let note = notes.error(codes::WRONG_TYPE, message).at(place.node, format!("this is {}", found(place.node)));
            retype(place, map, note);
        }
    }
}

fn wrong_word(place: &Place<'_>, name: &str, options: &Value, notes: &mut Notes) {
    let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let scalar = place.node.scalar();
    if scalar.is_some_and(is_open) {
        notes
            .error(codes::NOT_LITERAL, format!("{name} shapes the plan and must be literal"))
            .at(place.node, "this is known only once the vault is asked")
            .help(format!("write one of `{}`", words.join("`, `")));
        return;
    }
    let near = nearest(scalar.map(|scalar| scalar.text.as_str()).unwrap_or_default(), words.iter().copied());
    let rest = words.iter().copied().filter(|word| !near.contains(word));
    let sorted: Vec<&str> = near.iter().copied().chain(rest).collect();
    let message = match sorted.as_slice() {
        [only] => format!("{name} can only be `{only}`"),
        _ => format!("{name} must be one of `{}`", sorted.join("`, `")),
    };
    let note = notes.error(codes::WRONG_TYPE, message);
    match near.as_slice() {
        [only] => note
            .at(place.node, format!("did you mean `{only}`?"))
            .fix(Fix { safe: false, ..Fix::safe(format!("write `{only}`"), place.node.span, *only) }),
        _ => note
            .at(place.node, format!("this is {}", if scalar.is_some() { "another word" } else { found(place.node) })),
    };
}

/// Offers quotes where they are missing and takes them off where they are too many. The edits are of quotes alone, so
/// that no value stands in a report.
fn retype(place: &Place<'_>, map: &SourceMap, note: &mut Diagnostic) {
    let (Some(Shape::Leaf(leaf)), Some(scalar)) = (place.shape, place.node.scalar()) else { return };
    let span = place.node.span;
    let last = (span.end.saturating_sub(span.start) as usize).saturating_sub(1);
    let number = || scalar.text.parse::<i64>().is_ok_and(|n| n.to_string() == scalar.text);
    let (title, ends) = match (leaf, scalar.style) {
        (Leaf::Port | Leaf::Int | Leaf::Bool, Style::Single | Style::Double) => {
            let plain = if *leaf == Leaf::Bool { matches!(&*scalar.text, "true" | "false") } else { number() };
            let quotes = map.slice(span).get(1..last) == Some(scalar.text.as_str());
            if !(plain && quotes) {
                return;
            }
            ("take off the quotes", [(span.within(0, 1), ""), (span.within(last, 1), "")])
        }
        (Leaf::Text | Leaf::Secret | Leaf::Host | Leaf::Url | Leaf::Literal, Style::Plain) => {
            if !matches!(scalar.typed, Typed::Int(_) | Typed::Float(_) | Typed::Bool(_)) {
                return;
            }
            ("quote it", [(span.within(0, 0), "\""), (span.within(last + 1, 0), "\"")])
        }
        _ => return,
    };
    let edits = ends.map(|(span, text)| Edit { span, text: text.to_string() }).to_vec();
    note.fix(Fix { title: title.to_string(), edits, safe: true });
}
