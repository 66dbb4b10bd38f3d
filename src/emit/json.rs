//! One JSON object: typed for Django, text for the Go services, whose settings are environment variables.

use serde_json::{Map, Number, Value};

use super::text::text;
use super::{Document, Format, ReadError, Unwritable, each};
use crate::model::{Filled, Service};

pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file_name(&self) -> &'static str {
        "settings.json"
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        let entries = each(document, |line| {
            let value = match document.service {
                Service::Django => value(line.value)?,
                service => Value::String(text(line.value, service)?),
            };
            Ok((line.name.to_string(), value))
        })?;
        Ok(format!("{:#}\n", Value::Object(entries.into_iter().collect())).into_bytes())
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let object: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| ReadError { line: error.line(), reason: "not a JSON object" })?;
        let filled = object.into_iter().map(|(name, value)| Some((name, filled(value)?))).collect::<Option<_>>();
        filled.ok_or(ReadError { line: 1, reason: "a whole number is in it that 64 bits cannot hold" })
    }
}

/// A value in JSON's types, where a tuple is a list.
pub(super) fn value(filled: &Filled) -> Result<Value, &'static str> {
    Ok(match filled {
        Filled::None => Value::Null,
        Filled::Bool(b) => Value::Bool(*b),
        Filled::Int(n) => Value::from(*n),
        Filled::Float(n) => Value::Number(Number::from_f64(*n).ok_or("JSON has no infinity and no NaN")?),
        Filled::String(text) => Value::String(text.clone()),
        Filled::List(items) | Filled::Tuple(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Filled::Map(entries) => {
            let pair = |(key, item): &(String, Filled)| Ok((key.clone(), value(item)?));
            Value::Object(entries.iter().map(pair).collect::<Result<_, &'static str>>()?)
        }
        Filled::Python(_) | Filled::Update { .. } => {
            return Err("a Python expression can stand in a settings module only");
        }
        Filled::Text(never) => match *never {},
    })
}

fn filled(value: Value) -> Option<Filled> {
    Some(match value {
        Value::Null => Filled::None,
        Value::Bool(b) => Filled::Bool(b),
        Value::Number(n) => match n.as_i64() {
            Some(n) => Filled::Int(n),
            None if n.is_u64() => return None,
            None => Filled::Float(n.as_f64()?),
        },
        Value::String(text) => Filled::String(text),
        Value::Array(items) => Filled::List(items.into_iter().map(filled).collect::<Option<_>>()?),
        Value::Object(entries) => {
            Filled::Map(entries.into_iter().map(|(key, value)| Some((key, filled(value)?))).collect::<Option<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::Line;

    fn check(service: Service, value: Filled, expect: &str) {
        let lines = [Line { name: "A", value: &value, variable: false, secret: false }];
        let bytes = Json.write(&Document { service, environment: "e", lines: &lines }).expect("JSON");
        assert_eq!(String::from_utf8_lossy(&bytes), format!("{{\n  \"A\": {expect}\n}}\n"));
    }

    #[test]
    fn typed_for_django_only() {
        check(Service::Django, Filled::Int(5), "5");
        check(Service::Django, Filled::None, "null");
        check(Service::Django, Filled::Tuple(vec![Filled::Float(1.0)]), "[\n    1.0\n  ]");
        check(Service::Courier, Filled::Int(5), "\"5\"");
        check(Service::Courier, Filled::List(vec![Filled::string("a,b"), Filled::string("c")]), "\"\\\"a,b\\\",c\"");
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        assert_eq!(value(&Filled::Float(f64::NAN)), Err("JSON has no infinity and no NaN"));
        for (file, line) in [("[1]", 1), ("{\"a\":\n", 2), ("{\"a\": 18446744073709551615}", 1)] {
            assert_eq!(Json.read(file.as_bytes()).map_err(|error| error.line).err(), Some(line), "{file}");
        }
    }
}
