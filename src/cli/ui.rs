//! Who may write where: results to standard output, everything else to standard error. No other file prints.

#![expect(clippy::disallowed_methods, reason = "this is where everything is printed")]

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use super::env;
use super::exit::{Exit, Failure};
use crate::check::rules::{RULES, Rule};
use crate::diag::{Notes, SourceMap};
use crate::report::{self, Format, Look, Page};
use crate::vault::connect::Exchange;

/// How colour is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// To the start of the line, and away with what stands there.
const ERASE: &str = "\r\x1b[K";

/// The terminal, or what stands in its place.
pub struct Ui {
    colour: Colour,
    quiet: bool,
    verbose: u8,
    progress: bool,
    /// Whether a line of progress stands there now.
    standing: Cell<bool>,
}

impl Ui {
    /// Output as the global options want it. A line of progress is for a person who waits for text: not for a program
    /// that reads JSON, and not between the lines of `-v`.
    pub fn new(colour: Colour, quiet: bool, verbose: u8, json: bool) -> Self {
        let progress = !quiet && !json && verbose == 0 && io::stderr().is_terminal();
        Self { colour, quiet, verbose, progress, standing: Cell::new(false) }
    }

    /// How much more is told, 0 to 2.
    pub fn verbosity(&self) -> u8 {
        self.verbose
    }

    /// Whether a line of progress may be shown.
    pub fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Puts a line of progress in the place of the last one; an empty one leaves nothing.
    pub fn progress(&self, text: &str) {
        // A line that wraps could not be taken away again.
        let text: String = plain(text).chars().take(columns().saturating_sub(1)).collect();
        self.standing.set(!text.is_empty());
        let _ = io::stderr().lock().write_all(format!("{ERASE}{text}").as_bytes());
    }

    /// Writes a result to standard output.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Writes a result that may not be text.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.erase();
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::file("standard output", error),
        })
    }

    /// Tells something that is not the result.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Tells of a warning.
    pub fn warn(&self, text: &str) {
        self.line(&format!("warning: {}", plain(text)));
    }

    /// Tells of something that keeps a command from its work, and lets it go on with the rest.
    pub fn error(&self, text: &str) {
        self.line(&format!("error: {}", plain(text)));
    }

    /// Tells why a command failed, and how it ends.
    pub fn fail(&self, failure: &Failure) -> Exit {
        if !matches!(failure, Failure::Closed) {
            self.error(&failure.to_string());
            if let Some(help) = failure.help() {
                self.line(&format!("help: {help}"));
            }
        }
        failure.exit()
    }

    /// Reports findings to standard error, for a person.
    pub fn findings(&self, notes: &Notes, map: &SourceMap) {
        let shown = if self.quiet { errors(notes) } else { notes.clone() };
        if !shown.is_empty() {
            let text = report::render(Format::Human, &shown, map, &self.look(io::stderr().is_terminal()));
            self.raw(&text);
        }
    }

    /// Findings as a result, in a format.
    pub fn report(&self, format: Format, notes: &Notes, map: &SourceMap) -> Result<(), Failure> {
        let page =
            |rule: &'static Rule| Page { name: rule.code.name(), summary: rule.page.summary(), text: rule.page.text };
        let pages: Vec<Page<'_>> = RULES.iter().map(page).collect();
        let look = Look { pages: &pages, ..self.look(io::stdout().is_terminal()) };
        let text = report::render(format, notes, map, &look);
        self.result(&text)
    }

    /// Whether standard output is a terminal, where a secret would stay on the screen.
    pub fn shows_results(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn look(&self, terminal: bool) -> Look<'static> {
        let colour = match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && env::text("NO_COLOR").is_none(),
        };
        let columns = env::text("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns.filter(|columns| (40..=400).contains(columns)).unwrap_or(Look::default().width);
        Look { colour, width, ..Look::default() }
    }

    fn line(&self, text: &str) {
        self.raw(&format!("{text}\n"));
    }

    /// Standard error may be closed; then there is nobody to tell.
    fn raw(&self, text: &str) {
        self.erase();
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Takes a line of progress away, so that nothing is written behind it.
    fn erase(&self) {
        if self.standing.replace(false) {
            let _ = io::stderr().lock().write_all(ERASE.as_bytes());
        }
    }
}

/// The width of the terminal; one that does not tell has 80.
fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stderr());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}

fn errors(notes: &Notes) -> Notes {
    let mut only = Notes::default();
    notes.iter().filter(|d| d.severity == crate::diag::Severity::Error).for_each(|d| only.push(d.clone()));
    only
}

/// Control characters could move the cursor: names of files and vaults come from outside.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Tells of one request, for `-v`: method, path, status and time; never a header or a body.
pub fn exchange(exchange: &Exchange) {
    let status = exchange.status.map_or_else(|| "no answer".to_string(), |status| status.to_string());
    let again = if exchange.attempt > 1 { format!(" (attempt {})", exchange.attempt) } else { String::new() };
    let (method, path, time) = (&exchange.method, plain(&exchange.path), exchange.time.as_millis());
    let _ = writeln!(io::stderr().lock(), "{method} {path} {status} {time} ms{again}");
}

/// Tells of each request where `-v` asks for it.
pub fn observer(ui: &Ui) -> impl Fn(&Exchange) + 'static {
    let talk = ui.verbosity() > 0;
    move |told| {
        if talk {
            exchange(told);
        }
    }
}
