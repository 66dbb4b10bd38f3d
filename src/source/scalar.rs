//! The types of YAML 1.2's core schema (YAML 1.2.2, section 10.3.2), and the words and numbers that YAML 1.1 read
//! otherwise.

use super::tree::Typed;

/// A number that no setting can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// A whole number outside of 64 bits.
    Range,
    /// An infinity, written or by overflow, or not a number.
    NotFinite,
}

/// The type of a plain scalar.
pub(super) fn typed(text: &str) -> Result<Typed, Refused> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Typed::Null),
        "true" | "True" | "TRUE" => return Ok(Typed::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Typed::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Refused::NotFinite),
        _ => {}
    }
    if matches!(unsigned(text), ".inf" | ".Inf" | ".INF") {
        return Err(Refused::NotFinite);
    }
    if is_decimal(text) {
        return text.parse().map(Typed::Int).map_err(|_| Refused::Range);
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix).filter(|d| all(d, |c| c.is_digit(radix))) {
            return i64::from_str_radix(digits, radix).map(Typed::Int).map_err(|_| Refused::Range);
        }
    }
    if is_float(text) {
        let number = text.parse().ok().filter(|n: &f64| n.is_finite());
        return number.map(Typed::Float).ok_or(Refused::NotFinite);
    }
    Ok(Typed::String)
}

/// The boolean that YAML 1.1 made of a plain word that is a string in YAML 1.2.
pub(super) fn former_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => Some(true),
        "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// Whether a whole number is written with a zero in front, which was octal in YAML 1.1 and means nothing in YAML 1.2.
pub(super) fn has_leading_zero(text: &str) -> bool {
    is_decimal(text) && unsigned(text).len() > 1 && unsigned(text).starts_with('0')
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_decimal(text: &str) -> bool {
    all(unsigned(text), |c| c.is_ascii_digit())
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let (number, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned(text), None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent.is_none_or(is_decimal)
}

fn all(text: &str, is: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_typed_by_the_core_schema() {
        let check = |text: &str, expect: Result<Typed, Refused>| assert_eq!(typed(text), expect, "{text:?}");
        for text in ["", "~", "null", "NULL"] {
            check(text, Ok(Typed::Null));
        }
        for text in ["yes", "No", "on", "OFF", "y", "nULL", "tRUE", "0b1", "1_000", "1:30", "0x", "0o8", "-0x1", "."] {
            check(text, Ok(Typed::String));
        }
        for text in ["1e", "e1", "1.2.3", "+", "-", "--1", "7.4a", "1 2", "inf", "nan", "0xfg", ".e1", "१२"] {
            check(text, Ok(Typed::String));
        }
        check("True", Ok(Typed::Bool(true)));
        check("false", Ok(Typed::Bool(false)));
        for (text, n) in [("0", 0), ("-7", -7), ("+7", 7), ("0o17", 15), ("0x1f", 31), ("0123", 123)] {
            check(text, Ok(Typed::Int(n)));
        }
        check("9223372036854775807", Ok(Typed::Int(i64::MAX)));
        check("-9223372036854775808", Ok(Typed::Int(i64::MIN)));
        for (text, n) in [("7.10", 7.1), ("1e3", 1000.0), (".5", 0.5), ("2.", 2.0), ("-1.5E-1", -0.15)] {
            check(text, Ok(Typed::Float(n)));
        }
        for text in ["9223372036854775808", "0x8000000000000000", "1234567890123456789012345"] {
            check(text, Err(Refused::Range));
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan", "1e999"] {
            check(text, Err(Refused::NotFinite));
        }
    }

    #[test]
    fn what_yaml_1_1_read_otherwise_is_recognised() {
        for (text, expect) in [("yes", Some(true)), ("Off", Some(false)), ("N", Some(false)), ("true", None)] {
            assert_eq!(former_boolean(text), expect, "{text}");
        }
        for (text, expect) in [("0600", true), ("-012", true), ("0", false), ("10", false), ("0.5", false)] {
            assert_eq!(has_leading_zero(text), expect, "{text}");
        }
    }
}
