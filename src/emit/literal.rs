//! Python literals, on one line where they fit and on several in one way only where not.

use crate::model::{Filled, Python, check_expression, fits_one_line, string_literal};

/// The longest line that a container stays on.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// The literal of a value that begins at `column` of a line indented by `indent`.
pub(super) fn literal(value: &Filled, indent: usize, column: usize) -> Result<String, &'static str> {
    if let Filled::Python(python) = value {
        return expression(python, indent);
    }
    // A tuple of one item would be the item in brackets, but for its comma.
    let one = matches!(value, Filled::Tuple(items) if items.len() == 1);
    let (open, close) = match value {
        Filled::List(_) => ('[', ']'),
        Filled::Tuple(_) => ('(', ')'),
        Filled::Map(_) | Filled::Update { .. } => ('{', '}'),
        _ => return scalar(value),
    };
    let items = |indent: usize| match value {
        Filled::List(items) | Filled::Tuple(items) => items.iter().map(|item| literal(item, indent, indent)).collect(),
        Filled::Map(entries) => entries.iter().map(|(key, item)| entry(key, item, indent)).collect(),
        Filled::Update { base, entries } => {
            check_expression(base).map_err(|_| "what it is laid over is not one Python expression")?;
            let below = std::iter::once(Ok(format!("**{base}")));
            below.chain(entries.iter().map(|(key, item)| entry(key, item, indent))).collect()
        }
        _ => Ok::<Vec<_>, &'static str>(vec![]),
    };
    let inner = indent + INDENT;
    let items = items(inner)?;
    let flat = format!("{open}{}{}{close}", items.join(", "), if one { "," } else { "" });
    if items.is_empty() || (!flat.contains('\n') && column + flat.len() <= WIDTH) {
        return Ok(flat);
    }
    let lines: String = items.iter().map(|item| format!("{}{item},\n", " ".repeat(inner))).collect();
    Ok(format!("{open}\n{lines}{}{close}", " ".repeat(indent)))
}

fn entry(key: &str, item: &Filled, indent: usize) -> Result<String, &'static str> {
    let key = string_literal(key);
    let item = literal(item, indent, indent + key.len() + ": ".len())?;
    Ok(format!("{key}: {item}"))
}

fn scalar(value: &Filled) -> Result<String, &'static str> {
    match value {
        Filled::Bool(true) => Ok("True".to_string()),
        Filled::Bool(false) => Ok("False".to_string()),
        Filled::Int(n) => Ok(n.to_string()),
        // `Debug` keeps the point or exponent that makes it a float: `1.0`, `1e300`.
        Filled::Float(n) if n.is_finite() => Ok(format!("{n:?}")),
        Filled::Float(_) => Err("Python has no literal for an infinity or NaN"),
        Filled::String(text) => Ok(string_literal(text)),
        _ => Ok("None".to_string()),
    }
}

/// An expression is parsed before it is written, whoever built it: it could close a bracket and begin a statement.
/// Unless it is simple it stands in brackets of its own, whose end is on a line that no comment of it reaches.
fn expression(python: &Python, indent: usize) -> Result<String, &'static str> {
    let code = python.code.trim();
    check_expression(code).map_err(|_| "it is not one Python expression")?;
    if fits_one_line(code) {
        return Ok(code.to_string());
    }
    Ok(format!("(\n{}{code}\n{})", " ".repeat(indent + INDENT), " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Filled, expect: Result<&str, &'static str>) {
        assert_eq!(literal(&value, 0, 4), expect.map(str::to_string));
    }

    fn strings(items: &[&str]) -> Vec<Filled> {
        items.iter().map(|item| Filled::string(*item)).collect()
    }

    #[test]
    fn literals() {
        check(Filled::None, Ok("None"));
        check(Filled::Bool(true), Ok("True"));
        check(Filled::Int(i64::MIN), Ok("-9223372036854775808"));
        check(Filled::Float(1.0), Ok("1.0"));
        check(Filled::Float(-1e-7), Ok("-1e-7"));
        check(Filled::Float(f64::INFINITY), Err("Python has no literal for an infinity or NaN"));
        check(Filled::List(vec![]), Ok("[]"));
        check(Filled::Tuple(vec![]), Ok("()"));
        check(Filled::Map(vec![]), Ok("{}"));
        check(Filled::Tuple(strings(&["x"])), Ok(r#"("x",)"#));
        check(Filled::Map(vec![("é".to_string(), Filled::Int(1))]), Ok(r#"{"\xe9": 1}"#));
        let over = |base: &str| Filled::Update { base: base.into(), entries: vec![("a".to_string(), Filled::Int(1))] };
        check(over("BRAND"), Ok(r#"{**BRAND, "a": 1}"#));
        check(over("x}; import os"), Err("what it is laid over is not one Python expression"));
    }

    #[test]
    fn long_containers_take_a_line_for_each_item() {
        let long = "x".repeat(60);
        check(
            Filled::Map(vec![("A".to_string(), Filled::Tuple(strings(&[&long])))]),
            Ok(&format!("{{\"A\": (\"{long}\",)}}")),
        );
        check(
            Filled::Map(vec![("A".to_string(), Filled::List(strings(&[&long, &long])))]),
            Ok(&format!("{{\n    \"A\": [\n        \"{long}\",\n        \"{long}\",\n    ],\n}}")),
        );
    }

    #[test]
    fn expressions_cannot_reach_what_is_around_them() {
        check(Filled::python(" timedelta(days=1) "), Ok("timedelta(days=1)"));
        check(Filled::python("1  # why"), Ok("(\n    1  # why\n)"));
        check(Filled::List(vec![Filled::python("1, 2")]), Ok("[\n    (\n        1, 2\n    ),\n]"));
        check(Filled::python("1\nimport os"), Err("it is not one Python expression"));
        check(Filled::python("1); import os; (2"), Err("it is not one Python expression"));
        check(Filled::python(""), Err("it is not one Python expression"));
    }
}
