//! A secret's item and field are those of what it is for.

use std::collections::BTreeMap;

use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::diag::Span;
use crate::model::{Origin, Part, Reference, Text, Value};

/// Purposes: words of the fact's path or the setting's name, and words by which items are called.
const PURPOSES: [(&str, &[&str], &[&str]); 9] = [
    ("the database", &["postgres", "databases", "_db"], &["postgres", "postgresql", "pgsql", "database"]),
    ("Redis", &["redis", "valkey", "broker", "caches"], &["redis", "valkey", "elasticache"]),
    ("S3", &["s3.", "aws_"], &["s3", "bucket", "buckets"]),
    ("mail", &["smtp", "email_"], &["smtp", "mail", "email", "sendgrid", "mailgun"]),
    ("Elasticsearch", &["elastic"], &["elasticsearch", "elastic", "opensearch"]),
    ("courier", &["resources.courier", "courier_auth_token"], &["courier"]),
    ("mailroom", &["resources.mailroom", "mailroom_auth_token"], &["mailroom"]),
    ("the obfuscation of ids", &["obfuscation"], &["obfuscation"]),
    ("Django", &["secret_key", "secret key"], &["django"]),
];

/// What a field holds, by the words that it and its item's other fields are called.
const ROLES: [(&str, &[&str]); 4] = [
    ("a user", &["username", "user", "login", "email"]),
    ("a host", &["server", "host", "hostname"]),
    ("a key's id", &["access key id", "key id", "access_key_id"]),
    ("a secret", &["password", "secret", "token", "auth_token", "secret access key", "secret key", "secret_access_key"]),
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (span, (name, reference)) in uses(cx) {
        if let Some((own, other)) = purposes(&name, &reference.item) {
            out.say(format!("`{name}` is for {own}, and its item is named for {other}"))
                .at(span, "two references may have been swapped")
                .help("refer to the item that is meant, or allow it with a reason: `rpconf rules secret-crossed`");
        } else if let Some((own, other)) = roles(&name, &reference.field) {
            out.say(format!("`{name}` is {own}, and its field is named for {other}"))
                .at(span, "two fields may have been swapped")
                .help("refer to the field that is meant");
        }
    }
}

/// Where references stand, with the fact or setting that each fills.
fn uses<'a>(cx: &Cx<'a>) -> BTreeMap<Span, (String, &'a Reference)> {
    let mut found = BTreeMap::new();
    for fact in &cx.plan.said {
        whole(&fact.path, &fact.value, &mut found);
    }
    for seen in cx.settings().filter(Seen::is_written) {
        if !matches!(seen.setting.origin, Origin::Derived { .. }) {
            inside(seen.name(), &seen.setting.value, &mut found);
        }
    }
    found
}

fn inside<'a>(path: &str, value: &'a Value, found: &mut BTreeMap<Span, (String, &'a Reference)>) {
    match value {
        Value::Map(entries) => entries.iter().for_each(|(key, value)| inside(&format!("{path}.{key}"), value, found)),
        Value::Text(text) => parts(path, text, found),
        _ => {}
    }
}

fn whole<'a>(path: &str, value: &'a Value, found: &mut BTreeMap<Span, (String, &'a Reference)>) {
    if let Value::Text(text) = value {
        parts(path, text, found);
    }
}

/// The references of a text; inside of a URL only the purpose can be told, not the role.
fn parts<'a>(path: &str, text: &'a Text, found: &mut BTreeMap<Span, (String, &'a Reference)>) {
    for part in &text.parts {
        if let Part::Hole(hole) = part {
            found.entry(hole.span).or_insert_with(|| (path.to_string(), &hole.reference));
        }
    }
}

/// The purpose of a name and the one that an item is called for, when they differ.
fn purposes(name: &str, item: &str) -> Option<(&'static str, &'static str)> {
    let name = name.to_lowercase();
    let (own, _, own_words) = PURPOSES.iter().find(|(_, marks, _)| marks.iter().any(|mark| name.contains(mark)))?;
    let item = item.to_lowercase();
    let words: Vec<&str> = item.split(|c: char| !c.is_alphanumeric()).collect();
    let called = |names: &[&str]| names.iter().any(|name| words.contains(name));
    if called(own_words) {
        return None;
    }
    PURPOSES.iter().find(|(_, _, names)| called(names)).map(|(other, ..)| (*own, *other))
}

/// What a name wants and what a field is called, when they differ.
fn roles(name: &str, field: &str) -> Option<(&'static str, &'static str)> {
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let wants = match last.as_str() {
        _ if last.ends_with("secret_access_key") => "a secret",
        _ if last.ends_with("access_key_id") => "a key's id",
        _ if last.ends_with("password") || last.ends_with("token") || last == "secret_key" => "a secret",
        "host" | "email_host" | "redis_host" => "a host",
        "user" | "email_host_user" => "a user",
        _ => return None,
    };
    let field = field.to_lowercase();
    let (has, _) = ROLES.iter().find(|(_, names)| names.contains(&field.as_str()))?;
    // An item of the kind `API credential` has the id of a key as its user name.
    let alike = wants == *has || (wants == "a key's id" && *has == "a user");
    (!alike).then_some((wants, *has))
}
