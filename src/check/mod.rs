//! The rules: what is wrong with a deployment that compiles.
//!
//! A rule reads the Plan and says what it found at the lines that the values came from. It never holds a secret: where
//! text does not tell, it asks an [`Oracle`], and without a vault the answer is left open.

mod address;
mod allow;
mod cx;
mod day;
mod finder;
mod majority;
mod oracle;
pub mod page;
mod pair;
pub mod rules;
mod said;
mod secrets;
mod term;

pub use allow::nearest;
pub use cx::Cx;
pub use day::Day;
pub use oracle::{Answer, Form, NoVault, Oracle, Question};

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Notes, Span};
use crate::model::Plan;
use finder::Finder;

/// The names of rules that met a secret and could not decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undecided {
    /// The names, in the order of the table.
    pub rules: Vec<&'static str>,
}

/// Runs every rule of the plan's release, then drops what the document allows.
pub fn run(plan: &Plan, oracle: &dyn Oracle, today: Day, notes: &mut Notes) -> Undecided {
    let cx = Cx::new(plan, oracle);
    let mut undecided = Undecided::default();
    for rule in rules::RULES.iter().filter(|rule| rule.applies(&cx)) {
        if let Some(run) = rule.run {
            let mut found = Notes::default();
            run(&cx, &mut Finder::new(rule, &mut found));
            keep(&found, rule, notes);
        }
        if cx.take_waiting() {
            undecided.rules.push(rule.code.name());
        }
    }
    allow::apply(&cx, today, &undecided, notes);
    undecided
}

/// Takes over a rule's findings. A fact that several settings are made of is reported for the first of them, and a
/// general rule is silent where another one has said more.
fn keep(found: &Notes, rule: &rules::Rule, notes: &mut Notes) {
    let told: BTreeSet<Span> = match rule.general {
        true => notes.iter().filter(|d| d.severity <= rule.severity).filter_map(|d| d.primary()).collect(),
        false => BTreeSet::new(),
    };
    let mut places: BTreeMap<Span, &str> = BTreeMap::new();
    for diagnostic in found.iter() {
        let setting = diagnostic.message.split('`').nth(1).unwrap_or("");
        let first = diagnostic.primary().map_or(setting, |place| *places.entry(place).or_insert(setting));
        if first == setting && !diagnostic.primary().is_some_and(|place| told.contains(&place)) {
            notes.push(diagnostic.clone());
        }
    }
}
