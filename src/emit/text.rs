//! A value as the text of one environment variable.
//!
//! The Go services read theirs with ezconf: `ParseBool`, decimal integers, `ParseFloat` to 32 bits, and lists as one
//! record of encoding/csv whose items are trimmed (since ezconf v0.6). An empty variable counts as unset. Django reads
//! none by itself: where its settings are asked for in such a format, lists and maps are JSON, and what only Python
//! can say is refused.

use super::json;
use crate::model::{Filled, Service};

/// The variable's text.
pub(super) fn text(value: &Filled, service: Service) -> Result<String, &'static str> {
    match value {
        Filled::List(items) | Filled::Tuple(items) if service != Service::Django => record(items),
        Filled::List(_) | Filled::Tuple(_) | Filled::Map(_) => Ok(json::value(value)?.to_string()),
        _ => scalar(value),
    }
}

fn scalar(value: &Filled) -> Result<String, &'static str> {
    match value {
        Filled::Bool(b) => Ok(b.to_string()),
        Filled::Int(n) => Ok(n.to_string()),
        Filled::Float(n) if n.is_finite() && n.abs() <= f64::from(f32::MAX) => Ok(n.to_string()),
        Filled::Float(_) => Err("it is not a number that 32 bits can hold"),
        Filled::String(text) => Ok(text.clone()),
        Filled::None => Err("an environment variable has no null: leave the setting out"),
        Filled::Python(_) | Filled::Update { .. } => Err("a Python expression can stand in a settings module only"),
        Filled::List(_) | Filled::Tuple(_) | Filled::Map(_) => Err("a list of a Go service has no list or map in it"),
        Filled::Text(never) => match *never {},
    }
}

/// One record of encoding/csv.
fn record(items: &[Filled]) -> Result<String, &'static str> {
    if items.is_empty() {
        return Err("a Go service takes an empty variable for an unset one: leave the setting out");
    }
    let fields = items.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    // A record of one empty field would be an empty line, which is no record.
    Ok(if fields == [""] { "\"\"".to_string() } else { fields.join(",") })
}

fn field(item: &Filled) -> Result<String, &'static str> {
    let text = scalar(item)?;
    if text.trim() != text {
        return Err("a Go service drops the blanks at the ends of a list's items");
    }
    if text.contains("\r\n") {
        return Err("a Go service reads a list's CR LF as LF");
    }
    let quoted = text.contains([',', '"', '\n', '\r']);
    Ok(if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: Service, value: Filled, expect: Result<&str, &str>) {
        match (text(&value, service), expect) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(got), Err(part)) if got.contains(part) => {}
            (got, _) => panic!("{got:?} instead of {expect:?}"),
        }
    }

    fn list(items: &[&str]) -> Filled {
        Filled::List(items.iter().map(|item| Filled::string(*item)).collect())
    }

    #[test]
    fn scalars() {
        let check = |value, expect| check(Service::Mailroom, value, expect);
        check(Filled::Bool(true), Ok("true"));
        check(Filled::Int(-1), Ok("-1"));
        check(Filled::Float(0.5), Ok("0.5"));
        check(Filled::Float(2.0), Ok("2"));
        check(Filled::Float(1e39), Err("32 bits"));
        check(Filled::Float(f64::NAN), Err("32 bits"));
        check(Filled::string(" a "), Ok(" a "));
        check(Filled::None, Err("no null"));
        check(Filled::python("1"), Err("settings module"));
    }

    #[test]
    fn lists_are_one_csv_record_that_ezconf_trims() {
        let check = |value, expect| check(Service::Courier, value, expect);
        check(list(&["a", "b c"]), Ok("a,b c"));
        check(list(&["a,b", "say \"x\"", "l\nm"]), Ok("\"a,b\",\"say \"\"x\"\"\",\"l\nm\""));
        check(list(&["", ""]), Ok(","));
        check(list(&[""]), Ok("\"\""));
        check(Filled::Tuple(vec![Filled::Int(1), Filled::Int(2)]), Ok("1,2"));
        check(list(&[]), Err("unset"));
        check(list(&[" a"]), Err("blanks"));
        check(list(&["a\u{a0}"]), Err("blanks"));
        check(list(&["a\r\nb"]), Err("CR LF"));
        check(Filled::List(vec![list(&["a"])]), Err("no list or map in it"));
    }

    #[test]
    fn what_is_nested_is_json_where_no_go_service_reads_it() {
        let map = Filled::Map(vec![("a".to_string(), list(&["b"]))]);
        check(Service::Django, list(&["a", "b"]), Ok(r#"["a","b"]"#));
        check(Service::Mailroom, map.clone(), Ok(r#"{"a":["b"]}"#));
        check(Service::Django, Filled::List(vec![map]), Ok(r#"[{"a":["b"]}]"#));
        check(Service::Django, Filled::List(vec![Filled::python("x")]), Err("settings module"));
    }
}
