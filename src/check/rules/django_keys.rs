//! Django's dictionaries have the keys that Django reads, with values of their types.

use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::diag::nearest;
use crate::model::Value;

/// The keys of a connection, a cache and a storage (Django's settings reference, through 6.0).
const KEYS: [(&str, &[&str]); 3] = [
    (
        "DATABASES",
        &[
            "ENGINE",
            "NAME",
            "USER",
            "PASSWORD",
            "HOST",
            "PORT",
            "OPTIONS",
            "ATOMIC_REQUESTS",
            "AUTOCOMMIT",
            "CONN_MAX_AGE",
            "CONN_HEALTH_CHECKS",
            "TIME_ZONE",
            "DISABLE_SERVER_SIDE_CURSORS",
            "TEST",
        ],
    ),
    ("CACHES", &["BACKEND", "LOCATION", "KEY_FUNCTION", "KEY_PREFIX", "OPTIONS", "TIMEOUT", "VERSION"]),
    ("STORAGES", &["BACKEND", "OPTIONS"]),
];
/// Keys whose value Python takes for a truth.
const SWITCHES: [&str; 5] =
    ["ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS", "querystring_auth"];
/// The modes of libpq.
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (name, known) in KEYS {
        for seen in cx.all(name).into_iter().filter(Seen::is_written) {
            let Value::Map(entries) = &seen.setting.value else { continue };
            if !entries.iter().any(|(alias, _)| alias == "default") {
                out.say(format!("`{name}` has no `default`")).at(seen.place(), "Django does not start without it").help("name one of them so");
            }
            for (alias, value) in entries {
                if let Value::Map(parts) = value {
                    parts.iter().for_each(|(key, value)| entry(seen, known, &mut vec![alias, key], value, out));
                }
            }
        }
    }
}

fn entry(seen: Seen<'_>, known: &[&str], path: &mut Vec<&str>, value: &Value, out: &mut Finder<'_>) {
    let key = path.last().copied().unwrap_or_default();
    if !known.contains(&key) {
        // A key that is a whole line by mistake may hold the value.
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let which = if plain { format!("a key `{key}`") } else { "a key".to_string() };
        let note = out.say(format!("`{}` has {which} that Django does not read", seen.name()));
        let near = nearest(key, known.iter().copied()).first().map(|near| format!("did you mean `{near}`?"));
        note.at(seen.inner_key(path), near.unwrap_or_default()).help(format!("use one of `{}`", known.join("`, `")));
    }
    if let Value::Map(options) = value {
        for (option, value) in options {
            let name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            if !option.chars().all(name) {
                out.say(format!("an option in `{}` has no name", seen.name()))
                    .at(seen.inner_key(&[path.as_slice(), &[option]].concat()), "options are arguments by name")
                    .help("write `name: value`");
            }
            judge(seen, &[path.as_slice(), &[option]].concat(), value, out);
        }
        return;
    }
    judge(seen, path, value, out);
}

fn judge(seen: Seen<'_>, path: &[&str], value: &Value, out: &mut Finder<'_>) {
    let key = path.last().copied().unwrap_or_default();
    let (needs, help) = match value {
        Value::Text(_) | Value::Python(_) => return,
        Value::Bool(_) => match key {
            "sslmode" => ("a mode in quotes", format!("write one of `{}`", MODES.join("`, `"))),
            _ => return,
        },
        _ if SWITCHES.contains(&key) => ("`true` or `false`", "write it without quotes: any other word is true to Python".to_string()),
        Value::Int(port) if key == "PORT" && (1..=65535).contains(port) => return,
        Value::String(port) if key == "PORT" && (port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0)) => return,
        _ if key == "PORT" => ("a port", "write a whole number from 1 to 65535".to_string()),
        Value::Int(age) if key == "CONN_MAX_AGE" && *age >= 0 => return,
        Value::None if key == "CONN_MAX_AGE" => return,
        _ if key == "CONN_MAX_AGE" => ("seconds, as a whole number", "write a number such as 60".to_string()),
        Value::String(mode) if key == "sslmode" && !MODES.contains(&mode.as_str()) => {
            ("a mode that libpq knows", format!("write one of `{}`", MODES.join("`, `")))
        }
        _ => return,
    };
    out.say(format!("`{key}` in `{}` must be {needs}", seen.name())).at(seen.inner(path).or(seen.place()), "").help(help);
}
