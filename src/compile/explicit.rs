//! Settings that the document writes by the service's own names.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::facts::{Facts, SettingScope, plaintext_secret, url_password};
use super::kind;
use super::written::{Desk, Written, unknown_key, written};
use crate::catalog::{Form, Literal, Preset, Secrecy, Setting as Entry, Version};
use crate::diag::{Span, codes};
use crate::model::{Becomes, Builder, Origin, Part, Python, Service, Text, Value, check_expression, check_import};
use crate::source::{Kind as NodeKind, Node};

/// A value that the document writes, or removes.
#[derive(Debug, Clone)]
pub enum Explicit {
    /// The value and how it is written.
    Value(Value, Origin),
    /// A null: neither written nor derived.
    Removed,
    /// Reported.
    Broken,
}

/// What reading an explicit setting needs.
pub struct Reading<'a> {
    /// The facts, for templates.
    pub facts: &'a Facts,
    /// Whose setting it is.
    pub service: Service,
    /// Its version.
    pub version: Version,
    /// Whether the document's release is newer than the catalog.
    pub newer: bool,
    /// Whether it is compiled for containers.
    pub containers: bool,
    /// Whether the vault is a plaintext file, so that secrets may be literals.
    pub plaintext: bool,
    /// What the schema has reported.
    pub bad: &'a BTreeSet<Span>,
}

/// Reads the value of a setting that the catalog knows.
pub fn read(
    name: &str,
    node: &Rc<Node>,
    entry: &Entry,
    form: &Form,
    reading: &Reading<'_>,
    desk: &mut Desk<'_>,
) -> Explicit {
    if reading.bad.contains(&node.span) {
        return Explicit::Broken;
    }
    if node.is_null() {
        return Explicit::Removed;
    }
    let read = value(name, node, reading, desk);
    let Some((value, origin)) = read else { return Explicit::Broken };
    // The catalog's requirement and an optional reference contradict each other.
    if let Value::Text(text) = &value
        && text.optional()
        && entry.required
    {
        desk.notes
            .error(codes::BAD_REFERENCE, format!("`{name}` is required and cannot be optional"))
            .at(node, "")
            .help("remove `optional`");
        return Explicit::Broken;
    }
    let default = if let Preset::Value(value) = form.default { Some(value) } else { None };
    let like = entry.posture_at(reading.version).map(|posture| posture.value).or(default);
    let value = match kind::convert(value, form.kind, like) {
        Ok(value) => value,
        Err(wrong) => {
            let note =
                desk.notes.error(codes::WRONG_TYPE, format!("`{name}` must be {}", kind::words(form.kind, like)));
            note.at(node, format!("this is {}", wrong.found));
            if let Some(right) = wrong.right {
                // What a fix would write is part of a report, too.
                let title = match entry.secrecy {
                    Secrecy::Open => format!("write `{right}`"),
                    Secrecy::Secret | Secrecy::Carries => format!("write it as {}", kind::words(form.kind, like)),
                };
                note.fix(crate::diag::Fix::safe(title, node.span, right));
            }
            return Explicit::Broken;
        }
    };
    if let Err(why) = kind::validate(name, &value, form, reading.service, reading.version) {
        desk.notes
            .error(codes::BAD_VALUE, format!("`{name}` has a value that {} refuses", reading.service))
            .at(node, why);
        return Explicit::Broken;
    }
    empty(name, node, &value, form, reading, desk);
    plaintext(name, node, &value, entry.secrecy, reading, desk);
    Explicit::Value(value, origin)
}

/// Reads a setting that the catalog does not know: whatever YAML says.
pub fn read_unknown(name: &str, node: &Rc<Node>, reading: &Reading<'_>, desk: &mut Desk<'_>) -> Explicit {
    if reading.bad.contains(&node.span) {
        return Explicit::Broken;
    }
    if node.is_null() {
        return Explicit::Removed;
    }
    match value(name, node, reading, desk) {
        Some((value, origin)) => Explicit::Value(value, origin),
        None => Explicit::Broken,
    }
}

/// The Go services' loader takes an empty variable for an unset one (ezconf, `env.go`).
fn empty(name: &str, node: &Rc<Node>, value: &Value, form: &Form, reading: &Reading<'_>, desk: &mut Desk<'_>) {
    let default = match form.default {
        Preset::Value(Literal::Text("")) | Preset::Value(Literal::List([])) => return,
        Preset::Value(Literal::Text(default)) => format!("`{default}`"),
        _ => "upstream's default".to_string(),
    };
    if reading.service != Service::Django && *value == Value::string("") {
        desk.notes
            .error(codes::EMPTY_IS_UNSET, format!("`{name}` is empty, which {} reads as unset", reading.service))
            .at(node, format!("{default} is used instead"))
            .help("write a value, or `null` to write nothing on purpose");
    }
}

fn plaintext(name: &str, node: &Rc<Node>, value: &Value, secrecy: Secrecy, reading: &Reading<'_>, desk: &mut Desk<'_>) {
    if reading.plaintext {
        return;
    }
    let literal = match secrecy {
        Secrecy::Open => false,
        Secrecy::Secret => has_literal(value),
        Secrecy::Carries => has_password(value),
    };
    if literal {
        let place = exposed(node, value, secrecy == Secrecy::Secret).unwrap_or(node);
        plaintext_secret(name, place, desk.notes);
    }
}

/// Where inside a map or a list the secret stands.
fn exposed<'n>(node: &'n Rc<Node>, value: &Value, all: bool) -> Option<&'n Rc<Node>> {
    match (value, &node.kind) {
        (Value::Map(entries), NodeKind::Mapping(mapping)) => {
            let mut both = entries.iter().zip(&mapping.entries);
            both.find_map(|((key, value), entry)| exposed(&entry.value, value, all || is_password(key)))
        }
        (Value::List(items), NodeKind::Sequence(nodes)) => {
            items.iter().zip(nodes).find_map(|(value, node)| exposed(node, value, all))
        }
        (value, _) => (has_password(value) || all && has_literal(value)).then_some(node),
    }
}

fn is_password(key: &str) -> bool {
    key.to_ascii_lowercase().contains("password")
}

fn has_literal(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Int(_) | Value::Float(_) => true,
        Value::List(items) | Value::Tuple(items) => items.iter().any(has_literal),
        Value::Map(entries) | Value::Update { entries, .. } => entries.iter().any(|(_, value)| has_literal(value)),
        Value::Text(_) | Value::None | Value::Bool(_) | Value::Python(_) => false,
    }
}

/// Whether a URL with a password in it, or a map's password, is written out.
fn has_password(value: &Value) -> bool {
    match value {
        Value::String(text) => url_password(text),
        Value::List(items) | Value::Tuple(items) => items.iter().any(has_password),
        Value::Map(entries) | Value::Update { entries, .. } => {
            entries.iter().any(|(key, value)| is_password(key) && has_literal(value) || has_password(value))
        }
        Value::Text(text) => {
            let known: String =
                text.parts.iter().map(|part| if let Part::Known(k) = part { k.as_str() } else { "x" }).collect();
            let literal_only = matches!(text.parts.as_slice(), [Part::Known(head), ..] if has_password(&Value::string(format!("{head}x"))));
            literal_only && !known.is_empty()
        }
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Python(_) => false,
    }
}

/// A value as YAML says it, with references and templates at any depth.
fn value(name: &str, node: &Rc<Node>, reading: &Reading<'_>, desk: &mut Desk<'_>) -> Option<(Value, Origin)> {
    if let Some(code) = node.get("python") {
        return python(name, node, code, desk).map(|value| (value, Origin::Literal(node.span)));
    }
    let mut scope = SettingScope { facts: reading.facts, service: reading.service, containers: reading.containers };
    match written(node, name, &mut scope, desk) {
        Written::Broken => None,
        Written::Parts(parts, origin) => {
            let mut builder = Builder::default();
            builder.parts(parts, &[]).ok()?;
            Some((builder.finish(Becomes::String), origin))
        }
        Written::Literal => {
            let value = match &node.kind {
                NodeKind::Scalar(scalar) => kind::literal(scalar),
                NodeKind::Sequence(items) => {
                    Value::List(items.iter().map(|item| inner(name, item, reading, desk)).collect::<Option<_>>()?)
                }
                NodeKind::Mapping(mapping) => Value::Map(
                    mapping
                        .entries
                        .iter()
                        .map(|entry| {
                            Some((entry.key.value.clone(), inner(&entry.key.value, &entry.value, reading, desk)?))
                        })
                        .collect::<Option<_>>()?,
                ),
            };
            Some((value, Origin::Literal(node.span)))
        }
    }
}

/// An element. An optional reference is left out of a list; inside a map it would leave a hole in a structure.
fn inner(name: &str, node: &Rc<Node>, reading: &Reading<'_>, desk: &mut Desk<'_>) -> Option<Value> {
    value(name, node, reading, desk).map(|(value, _)| value)
}

fn python(name: &str, node: &Rc<Node>, code: &Rc<Node>, desk: &mut Desk<'_>) -> Option<Value> {
    if unknown_key(node, &["python", "imports"], desk) {
        return None;
    }
    let Some(scalar) = code.scalar() else {
        desk.notes.error(codes::WRONG_TYPE, "`python` must be one expression, as text").at(code, "");
        return None;
    };
    let text = scalar.text.trim().to_string();
    if let Err(why) = check_expression(&text) {
        desk.notes
            .error(codes::BAD_PYTHON, format!("`{name}` is not one Python expression"))
            .at(code, why.to_string())
            .help("write one expression, and what it needs under `imports`");
        return None;
    }
    let lines = node.get("imports").and_then(|imports| imports.sequence().map(<[_]>::to_vec)).unwrap_or_default();
    let mut imports = vec![];
    for line in lines {
        let import = line.scalar().map(|scalar| scalar.text.trim().to_string()).unwrap_or_default();
        if let Err(why) = check_import(&import) {
            desk.notes.error(codes::BAD_PYTHON, "this is not an import statement").at(&line, why.to_string());
            return None;
        }
        imports.push(import);
    }
    match text.as_str() {
        "None" => Some(Value::None),
        _ => Some(Value::Python(Python { code: text, imports })),
    }
}

/// Whether a value holds an optional reference where none may be left out: anywhere but as a whole or a list's element.
pub fn misplaced_optional(value: &Value) -> bool {
    fn inside(value: &Value, allowed: bool) -> bool {
        match value {
            Value::Text(text) => optional(text) && !(allowed && text.optional()),
            Value::List(items) | Value::Tuple(items) => items.iter().any(|item| inside(item, true)),
            Value::Map(entries) | Value::Update { entries, .. } => {
                entries.iter().any(|(_, value)| inside(value, false))
            }
            _ => false,
        }
    }
    fn optional(text: &Text) -> bool {
        text.holes().iter().any(|hole| hole.optional)
    }
    inside(value, true)
}
