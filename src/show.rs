//! Values as a person reads them: a reference stands where a secret goes.

use std::convert::Infallible;

use crate::model::moment::rfc3339;
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

/// Seconds since 1970 as `2027-01-01 00:00:00 UTC`.
pub fn moment(seconds: u64) -> String {
    rfc3339(seconds).replace('T', " ").replace('Z', " UTC")
}

/// How long ago something was, as one says it.
pub fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds ago"),
        120..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, moment};

    #[test]
    fn a_moment_reads_well() {
        assert_eq!(moment(1_798_761_599), "2026-12-31 23:59:59 UTC");
    }

    #[test]
    fn ages_have_one_unit() {
        let check = |seconds: u64, expect: &str| assert_eq!(ago(seconds), expect);
        check(119, "119 seconds ago");
        check(120, "2 minutes ago");
        check(7_200, "2 hours ago");
        check(172_800, "2 days ago");
    }
}
