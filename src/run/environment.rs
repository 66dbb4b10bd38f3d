//! What a command is given: variables, and for Django a settings module.

use std::collections::BTreeSet;

use crate::emit::{self, Document, Line, Unwritable};
use crate::link::FilledUnit;
use crate::model::{Filled, Hole, Origin, Secret, Service, Setting, Unit};
use crate::vault::Answers;

/// The name of the module that Django is told to read.
pub const MODULE: &str = "rpconf_settings";

/// A service's settings, as its process finds them.
pub enum Environment {
    /// Environment variables.
    Variables(Vec<(String, Secret<String>)>),
    /// The text of a module that begins with upstream's own settings.
    Module(Secret<String>),
}

/// The environment of a service.
pub fn environment(filled: &FilledUnit<'_>, name: &str) -> Result<Environment, Vec<Unwritable>> {
    let line = |(setting, value): &'_ (&'_ Setting, Filled)| -> (String, bool, bool, Filled) {
        (setting.name.clone(), setting.variable, setting.secret, value.clone())
    };
    let settings: Vec<_> = filled.settings.iter().map(line).collect();
    let lines: Vec<Line> = settings
        .iter()
        .map(|(name, variable, secret, value)| Line { name, value, variable: *variable, secret: *secret })
        .collect();
    let document = Document { service: filled.unit.service, environment: name, lines: &lines };
    if filled.unit.service == Service::Django {
        return emit::standalone_module(&document).map(|text| Environment::Module(Secret::new(text)));
    }
    let variables = emit::variables(&document)?;
    Ok(Environment::Variables(variables.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()))
}

/// What of a service's settings must not be seen: whatever a vault gave but for hosts, ports, users and databases, and
/// secrets that stand in the document.
pub fn secrets<'a>(filled: &FilledUnit<'_>, answers: &'a Answers) -> (Vec<&'a Secret<String>>, Vec<Secret<String>>) {
    let unit = filled.unit;
    let mut references = BTreeSet::new();
    for setting in &unit.settings {
        setting.value.texts(&mut |text| {
            references
                .extend(text.holes().into_iter().filter(|hole| !is_public(hole, unit)).map(|hole| &hole.reference));
        });
    }
    let fetched = references.into_iter().filter_map(|reference| answers.get(reference)?.ok());
    let written = filled.settings.iter().filter(|(setting, _)| setting.secret && !setting.has_holes());
    let text = |value: &Filled| if let Filled::String(text) = value { Some(Secret::new(text.clone())) } else { None };
    (fetched.collect(), written.filter_map(|(_, value)| text(value)).collect())
}

/// Facts that tell where a thing is and not how to get in. Everything else is taken for a secret.
const PUBLIC: [&str; 7] = ["host", "port", "database", "user", "region", "internal", "public"];

fn is_public(hole: &Hole, unit: &Unit) -> bool {
    let origins = unit.settings.iter().map(|setting| &setting.origin);
    let facts =
        origins.filter_map(|origin| if let Origin::Derived { facts, .. } = origin { Some(facts) } else { None });
    let mut feeding = facts.flatten().filter(|fact| fact.span == Some(hole.span)).peekable();
    feeding.peek().is_some()
        && feeding.all(|fact| fact.path.rsplit('.').next().is_some_and(|last| PUBLIC.contains(&last)))
}
