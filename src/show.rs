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

/// Days since 1970 of a date in RFC 3339, by the proleptic Gregorian calendar.
pub fn date(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    // Years begin in March here, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Seconds since 1970 as `2027-01-01 00:00:00 UTC`. Years begin in March here, so that a leap day is the last of its year.
pub fn moment(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + carry;
    format!("{year:04}-{month:02}-{date:02} {:02}:{:02}:{:02} UTC", rest / 3600, rest / 60 % 60, rest % 60)
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
    use super::{ago, date, moment};

    #[test]
    fn dates_are_days_since_1970() {
        let check = |text: &str, days: Option<i64>| assert_eq!(date(text), days, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2000-03-01", Some(11_017));
        check("2024-02-29T12:00:00Z", Some(19_782));
        check("soon", None);
    }

    #[test]
    fn moments_know_leap_years() {
        let check = |seconds: u64, expect: &str| assert_eq!(moment(seconds), expect);
        check(0, "1970-01-01 00:00:00 UTC");
        check(951_782_400, "2000-02-29 00:00:00 UTC");
        check(1_798_761_599, "2026-12-31 23:59:59 UTC");
        check(4_107_542_400, "2100-03-01 00:00:00 UTC");
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
