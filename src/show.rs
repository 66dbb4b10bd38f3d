//! Values as a person reads them: a reference stands where a secret goes.

use std::convert::Infallible;

use crate::model::{Filled, Filter, Part, Text, Value, string_literal};

/// A value of a plan. `⟨op://vault/item/field | urlencode⟩` is a hole.
pub fn value(value: &Value) -> String {
    any(value, &text)
}

/// A value with its secrets. Only for whoever asked for them.
pub fn filled(value: &Filled) -> String {
    any(value, &|never: &Infallible| match *never {})
}

fn any<T>(value: &Value<T>, text: &dyn Fn(&T) -> String) -> String {
    let list = |items: &[Value<T>]| items.iter().map(|item| any(item, text)).collect::<Vec<_>>().join(", ");
    let map = |entries: &[(String, Value<T>)]| {
        entries
            .iter()
            .map(|(key, item)| format!("{}: {}", string_literal(key), any(item, text)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match value {
        Value::None => "None".to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) => format!("{n:?}"),
        Value::String(known) => string_literal(known),
        Value::List(items) => format!("[{}]", list(items)),
        Value::Tuple(items) => format!("({})", list(items)),
        Value::Map(entries) => format!("{{{}}}", map(entries)),
        Value::Update { base, entries } => format!("{{**{base}, {}}}", map(entries)),
        Value::Python(python) => python.code.clone(),
        Value::Text(waiting) => text(waiting),
    }
}

fn text(text: &Text) -> String {
    text.parts.iter().map(part).collect()
}

fn part(part: &Part) -> String {
    let filters = |filters: &[Filter]| filters.iter().map(|filter| format!(" | {}", filter.name())).collect::<String>();
    match part {
        Part::Known(known) => known.clone(),
        Part::Hole(hole) => format!("⟨{}{}⟩", hole.reference, filters(&hole.filters)),
        Part::Group(parts, then) => format!("⟨{}{}⟩", parts.iter().map(self::part).collect::<String>(), filters(then)),
    }
}
