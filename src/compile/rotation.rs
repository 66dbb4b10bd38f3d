//! `rotate`: at which age a credential is due, and what brings new files to the other hosts.

use std::rc::Rc;
use std::time::Duration;

use crate::diag::{Notes, Spanned, codes};
use crate::model::RotationPolicy;
use crate::source::Node;

/// What the document says of rotation.
pub fn read(tree: &Rc<Node>, notes: &mut Notes) -> RotationPolicy {
    let mut policy = RotationPolicy::default();
    let Some(mapping) = tree.get("rotate").and_then(|node| node.mapping()) else { return policy };
    for entry in mapping.entries.iter().filter(|entry| !entry.value.is_null()) {
        if entry.key.value == "on_rotate" {
            let words = entry.value.sequence().unwrap_or(std::slice::from_ref(&entry.value)).iter();
            policy.hook = words.filter_map(|word| word.scalar()).map(|word| word.text.clone()).collect();
            continue;
        }
        let Some(scalar) = entry.value.scalar() else { continue };
        match age(&scalar.text) {
            Some(age) => policy.due.push((entry.key.value.clone(), Spanned::new(age, entry.value.span))),
            None => {
                notes
                    .error(codes::BAD_VALUE, format!("`{}` is no age", scalar.text))
                    .at(&*entry.value, "a number and a unit")
                    .help("write days, weeks or hours: `90d`, `12w`, `36h`");
            }
        }
    }
    policy
}

/// `90d`, `12w`, `36h` or `90m`.
pub fn age(text: &str) -> Option<Duration> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let seconds = match unit {
        "w" => 604_800,
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_numbers_with_a_unit() {
        let check = |text: &str, expect: Option<u64>| assert_eq!(age(text).map(|age| age.as_secs()), expect, "{text}");
        check("90d", Some(7_776_000));
        check("12w", Some(7_257_600));
        check(" 36h ", Some(129_600));
        for text in ["", "d", "0d", "90", "90 days", "-1d", "9ä", "99999999999999999999d", "9999999999999999999d"] {
            check(text, None);
        }
    }
}
