//! How a value is written in the document: as a literal, a reference in either spelling, a template, or `{ref: …}`.

use std::ops::Range;
use std::rc::Rc;

use super::template::{self, Scope, Stop};
use crate::diag::{Fix, Notes, SourceMap, Span, codes, nearest};
use crate::model::{Hole, Mention, Origin, Part, Reference, Text};
use crate::source::{Node, Style, inside};

/// The older spelling of a reference in RapidPro's playbooks; it names no field.
const LEGACY: &str = "1Password:Vault:";

/// What a stage that reads values writes down on the way.
pub struct Desk<'a> {
    /// The texts.
    pub map: &'a SourceMap,
    /// The findings.
    pub notes: &'a mut Notes,
    /// Every reference seen.
    pub mentions: &'a mut Vec<Mention>,
}

/// How a node is written.
pub enum Written {
    /// Plainly; the node's own type counts.
    Literal,
    /// With holes or by a template; the parts, and where they came from.
    Parts(Vec<Part>, Origin),
    /// Wrongly, and reported.
    Broken,
}

/// Looks at a node. `implied` is the name that a legacy reference's field follows from.
pub fn written(node: &Node, implied: &str, scope: &mut dyn Scope, desk: &mut Desk<'_>) -> Written {
    match template_of(node) {
        Some(text) => templated(node, template::compile(text, node.span, scope), desk),
        None => untemplated(node, implied, desk),
    }
}

/// The text of a node that is a template.
pub fn template_of(node: &Node) -> Option<&str> {
    let text = node.scalar().map(|scalar| scalar.text.as_str())?;
    (text.contains("{{") || text.contains("{%")).then_some(text)
}

/// What a template came to; its fault is reported at its place in the source.
pub fn templated(node: &Node, compiled: Result<Vec<Part>, Stop>, desk: &mut Desk<'_>) -> Written {
    match compiled {
        Ok(parts) => {
            for hole in Text::string(parts.clone()).holes() {
                desk.mentions.push(Mention { reference: hole.reference.clone(), span: hole.span });
            }
            Written::Parts(parts, Origin::Template(node.span))
        }
        Err(Stop::Broken) => Written::Broken,
        Err(Stop::Fault(fault)) => {
            let Range { start, end } = fault.range;
            let span = inside(desk.map, node, start, end.saturating_sub(start));
            let note = desk.notes.error(fault.code, fault.message).at(span, "");
            fault.help.into_iter().for_each(|help| {
                note.help(help);
            });
            Written::Broken
        }
    }
}

/// Looks at a node that is no template.
pub fn untemplated(node: &Node, implied: &str, desk: &mut Desk<'_>) -> Written {
    if let Some(ref_map) = node.get("ref") {
        return from_map(node, ref_map, desk);
    }
    let Some(scalar) = node.scalar() else { return Written::Literal };
    let text = scalar.text.as_str();
    if Reference::looks_like(text) {
        return match hole(text, node.span, desk) {
            Some(hole) => Written::Parts(vec![Part::Hole(hole)], Origin::Reference(node.span)),
            None => Written::Broken,
        };
    }
    if text.trim_start().starts_with(LEGACY) {
        return legacy(node, text, implied, desk);
    }
    Written::Literal
}

/// The hole of a reference, which is also noted down; `None` when it cannot be read, which is reported.
pub fn hole(text: &str, span: Span, desk: &mut Desk<'_>) -> Option<Hole> {
    match Reference::parse(text) {
        Ok(reference) => {
            desk.mentions.push(Mention { reference: reference.clone(), span });
            Some(Hole { reference, span, filters: vec![], optional: false })
        }
        Err(why) => {
            desk.notes
                .error(codes::BAD_REFERENCE, "this reference cannot be read")
                .at(span, why.to_string())
                .help("write `op://vault/item/field`, percent-encoding a slash inside a name as `%2F`");
            None
        }
    }
}

fn from_map(node: &Node, ref_map: &Rc<Node>, desk: &mut Desk<'_>) -> Written {
    if unknown_key(node, &["ref", "optional"], desk)
        || unknown_key(ref_map, &["vault", "item", "section", "field"], desk)
    {
        return Written::Broken;
    }
    let part =
        |key: &str| ref_map.get(key).and_then(|n| n.scalar()).map(|s| s.text.clone()).filter(|s| !s.trim().is_empty());
    let optional = node.get("optional").and_then(|n| n.scalar()).is_some_and(|s| s.text == "true");
    let reference = match (ref_map.scalar(), part("vault"), part("item"), part("field")) {
        (Some(scalar), ..) => {
            return match hole(&scalar.text, ref_map.span, desk) {
                Some(hole) => Written::Parts(vec![Part::Hole(Hole { optional, ..hole })], Origin::Reference(node.span)),
                None => Written::Broken,
            };
        }
        (None, Some(vault), Some(item), Some(field)) => {
            Reference { section: part("section"), ..Reference::new(vault, item, field) }
        }
        _ => {
            desk.notes
                .error(codes::BAD_REFERENCE, "`ref` needs `vault`, `item` and `field`, and may have `section`")
                .at(ref_map, "")
                .help("write `{ref: {vault: …, item: …, field: …}}`");
            return Written::Broken;
        }
    };
    desk.mentions.push(Mention { reference: reference.clone(), span: node.span });
    let hole = Hole { reference, span: node.span, filters: vec![], optional };
    Written::Parts(vec![Part::Hole(hole)], Origin::Reference(node.span))
}

/// Reports a key that a map of ours does not have.
pub fn unknown_key(node: &Node, known: &[&str], desk: &mut Desk<'_>) -> bool {
    let entries = node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let Some(entry) = entries.iter().find(|entry| !known.contains(&entry.key.value.as_str())) else { return false };
    let note = desk.notes.error(codes::UNKNOWN_KEY, format!("there is no key `{}` here", entry.key.value));
    match nearest(&entry.key.value, known.iter().copied()).first() {
        Some(near) => note.at(&entry.key, format!("did you mean `{near}`?")),
        None => note.at(&entry.key, "").help(format!("use one of `{}`", known.join("`, `"))),
    };
    true
}

fn legacy(node: &Node, text: &str, implied: &str, desk: &mut Desk<'_>) -> Written {
    let rest = text.trim().strip_prefix(LEGACY).unwrap_or_default();
    let (vault, item) = match rest.split_once(':') {
        Some((vault, item)) if !vault.trim().is_empty() && !item.trim().is_empty() => (vault.trim(), item.trim()),
        _ => {
            desk.notes
                .error(codes::BAD_REFERENCE, "this older reference cannot be read")
                .at(node, "a vault and an item are needed, `1Password:Vault:<vault>:<item>`")
                .help("write `op://vault/item/field`");
            return Written::Broken;
        }
    };
    let Some(field) = implied_field(implied) else {
        desk.notes
            .error(codes::BAD_REFERENCE, format!("this older reference names no field, and `{implied}` implies none"))
            .at(node, "")
            .help(format!("write `op://{vault}/{item}/…` with the field's name"));
        return Written::Broken;
    };
    let reference = Reference::new(vault, item, field);
    let modern = reference.to_string();
    let replacement = match node.scalar().map(|s| s.style) {
        Some(Style::Single) => format!("'{}'", modern.replace('\'', "''")),
        Some(Style::Double) => format!("\"{modern}\""),
        _ => modern.clone(),
    };
    desk.notes
        .warning(codes::LEGACY_REFERENCE, "this is the older spelling of a reference")
        .at(node, format!("read as `{modern}`"))
        .fix(Fix {
            // With a sign behind it that was copied along, there is no one right answer.
            safe: !item.ends_with([',', ';', '"', '\'']),
            ..Fix::safe(format!("write `{modern}`"), node.span, replacement)
        });
    desk.mentions.push(Mention { reference: reference.clone(), span: node.span });
    let hole = Hole { reference, span: node.span, filters: vec![], optional: false };
    Written::Parts(vec![Part::Hole(hole)], Origin::Reference(node.span))
}

/// The field of a 1Password item that a name such as `EMAIL_HOST_PASSWORD` or `port` implies, by its built-in ids.
fn implied_field(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let implied: &[(&str, &str)] = &[
        ("access_key_id", "access key id"),
        ("secret_access_key", "secret access key"),
        ("password", "password"),
        ("token", "password"),
        ("secret", "password"),
        ("key", "password"),
        ("user", "username"),
        ("username", "username"),
        ("host", "server"),
        ("server", "server"),
        ("port", "port"),
        ("database", "database"),
        ("name", "database"),
        ("url", "url"),
    ];
    implied.iter().find(|(ending, _)| name == *ending || name.ends_with(&format!("_{ending}"))).map(|(_, field)| *field)
}
