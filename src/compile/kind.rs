//! The catalog's types: what a written value must be for a service to read it.

use crate::catalog::{Form, Kind, Literal, Version};
use crate::model::{Becomes, Part, Service, Text, Value};
use crate::source::{Scalar, Typed};

/// A value of the wrong type.
pub struct Wrong {
    /// What was found, with its article.
    pub found: String,
    /// How the same value is written in the right type, when there is one answer.
    pub right: Option<String>,
}

/// What a type is called in messages.
pub fn words(kind: Kind, like: Option<Literal>) -> &'static str {
    match kind {
        Kind::String => "a string",
        Kind::Int => "a whole number",
        Kind::Bool => "`true` or `false`",
        Kind::Float => "a number",
        Kind::LogLevel => "a log level",
        Kind::StringList => "a list of strings",
        Kind::IntList => "a list of whole numbers",
        Kind::Python => match like {
            Some(Literal::Bool(_)) => "`true` or `false`",
            Some(Literal::List(_)) => "a list",
            Some(Literal::Int(_)) => "a whole number",
            _ => "a value",
        },
    }
}

/// A scalar as YAML types it.
pub fn literal(scalar: &Scalar) -> Value {
    match scalar.typed {
        Typed::Null => Value::None,
        Typed::Bool(b) => Value::Bool(b),
        Typed::Int(n) => Value::Int(n),
        Typed::Float(n) => Value::Float(n),
        Typed::String => Value::String(scalar.text.clone()),
    }
}

/// A written value as the setting's type; text with holes becomes it at link.
///
/// Django's settings have no type but that of the value that they have without the document, `like`.
pub fn convert(value: Value, kind: Kind, like: Option<Literal>) -> Result<Value, Wrong> {
    let kind_found = value.kind();
    let article = if kind_found.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let wrong = |right| Err(Wrong { found: format!("{article} {kind_found}"), right });
    match (kind, value) {
        // Python takes any value, and `"False"` for true; a string in a list's place it takes letter by letter.
        (Kind::Python, Value::String(text)) => match like {
            Some(Literal::Bool(_)) => wrong(truth(&text).map(|b| b.to_string())),
            Some(Literal::List(_)) => wrong(None),
            Some(Literal::Int(_)) => wrong(text.trim().parse::<i64>().ok().map(|n| n.to_string())),
            _ => Ok(Value::String(text)),
        },
        (Kind::Python, value) => Ok(value),
        (Kind::String | Kind::LogLevel, value @ (Value::String(_) | Value::Text(_))) => Ok(value),
        (Kind::String | Kind::LogLevel, Value::Int(n)) => wrong(Some(format!("\"{n}\""))),
        (Kind::String | Kind::LogLevel, Value::Bool(b)) => wrong(Some(format!("\"{b}\""))),
        (Kind::Int, value @ Value::Int(_)) => Ok(value),
        (Kind::Int, Value::String(text)) => wrong(text.trim().parse::<i64>().ok().map(|n| n.to_string())),
        (Kind::Bool, value @ Value::Bool(_)) => Ok(value),
        (Kind::Bool, Value::String(text)) => wrong(truth(&text).map(|b| b.to_string())),
        (Kind::Float, value @ Value::Float(_)) => Ok(value),
        (Kind::Float, Value::Int(n)) => Ok(Value::Int(n)),
        (Kind::Float, Value::String(text)) => {
            wrong(text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n.to_string()))
        }
        (Kind::Int, Value::Text(text)) => Ok(becoming(text, Becomes::Int)),
        (Kind::Bool, Value::Text(text)) => Ok(becoming(text, Becomes::Bool)),
        (Kind::Float, Value::Text(text)) => Ok(becoming(text, Becomes::Float)),
        // One CSV record, as the loader itself would read it.
        (Kind::StringList | Kind::IntList, value @ (Value::String(_) | Value::Text(_))) => Ok(value),
        (Kind::StringList, Value::List(items))
            if items.iter().all(|i| matches!(i, Value::String(_) | Value::Text(_))) =>
        {
            Ok(Value::List(items))
        }
        (Kind::IntList, Value::List(items)) if items.iter().all(|i| matches!(i, Value::Int(_))) => {
            Ok(Value::List(items))
        }
        _ => wrong(None),
    }
}

fn becoming(text: Text, becomes: Becomes) -> Value {
    Value::Text(Text { becomes, ..text })
}

/// What people write for a boolean.
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
        "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// Judges a known value by the service's own validator. The answer never quotes the value.
pub fn validate(name: &str, value: &Value, form: &Form, service: Service, version: Version) -> Result<(), String> {
    let text = match value {
        Value::String(text) => text,
        Value::Text(text) => return begins(text, form.validate.unwrap_or_default(), service),
        _ => return Ok(()),
    };
    if name.ends_with("_LOG_LEVEL") {
        return level(text, level_words(service, version));
    }
    form.validate
        .map_or(Ok(()), |rules| rules.split(',').try_for_each(|rule| one(text, rule, rules)))
        .map_err(|why| if service == Service::Django { why } else { format!("{why} ({service}'s own check)") })
}

/// Judges the beginning of a text with holes: the rest is known once they are filled.
fn begins(text: &Text, rules: &str, service: Service) -> Result<(), String> {
    let Some(Part::Known(head)) = text.parts.first() else { return Ok(()) };
    let mut prefixes = rules.split(',').filter_map(|rule| rule.strip_prefix("startswith="));
    match prefixes.find(|prefix| !head.starts_with(prefix)) {
        Some(prefix) => Err(format!("it must begin with `{prefix}` ({service}'s own check)")),
        None => Ok(()),
    }
}

fn one(text: &str, rule: &str, rules: &str) -> Result<(), String> {
    if text.is_empty() && rules.starts_with("omitempty") {
        return Ok(());
    }
    if let Some(prefix) = rule.strip_prefix("startswith=") {
        return text.starts_with(prefix).then_some(()).ok_or_else(|| format!("it must begin with `{prefix}`"));
    }
    if rule.starts_with("eq=") {
        let words: Vec<&str> = rule.split('|').filter_map(|word| word.strip_prefix("eq=")).collect();
        return words
            .contains(&text)
            .then_some(())
            .ok_or_else(|| format!("it must be one of `{}`", words.join("`, `")));
    }
    let holds = match rule {
        "url" => super::facts::is_url(text),
        "http_url" => super::facts::is_url(text) && (text.starts_with("http://") || text.starts_with("https://")),
        "hexadecimal" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "len=32" => text.chars().count() == 32,
        "session_storage" => text == "db" || text == "s3",
        "required" => !text.is_empty(),
        _ => true,
    };
    let needed = match rule {
        "url" => "it must be a URL with scheme and host",
        "http_url" => "it must be an http or https URL",
        "hexadecimal" | "len=32" => "it must be 32 hexadecimal digits",
        "session_storage" => "it must be `db` or `s3`",
        _ => "it must not be empty",
    };
    holds.then_some(()).ok_or_else(|| needed.to_string())
}

const SLOG: &[&str] = &["debug", "info", "warn", "error"];
const LOGRUS: &[&str] = &["trace", "debug", "info", "warn", "warning", "error", "fatal", "panic"];

/// The words that a service's LOG_LEVEL takes at a version; another one stops it at start.
pub fn level_words(service: Service, version: Version) -> &'static [&'static str] {
    let slog = match service {
        Service::Courier => Version::new(8, 3, 25),
        Service::Mailroom => Version::new(8, 3, 35),
        Service::Archiver | Service::Indexer => Version::new(9, 1, 0),
        Service::Django => return SLOG,
    };
    if version >= slog { SLOG } else { LOGRUS }
}

/// Judges a log level; slog also takes an offset, `info+2`.
pub fn level(text: &str, words: &[&str]) -> Result<(), String> {
    let word = text.split(['+', '-']).next().unwrap_or(text).to_ascii_lowercase();
    words.contains(&word.as_str()).then_some(()).ok_or_else(|| format!("it must be one of `{}`", words.join("`, `")))
}

/// A literal of the catalog as a value.
pub fn value_of(literal: Literal) -> Value {
    match literal {
        Literal::Null => Value::None,
        Literal::Bool(b) => Value::Bool(b),
        Literal::Int(n) => Value::Int(n),
        Literal::Float(n) => Value::Float(n),
        Literal::Text(text) => Value::string(text),
        Literal::List(items) => Value::List(items.iter().map(|item| value_of(*item)).collect()),
        Literal::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| ((*key).to_string(), value_of(*value))).collect())
        }
    }
}
