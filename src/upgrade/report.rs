//! An upgrade as a person reads it, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::item::{Done, Item, Kind};
use super::others::Other;
use super::{Service, Upgrade};
use crate::catalog::Version;
use crate::diag::{SourceMap, Span};

/// The upgrade in lines: the services in their order, hazards first, each item with its place.
pub fn text(upgrade: &Upgrade, others: &[Other], map: &SourceMap) -> String {
    let (from, to) = upgrade.releases;
    let mut out = format!("{}: RapidPro {from} → {to}\n", upgrade.environment);
    for item in upgrade.items.iter().filter(|item| item.service.is_none()) {
        out += &line(item, map);
    }
    for (service, old, new) in &upgrade.versions {
        let items: Vec<&Item> = upgrade.items.iter().filter(|item| item.service == Some(*service)).collect();
        if items.is_empty() {
            continue;
        }
        let _ = write!(out, "\n{}\n", heading(*service, *old, *new));
        let (optional, rest): (Vec<&Item>, Vec<&Item>) = items.iter().partition(|item| item.kind == Kind::Optional);
        rest.iter().for_each(|item| out += &line(item, map));
        if !optional.is_empty() {
            let names: Vec<&str> = optional.iter().map(|item| item.name.as_str()).collect();
            let _ = writeln!(out, "  also read from here on, and left at their defaults: {}", names.join(", "));
        }
    }
    if !upgrade.fill_in.is_empty() {
        out += "\nto fill in\n";
        upgrade.fill_in.iter().for_each(|(path, what)| out += &format!("  {path}\n    {what}\n"));
    }
    if !upgrade.by_hand.is_empty() {
        out += "\nto do by hand, as an anchor or the layout stands in the way\n";
        upgrade.by_hand.iter().for_each(|(span, what)| out += &format!("  {what} ({})\n", map.locate(*span)));
    }
    if !upgrade.remaining.is_empty() {
        out += "\nwrong still\n";
        upgrade.remaining.iter().for_each(|(span, what)| out += &format!("  {what}{}\n", located(*span, map)));
    }
    if !others.is_empty() {
        out += "\nothers that read these files\n";
        others.iter().for_each(|other| out += &format!("  {}\n", touched(other)));
    }
    out
}

fn heading(service: Service, old: Option<Version>, new: Option<Version>) -> String {
    match (old, new) {
        (Some(old), Some(new)) if old == new => format!("{service} {old}"),
        (Some(old), Some(new)) => format!("{service} {old} → {new}"),
        (Some(old), None) => format!("{service} {old}, which the release does not have"),
        (None, Some(new)) => format!("{service} {new}, which is new"),
        (None, None) => service.to_string(),
    }
}

fn line(item: &Item, map: &SourceMap) -> String {
    let place = located(item.span, map);
    let to = if item.to.is_empty() { String::new() } else { format!(" → {}", item.to.join(", ")) };
    let since = item.release.filter(|_| item.kind != Kind::Removed).map(|release| format!(" [{release}]"));
    let done = match item.done {
        Done::FillIn => ": to fill in",
        Done::Derived if matches!(item.kind, Kind::Renamed | Kind::Removed | Kind::Format) => {
            ": derived, nothing to do"
        }
        Done::Edited | Done::Derived | Done::Told => "",
    };
    let kind = item.kind.word();
    let head = format!("  {kind:<8} {}{to}{}{done}{place}\n", item.name, since.unwrap_or_default());
    // The arrow says what a renamed setting is called.
    let what = match item.what.split_once("; ") {
        Some((called, note)) if called.starts_with(CALLED) => note,
        None if item.what.starts_with(CALLED) => return head,
        _ => &item.what,
    };
    format!("{head}           {what}\n")
}

/// How the sentence on a renamed setting begins.
pub const CALLED: &str = "it is called ";

fn located(span: Option<Span>, map: &SourceMap) -> String {
    span.map(|span| format!(" ({})", map.locate(span))).unwrap_or_default()
}

fn touched(other: &Other) -> String {
    let files = other.files.join(", ");
    let release = match &other.releases {
        Some((old, new)) => format!("goes from {old} to {new} with it"),
        None => "stays at its release".to_string(),
    };
    let errors = match other.errors {
        0 => "has no new error".to_string(),
        1 => "has 1 new error: run `rpconf upgrade` on it next, or divide the file".to_string(),
        more => format!("has {more} new errors: run `rpconf upgrade` on it next, or divide the file"),
    };
    format!("{} reads {files}: it {release}, and {errors}", other.environment)
}

/// The upgrade as data. Names and words are stable; sentences are for people.
pub fn json(upgrade: &Upgrade, others: &[Other], map: &SourceMap, written: bool) -> Value {
    let version = |version: &Option<Version>| version.map(|version| version.to_string());
    let services = upgrade
        .versions
        .iter()
        .map(|(service, old, new)| json!({"name": service.name(), "from": version(old), "to": version(new)}));
    let place = |span: Option<Span>| {
        span.map(|span| {
            let at = map.place(span);
            json!({"file": map.name(span.file), "line": at.line, "column": at.column})
        })
    };
    let item = |item: &Item| {
        json!({
            "service": item.service.map(|service| service.name()),
            "kind": item.kind.word(),
            "name": item.name,
            "to": item.to,
            "release": item.release.map(|release| release.to_string()),
            "message": item.what,
            "place": place(item.span),
            "done": item.done.word(),
        })
    };
    let other = |other: &Other| {
        json!({
            "environment": other.environment,
            "files": other.files,
            "from": other.releases.as_ref().map(|(old, _)| old),
            "to": other.releases.as_ref().map(|(_, new)| new),
            "errors": other.errors,
        })
    };
    json!({
        "environment": upgrade.environment,
        "from": upgrade.releases.0.to_string(),
        "to": upgrade.releases.1.to_string(),
        "services": services.collect::<Vec<_>>(),
        "changes": upgrade.items.iter().map(item).collect::<Vec<_>>(),
        "fill_in": upgrade.fill_in.iter().map(|(path, what)| json!({"path": path, "what": what})).collect::<Vec<_>>(),
        "by_hand": upgrade.by_hand.iter().map(|(span, what)| json!({"what": what, "place": place(Some(*span))})).collect::<Vec<_>>(),
        "remaining": upgrade.remaining.iter().map(|(span, what)| json!({"what": what, "place": place(*span)})).collect::<Vec<_>>(),
        "files": upgrade.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        "others": others.iter().map(other).collect::<Vec<_>>(),
        "written": written,
    })
}
