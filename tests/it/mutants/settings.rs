//! Settings that the catalog knows, where or as they should not be: of another release or service, of another type, and
//! one service's own value beside what the document says for all.

use rpconf::catalog::{self, Form, Kind, Literal, Preset, Service};

use super::Mutant;
use super::document::Document;
use super::values;

pub fn break_in(document: &Document, found: &mut Vec<Mutant>) {
    let train = catalog::train(&document.release).expect("a train");
    for service in Service::ALL {
        let Some(version) = train.version(service) else { continue };
        let catalog = catalog::of(service);
        let strangers = catalog.settings.iter().filter(|setting| catalog.at(setting.name, version).is_none());
        for (_, setting) in every(7, document, strangers) {
            let value = setting.forms.last().map_or("x", example);
            add(document, service, "of another release", setting.name, value, found);
        }
        for (_, (setting, form)) in every(4, document, catalog.settings_at(version).filter(|(s, _)| !s.internal)) {
            if let Some(value) = wrong(form) {
                add(document, service, "of another type", setting.name, value, found);
            }
        }
        let other =
            Service::ALL[(Service::ALL.iter().position(|it| *it == service).unwrap_or(0) + 1) % Service::ALL.len()];
        if let Some(theirs) = train.version(other) {
            let settings =
                catalog::of(other).settings_at(theirs).filter(|(setting, _)| catalog.setting(setting.name).is_none());
            for (_, (setting, form)) in every(17, document, settings) {
                add(document, service, "of another service", setting.name, example(form), found);
            }
        }
        beside(document, service, found);
    }
}

/// Some of many, others in each document.
fn every<T>(step: usize, document: &Document, all: impl Iterator<Item = T>) -> Vec<(usize, T)> {
    let from = document.name.bytes().map(usize::from).sum::<usize>() % step;
    all.enumerate().filter(|(at, _)| at % step == from).collect()
}

/// The document with a setting more.
fn add(document: &Document, service: Service, kind: &'static str, name: &str, value: &str, found: &mut Vec<Mutant>) {
    let Some(section) = document.spot(&format!("services.{service}")) else { return };
    if document.spot(&format!("services.{service}.{name}")).is_some() || document.unread(section) {
        return;
    }
    let at = section.value.start;
    let (at, entry) = match document.text[at..].starts_with('{') {
        true => (at + 1, format!("{name}: {value}, ")),
        false => (at, format!("{name}: {value}\n    ")),
    };
    found.push(document.replace(&format!("services.{service}.{name}"), kind, at..at, &entry));
}

/// A value that fits.
fn example(form: &Form) -> &'static str {
    match (form.kind, form.default) {
        (Kind::Int, _) => "5",
        (Kind::Bool, _) | (_, Preset::Value(Literal::Bool(_))) => "true",
        (Kind::Float, _) => "0.5",
        (Kind::StringList, _) => "[a]",
        (Kind::IntList, _) => "[1]",
        _ => "value",
    }
}

/// A value that does not fit.
fn wrong(form: &Form) -> Option<&'static str> {
    match (form.kind, form.default) {
        (Kind::Int, _) => Some("many"),
        (Kind::Bool, _) | (_, Preset::Value(Literal::Bool(_))) => Some("enabled"),
        (Kind::Float, _) => Some("half"),
        (Kind::LogLevel, _) => Some("verbose"),
        (Kind::IntList, _) => Some("[a]"),
        (Kind::String, _) => Some("[a, b]"),
        _ => None,
    }
}

/// One service's setting by its own name, broken, beside the facts that all others are made of.
fn beside(document: &Document, service: Service, found: &mut Vec<Mutant>) {
    if document.name.starts_with("upper") {
        return;
    }
    let path = format!("tests/it/mutants/documents/upper-{}.yml", document.release);
    let upper = Document::new("upper", &document.release, std::fs::read_to_string(&path).expect("a document"));
    let mut broken = vec![];
    values::break_in(&upper, &mut broken);
    let prefix = format!("services.{service}.");
    let own = broken.iter().filter(|mutant| mutant.name.contains(&prefix));
    for (at, mutant) in own.enumerate() {
        if at % 5 != document.name.len() % 5 {
            continue;
        }
        let super::Expect::Line(line) = mutant.expect else { continue };
        let line = mutant.text.lines().nth(line - 1).expect("a line").trim();
        let Some((name, value)) = line.split_once(": ") else { continue };
        let place = mutant.name.split(&prefix).nth(1).and_then(|rest| rest.split(": ").next()).unwrap_or_default();
        if place == name {
            add(document, service, mutant.kind, name, value, found);
        }
    }
}
