//! The pages of the rules: what a page calls wrong is found, at the marked lines, and what it calls right is not.
//!
//! A `yaml` block is laid over env/production.yml, at the release that a line above it names (`At release 7.4.`; 9.2
//! without one). `# error` or `# warning` ends a line that the rule must name; nothing else may be found. The text under
//! "Shown as" is the report of the first block under "Wrong"; `UPDATE=1 cargo test --test it rules` writes it.

use std::collections::BTreeMap;

use rpconf::check::rules::{RULES, Rule};
use rpconf::check::{Answer, Day, Oracle, Question, Undecided};
use rpconf::diag::{Notes, Severity, SourceMap};
use rpconf::report::{self, Format, Look};
use rpconf::source::{FileError, Files};

/// The project's own files, with the document under test among them.
pub struct Overlay {
    files: BTreeMap<String, String>,
}

impl Files for Overlay {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.files.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => std::fs::read(path).map_err(|_| FileError::NotFound),
        }
    }
}

/// What checking a document brings.
pub struct Checked {
    pub notes: Notes,
    pub map: SourceMap,
    pub undecided: Undecided,
}

/// Checks a text as `env/example.yml`, beside the project's own documents.
pub fn check(text: &str) -> Checked {
    let files = Overlay { files: [("env/example.yml".to_string(), text.to_string())].into() };
    let target = rpconf::Target { environment: "example".into(), path: "env/example.yml".into(), containers: false };
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let today = Day::parse("2026-07-01").expect("a day");
    let checked = rpconf::check(&target, &files, today, &mut map, &mut notes);
    Checked { notes, map, undecided: checked.map(|(_, undecided)| undecided).unwrap_or_default() }
}

struct Block {
    text: String,
    release: String,
}

/// The fenced YAML of a section.
fn blocks(section: &str) -> Vec<Block> {
    let mut release = "9.2".to_string();
    let mut found = vec![];
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.split("At release ").nth(1) {
            release = rest.split_whitespace().next().expect("a release").trim_end_matches(['.', ':', ',']).to_string();
        }
        if line == "```yaml" {
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            found.push(Block { text: body, release: release.clone() });
        }
    }
    found
}

impl Block {
    /// The whole document: what the block does not say follows it, so that its lines keep their numbers.
    fn document(&self) -> String {
        let mut text = self.text.clone();
        let has = |key: &str| self.text.lines().any(|line| line.starts_with(key));
        if !has("extends:") {
            text += "extends: production\n";
        }
        if !has("release:") {
            text += &format!("release: \"{}\"\n", self.release);
        }
        text
    }

    /// The marked lines.
    fn marks(&self) -> Vec<(usize, Severity)> {
        let mark = |line: &str| match line.rsplit_once("# ").map(|(_, mark)| mark) {
            Some("error") => Some(Severity::Error),
            Some("warning") => Some(Severity::Warning),
            Some("info") => Some(Severity::Info),
            _ => None,
        };
        self.text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, mark(line)?))).collect()
    }
}

/// The findings as lines of the block, with code and severity; those at other files' lines have none.
fn found(checked: &Checked) -> Vec<(usize, Severity, &'static str, String)> {
    let mut found: Vec<_> = checked
        .notes
        .sorted()
        .into_iter()
        .map(|d| {
            let here = d.primary().filter(|span| checked.map.name(span.file) == "env/example.yml");
            let line = here.map_or(0, |span| checked.map.place(span).line);
            (line, d.severity, d.code.name(), d.message.clone())
        })
        .collect();
    found.dedup_by_key(|(line, severity, code, _)| (*line, *severity, *code));
    found
}

fn judge(rule: &Rule, failures: &mut Vec<String>) -> Option<String> {
    let name = rule.code.name();
    let mut shown = None;
    let wrong = blocks(rule.page.section("Wrong").unwrap_or(""));
    if wrong.is_empty() || wrong.iter().any(|block| block.marks().is_empty()) {
        failures.push(format!("{name}: no block under `Wrong`, or one without a marked line"));
    }
    for block in &wrong {
        let checked = check(&block.document());
        let found = found(&checked);
        let lines: Vec<(usize, Severity)> = found.iter().map(|(line, severity, ..)| (*line, *severity)).collect();
        let bad = |code: &str, severity: Severity| code != name && severity != Severity::Info;
        if lines
            .iter()
            .filter(|(_, s)| *s != Severity::Info || block.marks().iter().any(|(_, m)| m == s))
            .copied()
            .collect::<Vec<_>>()
            != block.marks()
            || found.iter().any(|(_, severity, code, _)| bad(code, *severity))
        {
            failures.push(format!("{name}, wrong at {}:\n{}found {found:#?}", block.release, block.text));
        }
        shown.get_or_insert_with(|| {
            report::render(Format::Human, &checked.notes, &checked.map, &Look::default()).trim_end().to_string()
        });
    }
    let right = blocks(rule.page.section("Right").unwrap_or(""));
    if right.is_empty() {
        failures.push(format!("{name}: no block under `Right`"));
    }
    for block in right {
        let found = found(&check(&block.document()));
        if found.iter().any(|(_, severity, code, _)| *severity != Severity::Info || *code == name) {
            failures.push(format!("{name}, right at {}:\n{}found {found:#?}", block.release, block.text));
        }
    }
    shown
}

#[test]
fn pages_are_true() {
    let mut failures = vec![];
    for rule in RULES {
        let name = rule.code.name();
        let shown = judge(rule, &mut failures).unwrap_or_default();
        let shown: String = shown.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let (head, _) = rule.page.text.split_once("\n## Shown as\n").expect("a heading `Shown as`");
        let text = format!("{head}\n## Shown as\n\n```text\n{shown}```\n");
        if text != rule.page.text {
            if std::env::var_os("UPDATE").is_some() {
                let path = format!("src/check/rules/{}.md", name.replace('-', "_"));
                std::fs::write(path, text).expect("a page");
            } else {
                failures.push(format!("{name}: shown otherwise; run `UPDATE=1 cargo test --test it rules`\n{shown}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn clean_documents_stay_clean() {
    let production = std::fs::read_to_string("env/production.yml").expect("production");
    let demo = std::fs::read_to_string("env/demo.yml").expect("demo");
    let releases = ["5.2", "6.4", "7.0", "7.4", "8.0", "8.2", "9.0", "9.2", "10.0", "10.2", "26.0", "26.2"];
    let documents = releases.iter().map(|release| at(&production, release));
    for text in documents.chain([demo]) {
        let checked = check(&text);
        let bad: Vec<_> = found(&checked).into_iter().filter(|(_, severity, ..)| *severity != Severity::Info).collect();
        assert!(bad.is_empty(), "{}: {bad:#?}", text.lines().find(|line| line.starts_with("release")).unwrap_or(""));
    }
}

/// A document at another release.
pub fn at(text: &str, release: &str) -> String {
    let line = |line: &str| match line.starts_with("release:") {
        true => format!("release: \"{release}\"\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn what_only_a_vault_knows_is_left_open() {
    let production = std::fs::read_to_string("env/production.yml").expect("production");
    assert_eq!(check(&production).undecided.rules, ["secret-default", "secret-reuse"]);
}

/// Counts what it is asked, and knows nothing.
#[derive(Default)]
struct Counting {
    asked: std::cell::Cell<usize>,
}

impl Oracle for Counting {
    fn ask(&self, _: &Question<'_>) -> Answer {
        self.asked.set(self.asked.get() + 1);
        Answer::Unknown
    }
}

#[test]
fn twice_the_machines_are_twice_the_questions() {
    let asked = |machines: usize| {
        let hosts: String = (0..machines)
            .map(|n| format!("  w{n}: {{internal: 10.9.0.{}, services: [courier, archiver]}}\n", n + 20))
            .collect();
        let text = format!("extends: production\nrelease: \"9.2\"\nhosts:\n{hosts}");
        let files = Overlay { files: [("env/example.yml".to_string(), text)].into() };
        let target =
            rpconf::Target { environment: "example".into(), path: "env/example.yml".into(), containers: false };
        let plan = rpconf::compile(&target, &files, &mut SourceMap::default(), &mut Notes::default()).expect("a plan");
        let oracle = Counting::default();
        rpconf::check::run(&plan, &oracle, Day::parse("2026-07-01").expect("a day"), &mut Notes::default());
        oracle.asked.get()
    };
    let (few, many) = (asked(50), asked(100));
    assert!(few > 0 && many <= 2 * few + 100, "{few} for 50 machines, {many} for 100");
}
