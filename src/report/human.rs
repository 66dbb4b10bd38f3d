//! For people, in the manner of rustc.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::Look;
use super::clean::clean;
use super::places::{Shown, first_line};
use crate::diag::{Diagnostic, FileId, Fix, Notes, Severity, SourceMap};

/// Findings that are printed; more would bury the first ones.
const MAX_PRINTED: usize = 100;

/// Each finding with its source lines, an empty line after each.
pub(super) fn render(notes: &Notes, map: &SourceMap, look: &Look<'_>) -> String {
    let renderer = if look.colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let renderer = renderer.term_width(look.width);
    let mut shown = Shown::new(map, look.hidden);
    let all = notes.sorted();
    let mut text = String::new();
    for diagnostic in all.iter().take(MAX_PRINTED) {
        text.push_str(&renderer.render(&report(diagnostic, map, &mut shown)));
        text.push_str("\n\n");
    }
    match all.len().saturating_sub(MAX_PRINTED) {
        0 => {}
        more => text.push_str(&format!("and {more} more, which are not shown\n\n")),
    }
    text
}

fn report(diagnostic: &Diagnostic, map: &SourceMap, shown: &mut Shown<'_>) -> Vec<Group<'static>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut main = Group::with_title(level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.name()));
    let mut files: Vec<FileId> = vec![];
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    for file in files {
        main = source(main, diagnostic, file, map, shown);
    }
    for help in &diagnostic.help {
        main = main.element(Level::HELP.message(clean(help)));
    }
    let mut groups = vec![main];
    for fix in &diagnostic.fixes {
        match patch(fix, map, shown) {
            Some(group) => groups.push(group),
            None => groups.push(Group::with_title(Level::HELP.secondary_title(clean(&fix.title)))),
        }
    }
    groups
}

/// The lines of one file, with its labels.
fn source(
    group: Group<'static>,
    diagnostic: &Diagnostic,
    file: FileId,
    map: &SourceMap,
    shown: &mut Shown<'_>,
) -> Group<'static> {
    let labels: Vec<_> = diagnostic
        .labels
        .iter()
        .enumerate()
        .filter(|(_, label)| label.span.file == file)
        .map(|(i, label)| (i, first_line(map, label.span), clean(&label.text)))
        .collect();
    let spans: Vec<_> = labels.iter().map(|(_, span, _)| span.clone()).collect();
    let window = shown.window(file, &spans);
    let name = clean(map.name(file));
    // Without text there is no line to print, only a place to name.
    if window.text.is_empty() && map.text(file).is_empty() {
        return group.element(Origin::path(name));
    }
    let annotations: Vec<_> = labels
        .into_iter()
        .map(|(i, span, text)| {
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(window.range(&span)).label(Some(text).filter(|text| !text.is_empty()))
        })
        .collect();
    let snippet = Snippet::source(window.text.to_owned()).line_start(window.line).path(name);
    group.element(snippet.annotations(annotations))
}

/// A fix as the lines before and after it; nothing when these would tell a secret.
fn patch(fix: &Fix, map: &SourceMap, shown: &mut Shown<'_>) -> Option<Group<'static>> {
    let file = fix.edits.first()?.span.file;
    let fits = fix.edits.iter().all(|edit| edit.span.file == file && map.text(file).get(edit.span.range()).is_some());
    if !fits || !shown.tells_nothing(fix) {
        return None;
    }
    let spans: Vec<_> = fix.edits.iter().map(|edit| edit.span.range()).collect();
    let window = shown.window(file, &spans);
    let patches: Vec<_> =
        fix.edits.iter().map(|edit| Patch::new(window.range(&edit.span.range()), edit.text.clone())).collect();
    let snippet = Snippet::source(window.text.to_owned()).line_start(window.line).path(clean(map.name(file)));
    Some(Level::HELP.secondary_title(clean(&fix.title)).element(snippet.patches(patches)))
}
