//! Slips in YAML itself: quotes, brackets, colons, indentation, lines twice or gone.

use std::collections::BTreeSet;

use super::document::{Document, Spot};
use super::{Expect, Mutant};

/// What a document may lack: other releases need it, upstream's own value is right, or it is a choice that is made.
const OPTIONAL: [&str; 22] = [
    "extends",
    "public",
    "name",
    "port",
    "db",
    "index",
    "prefix",
    "credentials",
    "user",
    "password",
    "log_level",
    "spool_dir",
    "attachment_domain",
    "poll",
    "cleanup",
    "logs",
    "table_prefix",
    "auth_token",
    "obfuscation_key",
    "RETENTION_PERIODS",
    "ALLOWED_HOSTS",
    "COURIER_MAX_WORKERS",
];

pub fn break_in(document: &Document, found: &mut Vec<Mutant>) {
    let mut lines = BTreeSet::new();
    for spot in &document.spots {
        let Some(key) = spot.key.clone() else { continue };
        let line = document.whole_line(key.start);
        if lines.insert(line.start) {
            whole(document, spot, line, found);
        }
        taken_out(document, spot, found);
        let after = &document.text[key.end..];
        if after.starts_with(": ") {
            let colon = key.end..key.end + 2;
            found.push(document.replace(&spot.path, "colon missing", colon.clone(), " "));
            found.push(document.replace(&spot.path, "equals sign", colon.clone(), " = "));
            found.push(document.replace(&spot.path, "colon twice", colon, ":: "));
            if spot.scalar.is_some() && !after.starts_with(": {") {
                found.push(document.replace(&spot.path, "blank missing", key.end..key.end + 2, ":"));
            }
        }
        quotes(document, spot, found);
    }
}

fn quotes(document: &Document, spot: &Spot, found: &mut Vec<Mutant>) {
    let (Some(_), value) = (&spot.scalar, &document.text[spot.value.clone()]) else { return };
    if value.is_empty() {
        return;
    }
    if let Some(rest) = value.strip_prefix('"') {
        found.push(document.write(spot, "quote not closed", &value[..value.len() - 1]));
        found.push(document.write(spot, "quote not opened", rest));
        found.push(document.write(spot, "quote twice", &format!("{value}\"")));
        found.push(document.write(spot, "quotes of two kinds", &format!("{}'", &value[..value.len() - 1])));
    } else {
        found.push(document.write(spot, "quote not closed", &format!("\"{value}")));
        found.push(document.write(spot, "quote not opened", &format!("{value}\"")));
        found.push(document.write(spot, "curly quotes", &format!("“{value}”")));
    }
}

/// What is done to a whole line.
fn whole(document: &Document, spot: &Spot, line: std::ops::Range<usize>, found: &mut Vec<Mutant>) {
    let text = &document.text[line.clone()];
    let indent = text.len() - text.trim_start().len();
    let end = text.find(" #").map_or(line.end, |at| line.start + at);
    let one_line = document.line(spot.value.end.saturating_sub(1).max(spot.value.start)) == document.line(line.start);
    if one_line {
        let copy = format!("\n{text}");
        found.push(document.replace(&spot.path, "line twice", line.end..line.end, &copy));
        found.push(document.replace(&spot.path, "comma at the end", end..end, ","));
    }
    if indent > 0 {
        found.push(document.replace(&spot.path, "tab", line.start..line.start + indent, "\t"));
        found.push(document.replace(&spot.path, "one blank less", line.start..line.start + 1, ""));
        if document.text[..line.start].trim_end().ends_with(|c: char| c != ':') {
            found.push(document.replace(&spot.path, "one blank more", line.start..line.start, " "));
        }
    }
    for (kind, bracket) in [("bracket not closed", '}'), ("bracket not closed", ']'), ("bracket not opened", '{')] {
        let at = if bracket == '{' { text.find(bracket) } else { text.rfind(bracket) };
        if let Some(at) = at.filter(|at| !text[..*at].ends_with(bracket) && !text[at + 1..].starts_with(bracket)) {
            let at = line.start + at;
            found.push(document.replace(&spot.path, kind, at..at + 1, ""));
        }
    }
}

/// The line, or the entry of a map in braces, that is gone.
fn taken_out(document: &Document, spot: &Spot, found: &mut Vec<Mutant>) {
    let name = spot.path.rsplit('.').next().unwrap_or_default();
    let setting = name.chars().next().is_some_and(|c| c.is_ascii_uppercase()) && name != "SECRET_KEY";
    let below =
        spot.path.starts_with("outputs") || spot.path == "brand" || spot.path == "vault" || spot.path == "services";
    if OPTIONAL.contains(&name) || setting || below || document.unread(spot) || document.optional(spot) {
        return;
    }
    let key = spot.key.clone().expect("a key");
    let line = document.whole_line(key.start);
    let own = document.text[line.start..key.start].trim().is_empty();
    let mut text = document.text.clone();
    if own {
        let last = document.whole_line(spot.value.end.saturating_sub(1).max(key.end));
        text.replace_range(line.start..(last.end + 1).min(text.len()), "");
    } else {
        let rest = &document.text[spot.value.end..];
        let comma = rest.strip_prefix(", ").map_or(0, |_| 2);
        text.replace_range(key.start..spot.value.end + comma, "");
    }
    let expect = match spot.path.rsplit_once('.').and_then(|(above, _)| document.spot(above)) {
        Some(above) => {
            let first = document.line(above.key.as_ref().map_or(0, |key| key.start));
            let last = document.line(above.value.end.saturating_sub(1));
            Expect::Section(first..last + 1)
        }
        None => Expect::Key(spot.path.clone()),
    };
    let kind = "taken out";
    found.push(Mutant { name: format!("{} {}: {kind}", document.name, spot.path), kind, text, expect });
}
