//! The rules of the house (ARCHITECTURE.md), as tests.

use std::path::{Path, PathBuf};

/// Who may know whom among the stages, each only some above it: there are no circles. `cli` knows everyone, the
/// pipeline's own files everyone but `cli`.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("source", &["diag"]),
    ("model", &["diag"]),
    ("catalog", &["model"]),
    ("schema", &["catalog", "diag", "model", "source"]),
    ("compile", &["catalog", "diag", "model", "source"]),
    ("vault", &["diag", "model", "source"]),
    ("provision", &["catalog", "diag", "model", "vault"]),
    ("check", &["catalog", "diag", "model"]),
    ("upgrade", &["catalog", "check", "compile", "diag", "model", "schema", "source"]),
    ("link", &["check", "diag", "model", "vault"]),
    ("emit", &["model"]),
    ("run", &["emit", "link", "model", "vault"]),
    ("deliver", &["model"]),
    ("rotate", &["diag", "model", "vault"]),
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

/// Whether a file is declared as a test module by its parent, or the folder that it is in is.
fn is_test_module(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().expect("a folder");
    let in_folder = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (name, folder) = if stem == "mod" { (in_folder, folder.parent().unwrap_or(folder)) } else { (stem, folder) };
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
    let inside = stem != "mod" && folder.join("mod.rs").exists() && is_test_module(&folder.join("mod.rs"));
    declared || inside || in_folder == "tests" || name == "tests"
}

/// A file without its test module.
fn code(path: &Path) -> String {
    let text = text(path);
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_string()
}

#[test]
fn every_file_begins_with_what_it_is_about() {
    let silent: Vec<PathBuf> = ["src", "tests/it", "schema/build"]
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

/// What a file names of the crate beyond its own module: after `crate::`, or by as many `super::` as lead to the root.
fn named(path: &Path, code: &str) -> Vec<String> {
    let below = path.strip_prefix("src").expect("a source file");
    let is_folder = below.ends_with("mod.rs");
    let root = "super::".repeat(below.components().count() - usize::from(is_folder));
    let name = |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_string);
    ["crate::", root.as_str()].iter().flat_map(|start| code.split(start).skip(1)).filter_map(name).collect()
}

#[test]
fn stages_know_whom_they_may() {
    let mut wrong = vec![];
    for (at, (stage, known)) in MAY_KNOW.iter().enumerate() {
        let above: Vec<&str> = MAY_KNOW[..at].iter().map(|(stage, _)| *stage).collect();
        wrong.extend(known.iter().filter(|k| !above.contains(k)).map(|k| format!("{stage} stands above {k}")));
        for path in sources(&format!("src/{stage}")).iter().filter(|path| !is_test_module(path)) {
            for other in named(path, &code(path)).iter().filter(|other| other != stage) {
                if !known.contains(&other.as_str()) {
                    wrong.push(format!("{} knows `{other}`", path.display()));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_is_a_stage_with_its_place() {
    let mut folders = vec![];
    for entry in std::fs::read_dir("src").expect("src").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            folders.push(name);
        } else if name != "main.rs" {
            let code = code(&path);
            assert!(!code.contains("crate::cli"), "the pipeline knows the command line: {}", path.display());
        }
    }
    folders.retain(|name| name != "cli");
    folders.sort();
    let mut stages: Vec<&str> = MAY_KNOW.iter().map(|(stage, _)| *stage).collect();
    stages.sort_unstable();
    assert_eq!(folders, stages, "who may know whom is told of each folder of src");
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
            if line.contains(".expose()") || line.contains("::expose") {
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
    let modules = text(Path::new("tests/it/main.rs")) + &text(Path::new("tests/it/parts/mod.rs"));
    for path in sources("tests/it") {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
        let folder = path.parent().expect("a folder").join("mod.rs");
        let (name, list) = match name == "mod" {
            true => {
                let folder = path.parent().and_then(Path::file_name).expect("a name");
                (folder.to_string_lossy().to_string(), modules.clone())
            }
            false => (name, if folder.exists() { text(&folder) } else { modules.clone() }),
        };
        assert!(name == "main" || list.contains(&format!("mod {name};")), "{name} is in no binary");
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

/// An exception for a whole file would let one more secret be opened there without a reason.
#[test]
fn whole_files_that_touch_the_world_open_no_secret() {
    for path in sources("src") {
        let code = code(&path);
        let whole = code.contains("#![expect(clippy::disallowed_methods") || code.contains("#![allow(clippy::dis");
        assert!(!whole || path.ends_with("lib.rs") || !code.contains("expose"), "{}", path.display());
    }
}

#[test]
fn no_test_is_switched_off() {
    let attribute = concat!("#[", "ignore");
    let off: Vec<PathBuf> = ["src", "tests", "schema"]
        .iter()
        .flat_map(|f| sources(f))
        .filter(|path| text(path).contains(attribute))
        .collect();
    assert!(off.is_empty(), "{off:?}");
}

/// Scripts and vaults of the tests, each named by a test or imported by a script.
#[test]
fn what_tests_read_is_read() {
    let tests: String = sources("tests/it").iter().chain(&sources("src")).map(|path| text(path)).collect();
    let scripts: String = std::fs::read_dir("tests/consumers")
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .map(|path| text(&path))
        .collect();
    for folder in ["tests/consumers", "tests/vaults"] {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.path().is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let (stem, _) = name.split_once('.').expect("an ending");
            let imported = format!("import {stem}");
            assert!(
                tests.contains(&name) || tests.contains(&format!("\"{stem}\"")) || scripts.contains(&imported),
                "{folder}/{name} is read by nothing"
            );
        }
    }
}

/// The repository stands alone: no path of a machine, no host of a registry.
#[test]
fn nothing_points_outside() {
    /// Git's, cargo's and a render's.
    const OTHERS: [&str; 4] = ["./.git", "./target", "./Cargo.lock", "./build"];
    let outside = [
        concat!("../", "shared"),
        concat!("/wo", "rk/"),
        concat!("/fa", "rm/"),
        concat!("/ho", "me/runner"),
        concat!("crates", ".io"),
        concat!("pypi", ".org"),
        concat!("npmjs", ".org"),
        concat!("debian", ".org"),
    ];
    let (mut found, mut open) = (vec![], vec![PathBuf::from(".")]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            if OTHERS.iter().any(|other| path == Path::new(other)) {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.extend(outside.iter().filter(|o| text.contains(**o)).map(|o| format!("{}: {o}", path.display())));
            }
        }
    }
    found.sort();
    assert!(found.is_empty(), "{found:#?}");
}
