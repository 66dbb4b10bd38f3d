//! What upstream's developers use does not reach production.

use crate::catalog::{self, Literal, Preset};
use crate::check::cx::{Cx, Seen, default_text};
use crate::check::finder::Finder;
use crate::model::Value;

/// What betrays a developer's machine or a sample.
const MARKS: [&str; 7] =
    ["localstack", "yourdomain", "app.rapidpro.io", "example.com", "example.org", "example.net", "tembatemba"];
/// What betrays that a default is for a developer's machine.
const AT_HOME: [&str; 8] = ["localhost", "localstack", "_host", "://elastic", "://valkey", "@postgres", "temba.io", "root"];
/// Settings whose absence another rule reports.
const ELSEWHERE: [&str; 7] = ["DOMAIN", "HOSTNAME", "ADDRESS", "MAILROOM_URL", "BROKER_URL", "SECRET_KEY", "OBFUSCATION_KEY"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (unit, version, null) in cx.nulls() {
        let (service, name) = (unit.service, null.value.as_str());
        let default = default_text(service, name, version).unwrap_or_default();
        let required = catalog::of(service).setting(name).is_some_and(|setting| setting.required && !name.contains("BUCKET"));
        let told = ELSEWHERE.iter().any(|end| name.ends_with(end));
        if !told && (AT_HOME.iter().any(|mark| default.contains(mark)) || (required && !default.is_empty())) {
            out.say(format!("`{name}` is taken away, and upstream's default is a developer's"))
                .at(null.span, format!("{service} takes it without a word"))
                .help("remove this line: the setting is derived");
        }
    }
    // A demo's names are samples on purpose.
    if cx.is_demo() {
        return;
    }
    for seen in cx.settings() {
        if let Some(mark) = mark(&seen.setting.value).or_else(|| key(seen)) {
            out.say(format!("`{}` holds `{mark}`, which is a developer's or a sample's", seen.name()))
                .at(seen.place(), "this is not for production")
                .help("write what this deployment has");
        }
    }
}

fn mark(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) => MARKS.into_iter().find(|mark| text.contains(mark)),
        Value::List(items) | Value::Tuple(items) => items.iter().find_map(mark),
        Value::Map(entries) | Value::Update { entries, .. } => entries.iter().find_map(|(_, value)| mark(value)),
        _ => None,
    }
}

/// The id of the key pair that goes with localstack.
fn key(seen: Seen<'_>) -> Option<&'static str> {
    let id = seen.name().ends_with("AWS_ACCESS_KEY_ID");
    let default = catalog::of(seen.unit.service).at(seen.name(), seen.version)?.default;
    let is_default = matches!((default, seen.text()), (Preset::Value(Literal::Text(text)), Some(ours)) if text == ours && !text.is_empty());
    (id && (seen.text() == Some("root") || is_default)).then_some("root")
}
