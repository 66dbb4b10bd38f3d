//! Plan and secrets to filled settings: the one stage where a secret is opened on the way to a file.
//!
//! Every hole is filled from one batch of answers, filtered, and read as what its place takes. What is wrong is noted
//! at the reference's place, all of it, and never with the value.

mod fill;
mod oracle;
mod template;

pub use fill::text;
pub use oracle::Vaulted;

use self::fill::Fault;
use crate::diag::{Notes, codes};
use crate::model::{Content, FileOutput, Filled, Hole, Plan, Secret, Setting, Unit};
use crate::vault::Answers;

/// A service's settings, with values.
pub struct FilledUnit<'p> {
    /// What it was made of.
    pub unit: &'p Unit,
    /// Each setting that has a value; optional ones that the vault lacks are left out.
    pub settings: Vec<(&'p Setting, Filled)>,
}

/// An output that is not a service's, with its content.
pub struct FilledFile<'p> {
    /// What it was made of.
    pub file: &'p FileOutput,
    /// Its whole content.
    pub content: Secret<String>,
}

/// Everything that is to be written.
pub struct FilledPlan<'p> {
    /// The services' settings.
    pub units: Vec<FilledUnit<'p>>,
    /// The other outputs.
    pub files: Vec<FilledFile<'p>>,
}

/// Fills a plan. A setting that cannot be filled is noted and left out; nothing may be written when notes failed.
pub fn fill<'p>(plan: &'p Plan, answers: &Answers, notes: &mut Notes) -> FilledPlan<'p> {
    let units = plan.units.iter().map(|unit| FilledUnit { unit, settings: settings(unit, answers, notes) }).collect();
    let files = plan.files.iter().filter_map(|file| content(file, answers, notes)).collect();
    FilledPlan { units, files }
}

fn settings<'p>(unit: &'p Unit, answers: &Answers, notes: &mut Notes) -> Vec<(&'p Setting, Filled)> {
    let mut filled = vec![];
    for setting in &unit.settings {
        match setting.value.try_fill(&mut |text| fill::text(text, answers)) {
            Ok(Some(value)) => filled.push((setting, value)),
            Ok(None) => {}
            Err(fault) => {
                let mut holes = vec![];
                setting.value.texts(&mut |text| holes.extend(text.holes()));
                unfilled(&format!("`{}` of {}", setting.name, unit.service), &holes, fault, answers, notes);
            }
        }
    }
    filled
}

/// Notes why something cannot be filled: each hole that cannot, and else what is wrong with the whole.
fn unfilled(what: &str, holes: &[&Hole], whole: Fault, answers: &Answers, notes: &mut Notes) {
    let faults: Vec<Fault> = holes.iter().filter_map(|hole| fill::opened(hole, answers).err()).collect();
    if faults.is_empty() {
        return whole.note(what, notes);
    }
    faults.into_iter().for_each(|fault| fault.note(what, notes));
}

fn content<'p>(file: &'p FileOutput, answers: &Answers, notes: &mut Notes) -> Option<FilledFile<'p>> {
    let what = format!("the output `{}`", file.name);
    let content = match &file.content {
        Content::Template { name, source, context, holes } => match template::render(source, context, holes, answers) {
            Ok(text) => text,
            Err(template::Failure::Hole(fault)) => {
                unfilled(&what, &file.content.holes(), fault, answers, notes);
                return None;
            }
            Err(template::Failure::Template { line, why }) => {
                let message = format!("`templates/{name}` cannot be rendered");
                notes
                    .error(codes::BAD_TEMPLATE, message)
                    .at(file.span, format!("line {line} of the template fails: {why}"));
                return None;
            }
        },
        Content::Value(value) => match value.try_fill(&mut |text| fill::text(text, answers)) {
            Ok(Some(Filled::String(text))) => text,
            Ok(_) => return None,
            Err(fault) => {
                unfilled(&what, &file.content.holes(), fault, answers, notes);
                return None;
            }
        },
    };
    Some(FilledFile { file, content: Secret::new(content) })
}
