//! Annotations for GitHub Actions: workflow commands, one a line.

use super::places::{Shown, region};
use crate::diag::{Diagnostic, Notes, Severity, SourceMap, Span};

/// `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`
pub(super) fn render(notes: &Notes, map: &SourceMap, hidden: &[Span]) -> String {
    let mut shown = Shown::new(map, hidden);
    notes.sorted().into_iter().map(|diagnostic| command(diagnostic, map, &mut shown)).collect()
}

fn command(diagnostic: &Diagnostic, map: &SourceMap, shown: &mut Shown<'_>) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = String::new();
    if let Some(span) = diagnostic.primary() {
        let at = region(map, span);
        properties = format!("file={},line={}", property(map.name(span.file)), at.line);
        // GitHub ignores columns of annotations over several lines.
        properties += &if at.line == at.end_line {
            format!(",col={},endColumn={},", at.column, at.end_column)
        } else {
            format!(",endLine={},", at.end_line)
        };
    }
    let label = diagnostic.labels.first().map(|label| label.text.as_str()).filter(|text| !text.is_empty());
    let lines: Vec<&str> = std::iter::once(diagnostic.message.as_str())
        .chain(label)
        .chain(diagnostic.help.iter().map(String::as_str))
        .chain(diagnostic.fixes.iter().filter(|fix| shown.tells_nothing(fix)).map(|fix| fix.title.as_str()))
        .collect();
    format!("::{level} {properties}title={}::{}\n", property(diagnostic.code.name()), data(&lines.join("\n")))
}

/// What stands behind the second `::`; the runner undoes exactly these three. Other control characters would reach the
/// log's reader as they are.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    super::clean::clean(&text)
}

/// A property's value, which besides may hold neither `:` nor `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
