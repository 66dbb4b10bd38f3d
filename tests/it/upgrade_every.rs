//! Every setting of every release, moved to every later one: nothing is wrong afterwards but what is to be filled in.

use std::collections::{BTreeMap, BTreeSet};

use rpconf::catalog::{self, Form, Kind, Literal, Preset, Secrecy, Setting, Version};
use rpconf::check::Day;
use rpconf::diag::{Notes, Severity, SourceMap};
use rpconf::model::Service;
use rpconf::source::{FileError, Files};
use rpconf::upgrade::{self, Input};

const PRODUCTION: &str = include_str!("../../env/production.yml");

/// One document.
struct One<'a>(&'a str);

impl Files for One<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if path == "env/x.yml" { Ok(self.0.into()) } else { Err(FileError::NotFound) }
    }
}

/// The errors of a document: code, line, and message.
fn errors(text: &str) -> Vec<(String, usize, String)> {
    let target = rpconf::Target { environment: "x".into(), path: "env/x.yml".into(), containers: false };
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    rpconf::check(&target, &One(text), today(), &mut map, &mut notes);
    let errors = notes.iter().filter(|note| note.severity == Severity::Error);
    errors
        .map(|note| {
            let line = note.primary().map_or(0, |span| map.place(span).line);
            (note.code.to_string(), line, note.message.clone())
        })
        .collect()
}

fn today() -> Day {
    Day::parse("2026-07-01").expect("a day")
}

/// Production's facts, without the settings that it writes itself.
fn facts(release: Version) -> String {
    let (head, _) = PRODUCTION.split_once("\nservices:\n").expect("services");
    let head: String = head
        .lines()
        .map(|line| {
            if line.starts_with("release:") { format!("release: \"{}\"\n", bare(release)) } else { format!("{line}\n") }
        })
        .collect();
    format!("{}services:\n", head.replace("eu-west-2", "us-east-1"))
}

fn bare(version: Version) -> String {
    version.to_string().trim_start_matches('v').to_string()
}

/// Values for a setting, the likeliest first.
fn candidates(setting: &Setting, form: &Form) -> Vec<String> {
    let default = match form.default {
        Preset::Value(value) | Preset::Env { value, .. } => Some(literal(value)),
        _ => None,
    };
    let sample = match form.kind {
        Kind::Int => "7",
        Kind::Bool => "true",
        Kind::Float => "0.5",
        Kind::LogLevel => "info",
        Kind::StringList => "[a, b]",
        Kind::IntList => "[1, 2]",
        Kind::String | Kind::Python => "sample",
    };
    let secret = (setting.secrecy == Secrecy::Secret).then(|| "op://RapidPro/Every/password".to_string());
    let url = [
        "https://example.net",
        "redis://redis.rapidpro.internal:6379/15",
        "debug",
        "http://10.0.1.11:8081",
        "/var/spool/x",
        "rapidpro.app.medicmobile.org",
        "valkey://redis.rapidpro.internal:6379/15",
        "0123456789abcdef0123456789abcdef",
    ];
    // One region for everyone: a rule compares them.
    let region = setting.name.contains("REGION").then(|| "us-east-1".to_string());
    let others = [sample, "true", "false", "[]", "{python: \"dict()\"}"].into_iter().chain(url).map(str::to_string);
    region.into_iter().chain(secret).chain(default).chain(others).collect()
}

fn literal(value: Literal) -> String {
    match value {
        Literal::Null => "{python: None}".to_string(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Text(text) => serde_json::to_string(text).expect("JSON"),
        Literal::List(items) => format!("[{}]", items.iter().map(|item| literal(*item)).collect::<Vec<_>>().join(", ")),
        Literal::Map(entries) => {
            let entry = |(key, value): &(&str, Literal)| {
                format!("{}: {}", serde_json::to_string(key).expect("JSON"), literal(*value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A document at a release that sets what the release reads, as far as a value was found that is right there; and the
/// names of those for which none was.
fn document(release: Version, flow: bool) -> (String, BTreeSet<&'static str>) {
    let train = catalog::train(&release.to_string()).expect("a train");
    let mut chosen: BTreeMap<(Service, &'static str), (Vec<String>, usize)> = BTreeMap::new();
    for service in Service::ALL {
        let Some(version) = train.version(service) else { continue };
        for (setting, form) in catalog::of(service).settings_at(version).filter(|(setting, _)| !setting.internal) {
            chosen.insert((service, setting.name), (candidates(setting, form), 0));
        }
    }
    let mut none = BTreeSet::new();
    loop {
        let mut text = facts(release);
        let mut lines = BTreeMap::new();
        let mut last = None;
        for ((service, name), (values, at)) in &chosen {
            let (open, comma, close) = if flow { (" {", ",", "  }\n") } else { ("", "", "") };
            if last != Some(service) {
                text += &format!("{}  {service}:{open}\n", last.map_or("", |_| close));
                last = Some(service);
            }
            text += &format!("    {name}: {}{comma} # {name}'s own\n", values[*at]);
            lines.insert(text.lines().count(), (*service, *name));
        }
        text += if flow { "  }\n" } else { "" };
        let wrong: BTreeSet<_> = errors(&text).iter().filter_map(|(_, line, _)| lines.get(line)).copied().collect();
        if wrong.is_empty() {
            return (text, none);
        }
        for key in wrong {
            let (values, at) = chosen.get_mut(&key).expect("a choice");
            *at += 1;
            if *at == values.len() {
                chosen.remove(&key);
                none.insert(key.1);
            }
        }
    }
}

/// What is wrong after the upgrades from some releases to every later line, and to the next release. `of` and `share` divide the work.
fn wrong(share: usize, of: usize) -> Vec<String> {
    let releases: Vec<Version> = catalog::releases().collect();
    let mut wrong = vec![];
    for (at, from) in releases.iter().enumerate().filter(|(at, _)| at % of == share) {
        // Every other one in braces.
        let (text, none) = document(*from, (at / of) % 2 == 1);
        let odd: Vec<_> = none.iter().filter(|name| !WITHOUT.contains(name)).collect();
        assert!(odd.is_empty(), "{from}: no value was found for {odd:?}");
        for to in releases[at + 1..].iter().filter(|to| **to == releases[at + 1] || is_last(*from) && is_last(**to)) {
            let files = One(&text);
            let input = Input { environment: "x", path: "env/x.yml", files: &files, today: today() };
            let (mut map, mut notes) = (SourceMap::default(), Notes::default());
            let done = upgrade::plan(&input, &to.to_string(), &mut map, &mut notes).expect("an upgrade");
            let after = &done.files[0].text;
            let comments = text.lines().filter_map(|line| line.split_once(" # ")).map(|(_, comment)| comment);
            let lost = comments
                .filter(|comment| !after.contains(comment))
                .map(|comment| format!("the comment {comment} is lost"));
            wrong.extend(lost);
            let by_hand = done.by_hand.into_iter().map(|(_, what)| what);
            let after = errors(after).into_iter().filter(|(code, ..)| code != "fill-in");
            wrong.extend(
                by_hand.chain(after.map(|error| format!("{error:?}"))).map(|what| format!("{from} to {to}: {what}")),
            );
        }
    }
    wrong
}

/// Whether a release is the last of its line. Every one of these goes to every later one, and the others to the next.
fn is_last(release: Version) -> bool {
    catalog::releases().filter(|other| other.line() == release.line()).max() == Some(release)
}

/// Settings for which no sample is right at some release.
const WITHOUT: &[&str] = &["DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"];

#[test]
fn every_setting_goes_to_every_later_release() {
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let shares: Vec<_> = (0..4).map(|share| scope.spawn(move || wrong(share, 4))).collect();
        shares.into_iter().flat_map(|share| share.join().expect("a share")).collect()
    });
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}
