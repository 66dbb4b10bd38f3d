//! Accepted findings: `allow` in a document, each with a reason and, where it says so, an end.
//!
//! What the compiler reports as an error cannot be accepted: there is no right plan to go on with.

use super::Undecided;
use super::cx::Cx;
use super::day::Day;
use super::rules::{RULES, Rule};
use crate::diag::{Notes, Severity, codes};
use crate::model::Allowance;

/// Drops the findings that the document allows, and reports allowances that are of no use.
pub fn apply(cx: &Cx<'_>, today: Day, undecided: &Undecided, notes: &mut Notes) {
    for allowance in &cx.plan.allowances {
        let Some(rule) = RULES.iter().find(|rule| rule.code.name() == allowance.rule.value) else {
            unknown(allowance, notes);
            continue;
        };
        if rule.run.is_none() && rule.severity == Severity::Error {
            notes
                .error(codes::BAD_ALLOWANCE, format!("`{}` cannot be allowed", rule.code))
                .at(&allowance.rule, "the compiler found it: without the repair there is no plan")
                .help("mend what it reports, and remove the allowance");
            continue;
        }
        if in_force(allowance, today, notes) {
            let dropped = notes.remove(rule.code);
            if dropped == 0 && rule.applies(cx) && !undecided.rules.contains(&rule.code.name()) {
                unused(rule, allowance, notes);
            }
        }
    }
}

fn in_force(allowance: &Allowance, today: Day, notes: &mut Notes) -> bool {
    let Some(until) = &allowance.until else { return true };
    match Day::parse(&until.value) {
        Some(day) if day >= today => true,
        Some(day) => {
            notes
                .warning(codes::BAD_ALLOWANCE, format!("the allowance of `{}` ended on {day}", allowance.rule.value))
                .at(until, "what it accepted is reported again")
                .help("mend what is reported and remove the allowance, or give it another day");
            false
        }
        None => {
            notes
                .error(codes::BAD_ALLOWANCE, "`until` is no day")
                .at(until, "")
                .help("write year, month and day, as in `2027-01-31`");
            false
        }
    }
}

fn unused(rule: &Rule, allowance: &Allowance, notes: &mut Notes) {
    notes
        .warning(codes::BAD_ALLOWANCE, format!("nothing is found that `{}` could allow", rule.code))
        .at(&allowance.rule, "it would hide the next one")
        .help("remove the allowance");
}

fn unknown(allowance: &Allowance, notes: &mut Notes) {
    let asked = &allowance.rule.value;
    let note = notes.error(codes::BAD_ALLOWANCE, format!("there is no rule `{asked}`"));
    match nearest(asked) {
        Some(near) => note.at(&allowance.rule, format!("did you mean `{near}`?")),
        None => note.at(&allowance.rule, ""),
    };
    note.help("list the rules with `rpconf rules`");
}

/// The rule whose name is near enough to what was asked.
pub fn nearest(asked: &str) -> Option<&'static str> {
    let names = RULES.iter().map(|rule| rule.code.name());
    let near = names.map(|name| (strsim::damerau_levenshtein(name, asked), name)).min()?;
    (near.0 <= near.1.len().max(6) / 3).then_some(near.1)
}
