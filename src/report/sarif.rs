//! SARIF 2.1.0 (OASIS), as far as findings need it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::Look;
use super::places::{Shown, region};
use crate::diag::{Diagnostic, Fix, Notes, Severity, SourceMap, Span};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path keeps in a URI reference (RFC 3986).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Manual>,
}

/// A message in both of the forms that SARIF has.
#[derive(Serialize)]
struct Manual {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Mend<'a>>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    artifact_location: Artifact<'a>,
    region: Region,
}

#[derive(Serialize)]
struct Artifact<'a> {
    uri: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mend<'a> {
    description: Message,
    artifact_changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: Artifact<'a>,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

/// The log, indented, with a line break at its end.
pub(super) fn render(notes: &Notes, map: &SourceMap, look: &Look<'_>) -> String {
    let mut shown = Shown::new(map, look.hidden);
    let sorted = notes.sorted();
    let mut rules: Vec<&'static str> = sorted.iter().map(|d| d.code.name()).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = sorted.into_iter().map(|d| found(d, &rules, map, &mut shown)).collect();
    let rules = rules.into_iter().map(|id| rule(id, look)).collect();
    let driver = Driver { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    super::to_json(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

fn rule(id: &'static str, look: &Look<'_>) -> Rule {
    let page = look.pages.iter().find(|page| page.name == id);
    let help = page.map(|page| Manual { text: page.text.to_owned(), markdown: page.text.to_owned() });
    Rule { id, short_description: page.map(|page| Message { text: page.summary.to_owned() }), help }
}

fn found<'a>(d: &'a Diagnostic, rules: &[&str], map: &'a SourceMap, shown: &mut Shown<'_>) -> Found<'a> {
    let mut locations: Vec<Location<'a>> =
        d.labels.iter().map(|label| location(label.span, &label.text, map)).collect();
    let related_locations = if locations.is_empty() { vec![] } else { locations.split_off(1) };
    let text = std::iter::once(&d.message).chain(&d.help).map(String::as_str).collect::<Vec<_>>().join("\n");
    let fixes = d.fixes.iter().filter(|fix| shown.tells_nothing(fix)).map(|fix| mend(fix, map));
    Found {
        rule_id: d.code.name(),
        rule_index: rules.binary_search(&d.code.name()).unwrap_or(0),
        level: match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        },
        message: Message { text },
        locations,
        related_locations,
        fixes: fixes.collect(),
    }
}

fn location<'a>(span: Span, text: &str, map: &'a SourceMap) -> Location<'a> {
    let message = Some(text).filter(|text| !text.is_empty()).map(|text| Message { text: text.to_owned() });
    let physical_location = Physical { artifact_location: artifact(span, map), region: lines(span, map) };
    Location { physical_location, message }
}

fn artifact(span: Span, map: &SourceMap) -> Artifact<'_> {
    Artifact { uri: utf8_percent_encode(map.name(span.file), PATH).into() }
}

fn lines(span: Span, map: &SourceMap) -> Region {
    let at = region(map, span);
    Region { start_line: at.line, start_column: at.column, end_line: at.end_line, end_column: at.end_column }
}

fn mend<'a>(fix: &Fix, map: &'a SourceMap) -> Mend<'a> {
    let change = |edit: &crate::diag::Edit| Change {
        artifact_location: artifact(edit.span, map),
        replacements: vec![Replacement {
            deleted_region: lines(edit.span, map),
            inserted_content: Message { text: edit.text.clone() },
        }],
    };
    Mend { description: Message { text: fix.title.clone() }, artifact_changes: fix.edits.iter().map(change).collect() }
}
