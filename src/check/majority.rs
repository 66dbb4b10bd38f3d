//! Which of several settings that should agree is held to be right.

use std::collections::BTreeMap;

/// The first that is derived, for it says what the document says; without one, the first of those that most agree on.
pub fn model<P>(places: &[P], derived: impl Fn(&P) -> bool, key: impl Fn(&P) -> String) -> Option<&P> {
    if let Some(place) = places.iter().find(|place| derived(place)) {
        return Some(place);
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    places.iter().for_each(|place| *counts.entry(key(place)).or_default() += 1);
    let most = counts.values().max().copied()?;
    places.iter().find(|place| counts.get(&key(place)) == Some(&most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_is_right_and_then_what_most_say() {
        let check = |places: &[(&str, bool)], expect: Option<usize>| {
            let found = model(places, |place| place.1, |place| place.0.to_string());
            let at = found.and_then(|found| places.iter().position(|place| std::ptr::eq(place, found)));
            assert_eq!(at, expect, "{places:?}");
        };
        check(&[("a", false), ("b", true)], Some(1));
        check(&[("a", false), ("b", false), ("b", false)], Some(1));
        check(&[("a", false), ("b", false)], Some(0));
        check(&[], None);
    }
}
