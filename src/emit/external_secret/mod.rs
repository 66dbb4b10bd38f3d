//! ExternalSecrets: settings with holes, which the External Secrets Operator fills in the cluster.
//!
//! No vault is asked here and no secret can be here. What a setting's text needs (percent-encoding, brackets around an
//! IPv6 address, a Python literal) is said as a Go template, and what link would refuse (an empty field, a host with a
//! scheme) makes the template fail: the operator then reports it, and no Secret is made of it.

mod go;
mod remote;

pub use remote::Store;

use std::convert::Infallible;

use self::go::Templates;
use self::remote::Remotes;
use super::kubernetes::{config_map, labels, metadata, object_name};
use super::python::{self, MODULE};
use super::{Document, Line, Unwritable, header, yaml};
use crate::model::{Filled, Service, Text, Value};

/// The word that `--format` takes.
pub const NAME: &str = "external-secret";

/// What a service's file is called.
pub const FILE_NAME: &str = "external-secret.yaml";

/// A setting to be written, with its holes.
#[derive(Debug, Clone, Copy)]
pub struct OpenLine<'a> {
    /// The name that the service reads.
    pub name: &'a str,
    /// Its value.
    pub value: &'a Value<Text>,
    /// Whether a library reads it from the process's environment.
    pub variable: bool,
    /// Whether the value is secret.
    pub secret: bool,
}

/// What goes into one file.
#[derive(Debug, Clone, Copy)]
pub struct OpenDocument<'a> {
    /// Whose settings these are.
    pub service: Service,
    /// The environment's name.
    pub environment: &'a str,
    /// The settings, in order.
    pub lines: &'a [OpenLine<'a>],
}

/// A file, and what could not be said in it.
#[derive(Debug)]
pub struct Written {
    /// The manifests.
    pub bytes: Vec<u8>,
    /// Names of settings from which an optional reference was left out.
    pub left_out: Vec<String>,
}

/// Writes the manifests of a service: an ExternalSecret, and a ConfigMap of the settings without holes. Optional
/// references are left out, as an ExternalSecret fails when one of its fields is missing.
pub fn write(document: &OpenDocument, store: Store) -> Result<Written, Vec<Unwritable>> {
    let (lines, left_out) = without_optional(document)?;
    let mut templates = Templates::new(Remotes::new(store));
    let (mut secrets, mut known, mut unwritable) = (vec![], vec![], vec![]);
    if document.service == Service::Django {
        match module(document, &lines, &mut templates) {
            Ok(module) => secrets.push((MODULE, module)),
            Err(faults) => unwritable.extend(faults),
        }
    } else {
        for (line, value) in &lines {
            match value {
                Value::Text(text) => match templates.environment(text) {
                    Ok(template) => secrets.push((line.name, template)),
                    Err(reason) => unwritable.push(fault(line, reason)),
                },
                _ => match value.try_fill(&mut |_| Err(())) {
                    Ok(filled) => known.extend(filled.map(|filled| (*line, filled))),
                    Err(()) => unwritable.push(fault(line, "how a list is quoted depends on what is in it")),
                },
            }
        }
    }
    if !unwritable.is_empty() {
        return Err(unwritable);
    }
    let known = filled(&known);
    let known = Document { service: document.service, environment: document.environment, lines: &known };
    let mut text = header(document.environment) + &manifest(&known, &secrets, &templates);
    if document.service != Service::Django {
        text = text + "---\n" + &config_map(&known)?;
    }
    Ok(Written { bytes: text.into_bytes(), left_out })
}

fn filled<'a>(known: &'a [(&OpenLine<'a>, Filled)]) -> Vec<Line<'a>> {
    let line = |(line, value): &'a (&OpenLine<'a>, Filled)| Line {
        name: line.name,
        value,
        variable: line.variable,
        secret: line.secret,
    };
    known.iter().map(line).collect()
}

fn fault(line: &OpenLine, reason: &'static str) -> Unwritable {
    Unwritable { setting: line.name.to_string(), reason }
}

type Kept<'a> = Vec<(&'a OpenLine<'a>, Value<Text>)>;

/// The settings without their optional references, and the names of those that had some. A secret that stands in the
/// document is refused: it would stand in the manifest.
fn without_optional<'a>(document: &'a OpenDocument) -> Result<(Kept<'a>, Vec<String>), Vec<Unwritable>> {
    let (mut kept, mut left_out, mut unwritable) = (vec![], vec![], vec![]);
    for line in document.lines {
        let (mut holes, mut dropped) = (false, false);
        let value = line.value.try_fill(&mut |text: &Text| {
            holes = true;
            dropped |= text.optional();
            Ok::<_, Infallible>((!text.optional()).then(|| Value::Text(text.clone())))
        });
        if line.secret && !holes {
            unwritable.push(fault(line, "it is a secret that stands in the document, and no reference"));
        }
        if dropped {
            left_out.push(line.name.to_string());
        }
        let Ok(value) = value;
        kept.extend(value.map(|value| (line, value)));
    }
    if unwritable.is_empty() { Ok((kept, left_out)) } else { Err(unwritable) }
}

/// Stands for a hole in a module until its template is known: no text of a document holds a noncharacter.
const MARK: &str = "\\ufdd0";

/// Django's module as one template: written like any other with a marked string in place of each text, whose literal
/// then becomes an action that yields the literal.
fn module(document: &OpenDocument, lines: &Kept, templates: &mut Templates) -> Result<String, Vec<Unwritable>> {
    let (mut actions, mut unwritable, mut known) = (vec![], vec![], vec![]);
    for (line, value) in lines {
        let filled = value.try_fill(&mut |text| {
            actions.push(templates.python(text)?);
            Ok(Some(Filled::String(format!("\u{fdd0}{}\u{fdd0}", actions.len() - 1))))
        });
        match filled {
            Ok(filled) => known.extend(filled.map(|filled| (*line, filled))),
            Err(reason) => unwritable.push(fault(line, reason)),
        }
    }
    if !unwritable.is_empty() {
        return Err(unwritable);
    }
    let lines = filled(&known);
    let known = Document { service: document.service, environment: document.environment, lines: &lines };
    let module = python::module(&known)?;
    let marks = module.matches(MARK).count();
    if marks != 2 * actions.len() {
        let reason = "the noncharacter U+FDD0 is in the module";
        return Err(vec![Unwritable { setting: MODULE.to_string(), reason }]);
    }
    let mut template = String::new();
    for (at, piece) in module.split(MARK).enumerate() {
        // Every other piece stands between the two marks of one hole.
        let action = piece.parse::<usize>().ok().filter(|_| at % 2 == 1).and_then(|index| actions.get(index));
        match action {
            Some(action) => template.push_str(action),
            None => template.push_str(&go::verbatim(unquoted(piece, at, marks))),
        }
    }
    Ok(template)
}

/// A piece between two holes, without the quotes that belong to their literals.
fn unquoted(piece: &str, at: usize, marks: usize) -> &str {
    let piece = if at > 0 { piece.strip_prefix('"').unwrap_or(piece) } else { piece };
    if at < marks { piece.strip_suffix('"').unwrap_or(piece) } else { piece }
}

fn manifest(document: &Document, secrets: &[(&str, String)], templates: &Templates) -> String {
    let name = yaml::quoted(&object_name(document.environment, document.service));
    let data = yaml::map(8, secrets.iter().map(|(key, template)| (*key, yaml::quoted(template))));
    format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n{}spec:\n  refreshInterval: 1h0m0s\n{}  target:\n    \
         name: {name}\n    template:\n      engineVersion: v2\n      metadata:\n{}        annotations:\n          rpconf/content: {}\n      data:{data}",
        metadata(document, ""),
        templates.remotes().yaml(),
        labels(document, 8),
        yaml::quoted(&templates.content(secrets)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{SourceMap, Span};
    use crate::model::{Hole, Part, Reference};

    fn hole(optional: bool) -> Value<Text> {
        let span = Span::new(SourceMap::default().add("x.yml", ""), 0, 0);
        let hole = Hole { reference: Reference::new("V", "i", "f"), span, filters: vec![], optional };
        Value::Text(Text::string(vec![Part::Hole(hole)]))
    }

    /// Writes `A` for a service, and answers the text or the refusal.
    fn check(service: Service, value: Value<Text>, secret: bool) -> Result<(String, Vec<String>), &'static str> {
        let lines = [OpenLine { name: "A", value: &value, variable: false, secret }];
        let document = OpenDocument { service, environment: "demo", lines: &lines };
        match write(&document, Store::Sdk) {
            Ok(written) => Ok((String::from_utf8(written.bytes).expect("UTF-8"), written.left_out)),
            Err(refused) => {
                assert_eq!(refused.first().map(|fault| fault.setting.as_str()), Some("A"));
                Err(refused.first().map_or("", |fault| fault.reason))
            }
        }
    }

    #[test]
    fn a_secret_of_the_document_is_never_written() {
        for service in [Service::Courier, Service::Django] {
            let refused = check(service, Value::string("hunter2"), true);
            assert_eq!(refused, Err("it is a secret that stands in the document, and no reference"));
        }
        assert!(check(Service::Courier, Value::string("public"), false).is_ok());
    }

    #[test]
    fn optional_references_are_left_out_and_told() {
        for service in [Service::Courier, Service::Django] {
            let (text, left_out) = check(service, hole(true), true).expect("without it");
            assert!(text.contains("data: []") && !text.contains("secretKey"), "{text}");
            assert_eq!(left_out, ["A"]);
        }
        let (text, left_out) =
            check(Service::Django, Value::List(vec![hole(true), hole(false)]), true).expect("one of them");
        assert!(text.contains("A = [{{ .i_f | toJson }}]") && left_out == ["A"], "{text}");
    }

    #[test]
    fn lists_of_go_services_and_marks_are_refused() {
        let refused = check(Service::Courier, Value::List(vec![hole(false)]), true);
        assert_eq!(refused, Err("how a list is quoted depends on what is in it"));
        let value = Value::List(vec![Value::string("\u{fdd0}0\u{fdd0}"), hole(false)]);
        let lines = [OpenLine { name: "A", value: &value, variable: false, secret: true }];
        let document = OpenDocument { service: Service::Django, environment: "demo", lines: &lines };
        assert!(write(&document, Store::Sdk).is_err());
    }
}
