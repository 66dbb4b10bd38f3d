//! The cases of `tests/cases/*.md`: what a user types, sees and gets, on one screen; a heading is a test.
//!
//! A file is prose with fenced blocks, and every block takes part:
//!
//! - `console`: commands after `$ `, run by `sh` in a folder of the case's own with the real program in the path, and
//!   below each what a terminal shows of it, standard output and standard error as they come. `[exit 1]` is the last
//!   line of a command that does not end with 0, and `[DIR]` is the folder.
//! - below a line that begins with a path in backticks: a file. Under `build/` or `out/` it must stand there byte by
//!   byte; any other is written.
//!
//! Blocks take effect in their order. Those above the first `##` belong to every case of the file, and so do those of
//! the files that are linked to there. `UPDATE=1 cargo test --test it cases` writes what is expected anew; read the diff.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use similar::TextDiff;

macro_rules! cases {
    ($($name:ident)*) => {
        const FILES: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { check(stringify!($name)); })*
    };
}

cases! {
    escaping
    hostile
    layers
    look
    names
    outputs
    placement
    releases
    render
    resources
    runbook
    secrets
    templates
    upgrade
    values
}

#[test]
fn every_file_is_run() {
    let mut found: Vec<String> = fs::read_dir(folder()).expect("tests/cases").flatten().filter_map(stem).collect();
    found.retain(|name| name != "common");
    found.sort_unstable();
    assert_eq!(found, FILES);
}

fn stem(entry: fs::DirEntry) -> Option<String> {
    Some(entry.file_name().to_str()?.strip_suffix(".md")?.to_string())
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
}

/// Runs every case of a file, and tells of all that fail.
fn check(name: &str) {
    let path = folder().join(name).with_extension("md");
    let text = fs::read_to_string(&path).expect("a file of cases");
    let (common, cases) = parse(&text);
    let linked: Vec<Block> =
        links(text.split("\n## ").next().unwrap_or_default()).iter().flat_map(|l| shared(l)).collect();
    let mut failures = vec![];
    let mut updates = vec![];
    for case in &cases {
        let world = World::new();
        for block in linked.iter().chain(&common).chain(&case.blocks) {
            let place = format!("tests/cases/{name}.md:{}: {}", block.start, case.heading);
            match world.take(block) {
                Ok(found) if found == block.body => {}
                Ok(found) if std::env::var_os("UPDATE").is_some() => updates.push((block.start..block.end, found)),
                Ok(found) => {
                    let diff = TextDiff::from_lines(&block.body, &found);
                    failures.push(format!("{place}\n{}", diff.unified_diff().header("expected", "found")));
                }
                Err(why) => failures.push(format!("{place}\n{why}")),
            }
        }
    }
    if !updates.is_empty() {
        fs::write(&path, rewritten(&text, &updates)).expect("a file of cases");
    }
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n"));
}

struct Case {
    heading: String,
    blocks: Vec<Block>,
}

/// A fenced block; its lines in the file are those from `start` up to `end`.
struct Block {
    /// The file's path; none for commands.
    file: Option<String>,
    body: String,
    start: usize,
    end: usize,
}

/// The blocks above the first case, and the cases.
fn parse(text: &str) -> (Vec<Block>, Vec<Case>) {
    let (mut common, mut cases): (Vec<Block>, Vec<Case>) = (vec![], vec![]);
    let mut last = "";
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            cases.push(Case { heading: heading.to_string(), blocks: vec![] });
        }
        if let Some(language) = line.strip_prefix("```") {
            let named = last.strip_prefix('`').and_then(|rest| rest.split('`').next());
            let file = named.filter(|_| language != "console").map(str::to_string);
            assert!(language == "console" || file.is_some(), "line {}: a block without a file's name", number + 1);
            let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let (start, end) = (number + 1, number + 1 + body.len());
            let body = body.iter().map(|line| format!("{line}\n")).collect();
            cases.last_mut().map_or(&mut common, |case| &mut case.blocks).push(Block { file, body, start, end });
        }
        if !line.trim().is_empty() {
            last = line;
        }
    }
    (common, cases)
}

/// The Markdown files beside it that a text links to.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| target.ends_with(".md") && !target.contains('/')).map(str::to_string).collect()
}

fn shared(link: &str) -> Vec<Block> {
    parse(&fs::read_to_string(folder().join(link)).expect("a file that is linked to")).0
}

fn rewritten(text: &str, updates: &[(Range<usize>, String)]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (mut out, mut at) = (String::new(), 0);
    for (range, body) in updates {
        lines[at..range.start].iter().for_each(|line| out += &format!("{line}\n"));
        out += body;
        at = range.end;
    }
    lines[at..].iter().for_each(|line| out += &format!("{line}\n"));
    out
}

/// The folder of a case.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Lets a block take effect, and answers what it should say.
    fn take(&self, block: &Block) -> Result<String, String> {
        let Some(file) = &block.file else {
            let commands = block.body.lines().filter_map(|line| line.strip_prefix("$ "));
            return commands.map(|command| self.run(command)).collect();
        };
        let path = self.folder.path().join(file);
        if file.starts_with("build/") || file.starts_with("out/") {
            return fs::read_to_string(path).map_err(|why| format!("{file}: {why}"));
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, &block.body).expect("a file");
        Ok(block.body.clone())
    }

    /// A command and what it shows. What no command may do is an error: to panic, to show a secret, to fail halfway.
    fn run(&self, command: &str) -> Result<String, String> {
        let before = self.targets();
        let (shown, code) = self.sh(command);
        let dir = self.folder.path().to_str().expect("a path");
        let shown = shown.replace(dir, "[DIR]");
        let mut text = format!("$ {command}\n");
        shown.trim_end().lines().for_each(|line| text += &format!("{}\n", line.trim_end()));
        if code != Some(0) {
            text += &code.map_or("[killed]\n".to_string(), |code| format!("[exit {code}]\n"));
        }
        let of_ours = command.contains("rpconf");
        if text.contains("panicked") || matches!(code, None | Some(101)) {
            return Err(format!("it panicked\n{text}"));
        }
        let may_show = command.contains("--stdout") || command.contains("--reveal") || command.contains("decrypt");
        if of_ours && !may_show && ["CANARY", "FAKE-"].iter().any(|mark| shown.contains(mark)) {
            return Err(format!("it shows a secret\n{text}"));
        }
        if command.starts_with("rpconf render") && code != Some(0) && self.targets() != before {
            return Err(format!("it failed and left other targets than there were\n{text}"));
        }
        Ok(text)
    }

    fn sh(&self, command: &str) -> (String, Option<i32>) {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let program = Path::new(env!("CARGO_BIN_EXE_rpconf")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut sh = Command::new("sh");
        sh.args(["-c", command]).current_dir(self.folder.path()).env_clear().env("PATH", path);
        sh.env("HOME", self.folder.path()).env("LC_ALL", "C.UTF-8").stdin(std::process::Stdio::null());
        sh.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let mut child = sh.spawn().expect("sh");
        // It holds the pipe's writing end, which must close for the reading end to end.
        drop(sh);
        let mut bytes = vec![];
        reader.read_to_end(&mut bytes).expect("output");
        (String::from_utf8_lossy(&bytes).into_owned(), child.wait().expect("an end").code())
    }

    /// Every file of the out folders, with its bytes.
    fn targets(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut open = vec![self.folder.path().join("build"), self.folder.path().join("out")];
        let mut found = vec![];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push(entry.path()),
                    _ => found.push((entry.path(), fs::read(entry.path()).unwrap_or_default())),
                }
            }
        }
        found.sort_unstable();
        found
    }
}
