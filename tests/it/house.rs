//! The rules of the house (ARCHITECTURE.md), as tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Who may know whom among the stages. `cli` and the pipeline's own files know everyone.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("source", &["diag"]),
    ("model", &["diag"]),
    ("catalog", &["model"]),
    ("schema", &["catalog", "diag", "model", "source"]),
    ("compile", &["catalog", "diag", "model", "source"]),
    ("vault", &["diag", "model", "source"]),
    ("link", &["diag", "model", "vault"]),
    ("emit", &["model"]),
    ("deliver", &["model"]),
    ("report", &["diag"]),
];

/// The longest that a file may be, its tests taken off.
const LONGEST: usize = 500;
/// What half of the files stay within.
const MEDIAN: usize = 150;

fn sources(folder: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (vec![], vec![PathBuf::from(folder)]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            match (path.is_dir(), path.extension().is_some_and(|end| end == "rs")) {
                (true, _) => open.push(path),
                (false, true) => found.push(path),
                (false, false) => {}
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether a file is declared as a test module by its parent.
fn is_test_module(path: &Path) -> bool {
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().expect("a folder");
    let in_test_folder = folder.file_name().is_some_and(|name| name == "tests");
    let beside = [folder.join("mod.rs"), folder.with_extension("rs"), folder.join("lib.rs")];
    let parent = beside.iter().find(|parent| parent.exists() && *parent != path);
    let declared = parent.is_some_and(|parent| {
        let text = text(parent);
        let at = text.find(&format!("mod {name};"));
        at.is_some_and(|at| {
            text[..at]
                .trim_end()
                .lines()
                .rev()
                .take_while(|l| l.trim().starts_with("#["))
                .any(|l| l.contains("cfg(test)"))
        })
    });
    declared || in_test_folder || name == "tests"
}

/// A file without its test module.
fn code(path: &Path) -> String {
    let text = text(path);
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_string()
}

#[test]
fn every_file_begins_with_what_it_is_about() {
    let silent: Vec<PathBuf> = ["src", "tests/it", "build"]
        .iter()
        .flat_map(|f| sources(f))
        .filter(|path| !text(path).starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "no `//!` on the first line: {silent:?}");
}

#[test]
fn files_stay_small() {
    let mut lengths: Vec<(usize, PathBuf)> = sources("src")
        .into_iter()
        .filter(|path| !is_test_module(path))
        .map(|path| (code(&path).lines().count(), path))
        .collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= MEDIAN, "the median file has {median} lines");
}

#[test]
fn stages_know_whom_they_may() {
    let stages: BTreeSet<&str> = MAY_KNOW.iter().map(|(stage, _)| *stage).collect();
    let mut wrong = vec![];
    for (stage, known) in MAY_KNOW {
        for path in sources(&format!("src/{stage}")).iter().filter(|path| !is_test_module(path)) {
            let code = code(path);
            let named =
                code.split("crate::").skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            for other in named.flatten().filter(|other| *other != *stage && (stages.contains(other) || *other == "cli"))
            {
                if !known.contains(&other) {
                    wrong.push(format!("{} knows {other}", path.display()));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every function that opens a secret, in a list that shows a new one in review.
#[test]
fn openers_of_secrets_are_known() {
    let mut openers = vec![];
    for path in sources("src").iter().filter(|path| !is_test_module(path)) {
        let code = code(path);
        let mut function = String::new();
        for line in code.lines() {
            if let Some((_, rest)) = line.split_once("fn ").filter(|(before, _)| !before.contains("//")) {
                function = rest.split(['(', '<']).next().unwrap_or_default().to_string();
            }
            if line.contains(".expose()") {
                openers.push(format!("{} {function}", path.display()));
            }
        }
    }
    openers.sort();
    openers.dedup();
    let found = openers.join("\n") + "\n";
    let list = "tests/it/openers.txt";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(list, &found).expect("the list");
    }
    let known = std::fs::read_to_string(list).unwrap_or_default();
    assert!(
        found == known,
        "the openers of secrets changed; review them, then UPDATE=1 cargo test --test it house\n{found}"
    );
}

#[test]
fn every_integration_test_and_case_is_run() {
    let main = text(Path::new("tests/it/main.rs"));
    for path in sources("tests/it") {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "{name} is in no binary");
    }
    let cases = text(Path::new("tests/it/cases.rs"));
    for entry in std::fs::read_dir("tests/cases").expect("cases").flatten() {
        let name = entry.file_name().to_string_lossy().trim_end_matches(".md").to_string();
        assert!(name == "common" || cases.contains(&name), "tests/cases/{name}.md is run by nothing");
    }
}

#[test]
fn only_the_ui_prints() {
    let printing: Vec<PathBuf> = sources("src")
        .into_iter()
        .filter(|path| !is_test_module(path) && !path.ends_with("cli/ui.rs"))
        .filter(|path| ["println!", "eprintln!", "print!(", "dbg!("].iter().any(|print| code(path).contains(print)))
        .collect();
    assert!(printing.is_empty(), "{printing:?}");
}
