//! File templates, rendered with everything they may read already known.

use std::collections::BTreeMap;
use std::convert::Infallible;

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Jinja};

use super::fill::{Fault, opened, text};
use crate::model::{Filled, Filter, Hole, Reference, Value, nest};
use crate::vault::Answers;

/// Instructions that one file may take: a few thousand lines' worth.
const FUEL: u64 = 1_000_000;

/// Why a template gives no file.
pub enum Failure {
    /// A reference in it has no value.
    Hole(Fault),
    /// It fails when rendered. Its own message may quote values, so only the line is kept.
    Template {
        /// Line of the template, from 1.
        line: usize,
        /// What is wrong there.
        why: &'static str,
    },
}

/// The text of a file.
pub fn render(source: &str, context: &[(String, Value)], holes: &[Hole], answers: &Answers) -> Result<String, Failure> {
    let mut facts = BTreeMap::new();
    for (path, value) in context {
        if let Some(filled) = value.try_fill(&mut |part| text(part, answers)).map_err(Failure::Hole)? {
            facts.insert(path.clone(), jinja(&filled));
        }
    }
    let mut opened_holes = BTreeMap::new();
    for hole in holes {
        if let Some(secret) = opened(hole, answers).map_err(Failure::Hole)? {
            opened_holes.insert(hole.reference.to_string(), secret);
        }
    }
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    for name in ["urlencode", "python", "b64encode", "sha256"] {
        if let Some(filter) = Filter::named(name) {
            env.add_filter(name, move |text: String| {
                filter.apply(&text).map_err(|_| ErrorKind::InvalidOperation.into()) as Result<String, Error>
            });
        }
    }
    env.add_function("op", move |reference: String| -> Result<String, Error> {
        let asked = Reference::parse(&reference).map(|reference| reference.to_string()).unwrap_or(reference);
        opened_holes.get(&asked).cloned().ok_or_else(|| ErrorKind::UndefinedError.into())
    });
    let failure = |error: Error| Failure::Template { line: error.line().unwrap_or(1), why: why(error.kind()) };
    let text = env.render_str(source, nest(facts, &|map| Jinja::from(map))).map_err(failure)?;
    // minijinja takes one line break off the end, as Jinja does; a configuration file keeps it.
    Ok(if source.ends_with('\n') { text + "\n" } else { text })
}

fn why(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UndefinedError => "it names what is not set",
        ErrorKind::OutOfFuel => "it takes too many steps",
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            "there is no such filter, test or function"
        }
        _ => "what it does there cannot be done with these values",
    }
}

fn jinja(value: &Filled) -> Jinja {
    match value {
        Value::None => Jinja::from(()),
        Value::Bool(b) => Jinja::from(*b),
        Value::Int(n) => Jinja::from(*n),
        Value::Float(n) => Jinja::from(*n),
        Value::String(text) => Jinja::from(text.as_str()),
        Value::List(items) | Value::Tuple(items) => Jinja::from(items.iter().map(jinja).collect::<Vec<_>>()),
        Value::Map(entries) | Value::Update { entries, .. } => {
            Jinja::from(entries.iter().map(|(key, value)| (key.clone(), jinja(value))).collect::<BTreeMap<_, _>>())
        }
        Value::Python(python) => Jinja::from(python.code.as_str()),
        Value::Text(never) => nothing(*never),
    }
}

fn nothing(never: Infallible) -> Jinja {
    match never {}
}
