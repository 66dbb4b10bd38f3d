//! For programs: one array, the same fields whatever was found.

use serde::Serialize;

use super::places::{Region, Shown, region};
use crate::diag::{Diagnostic, Fix, Notes, SourceMap, Span};

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    places: Vec<Place<'a>>,
    help: &'a [String],
    fixes: Vec<FixView<'a>>,
}

/// Lines and columns count from 1, columns in characters; the end is one past the last character.
#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    label: &'a str,
}

#[derive(Serialize)]
struct FixView<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditView<'a>>,
}

/// Offsets are bytes.
#[derive(Serialize)]
struct EditView<'a> {
    file: &'a str,
    start: u32,
    end: u32,
    text: &'a str,
}

/// The array, indented, with a line break at its end.
pub(super) fn render(notes: &Notes, map: &SourceMap, hidden: &[Span]) -> String {
    let mut shown = Shown::new(map, hidden);
    let findings: Vec<Finding<'_>> = notes.sorted().into_iter().map(|d| finding(d, map, &mut shown)).collect();
    super::to_json(&findings)
}

fn finding<'a>(d: &'a Diagnostic, map: &'a SourceMap, shown: &mut Shown<'_>) -> Finding<'a> {
    let place = |span: Span, label: &'a str| {
        let Region { line, column, end_line, end_column } = region(map, span);
        Place { file: map.name(span.file), line, column, end_line, end_column, label }
    };
    Finding {
        code: d.code.name(),
        severity: d.severity.word(),
        message: &d.message,
        places: d.labels.iter().map(|label| place(label.span, &label.text)).collect(),
        help: &d.help,
        fixes: d.fixes.iter().map(|f| fix(f, map, shown)).collect(),
    }
}

/// A fix on a line that holds a secret is named without its edits, which would repeat the secret.
fn fix<'a>(fix: &'a Fix, map: &'a SourceMap, shown: &mut Shown<'_>) -> FixView<'a> {
    let view = |edit: &'a crate::diag::Edit| EditView {
        file: map.name(edit.span.file),
        start: edit.span.start,
        end: edit.span.end,
        text: &edit.text,
    };
    let edits = if shown.tells_nothing(fix) { fix.edits.iter().map(view).collect() } else { vec![] };
    FixView { title: &fix.title, safe: fix.safe, edits }
}
