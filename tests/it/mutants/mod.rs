//! Clean documents, each broken in one way that a person would break it: `check` must name the broken line.
//!
//! The mutants are made of the documents' own lines, of the catalog and of the rules, without chance. A mutant counts as
//! caught when an error or a warning has a label on its line; what was taken out is looked for at its section. Misses
//! are known by name: `accepted.txt` has each with the reason why no check can tell it from a document that is meant so.
//! `MUTANTS=all` tries every one, which takes minutes.

mod document;
mod letters;
mod settings;
mod syntax;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use rpconf::diag::{Diagnostic, Severity};

use super::rules::{Checked, check};

/// A document broken in one place.
pub struct Mutant {
    /// Document, place and kind, as in `production 7.4 resources.redis.port: letter for digit`: the words of its miss.
    name: String,
    /// The kind by itself.
    kind: &'static str,
    text: String,
    expect: Expect,
}

/// What a report must name.
enum Expect {
    /// A line, from 1.
    Line(usize),
    /// Some line of a section.
    Section(std::ops::Range<usize>),
    /// A key of the top level that is gone.
    Key(String),
}

impl Mutant {
    fn caught(&self, checked: &Checked, primary: bool) -> bool {
        let named = |d: &Diagnostic, lines: std::ops::Range<usize>| {
            let labels = d.labels.iter().take(if primary { 1 } else { usize::MAX });
            let mut here = labels.filter(|label| checked.map.name(label.span.file) == "env/example.yml");
            here.any(|label| lines.contains(&checked.map.place(label.span).line))
        };
        let here = |d: &Diagnostic| match &self.expect {
            Expect::Line(line) => named(d, *line..*line + 1),
            Expect::Section(lines) => named(d, lines.clone()),
            Expect::Key(key) => d.help.iter().chain([&d.message]).any(|text| text.contains(&format!("`{key}`"))),
        };
        checked.notes.iter().any(|d| d.severity != Severity::Info && here(d))
    }
}

/// Every mutant, each once.
fn mutants() -> Vec<Mutant> {
    let mut found = vec![];
    for document in document::all() {
        letters::break_in(&document, &mut found);
        values::break_in(&document, &mut found);
        syntax::break_in(&document, &mut found);
        settings::break_in(&document, &mut found);
        found.retain(|mutant| mutant.text != document.text);
    }
    let mut known = BTreeSet::new();
    found.retain(|mutant| known.insert(mutant.text.clone()));
    if std::env::var_os("MUTANTS").is_some() {
        return found;
    }
    // One kind of slip at one place says much the same in each document: it is taken from one of them, another each
    // time, and of those every fifth.
    let mut places: BTreeMap<(&str, String), Vec<Mutant>> = BTreeMap::new();
    for mutant in found {
        let place = mutant.name.splitn(3, ' ').nth(2).unwrap_or_default().to_string();
        places.entry((mutant.kind, place)).or_default().push(mutant);
    }
    let taken = places.into_values().enumerate().filter(|(at, _)| at % 5 == 0);
    let mut chosen: Vec<Mutant> = taken.map(|(at, mut alike)| alike.swap_remove(at / 5 % alike.len())).collect();
    // Some slips change nothing that YAML sees.
    let clean: BTreeSet<String> = document::all().iter().filter_map(|it| document::meaning(&it.text)).collect();
    let harmless = |text: &str| document::meaning(text).is_some_and(|text| clean.contains(&text));
    chosen.retain(|mutant| !(mutant.kind.contains("blank") && harmless(&mutant.text)));
    chosen
}

/// The misses that are accepted, with their reasons.
fn accepted() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("accepted.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"))).collect()
}

#[test]
fn clean_documents_have_no_error_and_no_warning() {
    for document in document::all() {
        let checked = check(&document.text);
        let bad: Vec<_> = checked.notes.iter().filter(|d| d.severity != Severity::Info).map(|d| &d.message).collect();
        assert!(bad.is_empty(), "{}: {bad:#?}", document.name);
    }
}

#[test]
fn the_broken_line_is_named() {
    let mutants = mutants();
    let (mut caught, mut first, mut missed) = (0, 0, vec![]);
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for mutant in &mutants {
        let checked = check(&mutant.text);
        let hit = mutant.caught(&checked, false);
        first += usize::from(mutant.caught(&checked, true));
        caught += usize::from(hit);
        let kind = kinds.entry(mutant.kind).or_default();
        *kind = (kind.0 + usize::from(hit), kind.1 + 1);
        if !hit {
            missed.push(mutant.name.as_str());
        }
    }
    let share = |n: usize| n as f64 * 100.0 / mutants.len() as f64;
    println!("{} mutants, {caught} caught ({:.1} %), {first} of them by the first label", mutants.len(), share(caught));
    for (kind, (hit, all)) in &kinds {
        println!("  {hit:4} of {all:4}  {kind}");
    }
    println!("missed:\n  {}", missed.join("\n  "));
    let accepted = accepted();
    let unknown: Vec<_> = missed.iter().filter(|name| !accepted.contains_key(**name)).collect();
    let stale: Vec<_> = accepted.keys().filter(|name| !missed.contains(*name)).collect();
    assert!(share(caught) >= 95.0, "{:.1} % are caught", share(caught));
    assert!(unknown.is_empty(), "missed, and not in accepted.txt: {unknown:#?}");
    assert!(stale.is_empty(), "in accepted.txt, and caught or no mutant: {stale:#?}");
}
