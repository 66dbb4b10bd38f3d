//! Renderings of diagnostics. Pure: findings and the texts that they point into, to a string.

mod clean;
mod github;
mod human;
mod json;
mod mask;
mod places;
mod sarif;
mod secrecy;
#[cfg(test)]
mod tests;

use crate::diag::{Notes, Severity, SourceMap, Span};

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, with source lines.
    Human,
    /// For programs, an array.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// How a report looks, and what it must not show.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Whether people's reports have colours.
    pub colour: bool,
    /// The columns that people's reports may take; longer source lines are cut.
    pub width: usize,
    /// Places of secrets, besides those that names and forms betray.
    pub hidden: &'a [Span],
    /// The manual's pages on findings, by the name of the code, for reports that carry them.
    pub pages: &'a [Page<'a>],
}

/// What the manual says of a finding.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The code's name.
    pub name: &'a str,
    /// One sentence.
    pub summary: &'a str,
    /// The whole page, in Markdown.
    pub text: &'a str,
}

impl Default for Look<'_> {
    fn default() -> Self {
        Self { colour: false, width: 140, hidden: &[], pages: &[] }
    }
}

/// All findings in one format, in the order of [`Notes::sorted`].
pub fn render(format: Format, notes: &Notes, map: &SourceMap, look: &Look<'_>) -> String {
    match format {
        Format::Human => human::render(notes, map, look),
        Format::Json => json::render(notes, map, look.hidden),
        Format::Sarif => sarif::render(notes, map, look),
        Format::Github => github::render(notes, map, look.hidden),
    }
}

/// One line that counts the findings, as in `2 errors, 1 warning in env/production.yml`.
pub fn summary(notes: &Notes, name: &str) -> String {
    let sorted = notes.sorted();
    let count = |severity: Severity, many: &str| {
        let n = sorted.iter().filter(|d| d.severity == severity).count();
        (n > 0).then(|| format!("{n} {}", if n == 1 { severity.word() } else { many }))
    };
    let counts = [(Severity::Error, "errors"), (Severity::Warning, "warnings"), (Severity::Info, "infos")];
    let counts: Vec<String> = counts.into_iter().filter_map(|(severity, many)| count(severity, many)).collect();
    let counts = if counts.is_empty() { "nothing to report".to_owned() } else { counts.join(", ") };
    format!("{counts} in {}", clean::clean(name))
}

/// JSON that is safe to print: serde escapes control characters up to U+001F, here the others follow.
fn to_json(value: &impl serde::Serialize) -> String {
    // Strings, numbers and structs always serialise.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe.push('\n');
    safe
}
