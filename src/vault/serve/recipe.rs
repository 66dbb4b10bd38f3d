//! Values that the server generates for a field, by the recipe that came with it.

use serde_json::Value;

use crate::vault::chance::{Random, text};

const SETS: [(&str, &str); 3] = [
    ("LETTERS", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("DIGITS", "0123456789"),
    ("SYMBOLS", "!@.-_*#%+=?"),
];

/// How a value is made.
pub(super) struct Recipe {
    length: usize,
    alphabet: String,
}

impl Recipe {
    /// Reads a recipe; an absent one makes 32 letters, digits and symbols.
    pub(super) fn read(recipe: &Value) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("Invalid recipe: {what}"));
        if !matches!(recipe, Value::Null | Value::Object(_)) {
            return wrong("it is a map");
        }
        let length = match recipe.get("length").map(Value::as_u64) {
            None => 32,
            Some(Some(length @ 1..=64)) => length as usize,
            Some(_) => return wrong("its length is 1 to 64"),
        };
        let wanted: Option<Vec<&str>> = match recipe.get("characterSets") {
            None => Some(vec![]),
            Some(list) => list.as_array().and_then(|list| list.iter().map(Value::as_str).collect()),
        };
        let Some(wanted) = wanted else { return wrong("its character sets are a list of names") };
        let twice = |name| wanted.iter().filter(|other| *other == name).count() > 1;
        if wanted.iter().any(|name| twice(name) || SETS.iter().all(|(set, _)| set != name)) {
            return wrong("its character sets are LETTERS, DIGITS and SYMBOLS, each once");
        }
        let excluded = match recipe.get("excludeCharacters").map(Value::as_str) {
            None => "",
            Some(Some(text)) => text,
            Some(None) => return wrong("the characters that it excludes are a text"),
        };
        let sets = SETS.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
        let alphabet: String = sets.flat_map(|(_, set)| set.chars()).filter(|c| !excluded.contains(*c)).collect();
        if alphabet.is_empty() { wrong("it leaves no character") } else { Ok(Self { length, alphabet }) }
    }

    /// A new value.
    pub(super) fn make(&self, random: Random<'_>) -> String {
        text(&self.alphabet, self.length, random)
    }
}

/// A random UUID (RFC 9562, version 4).
pub(super) fn new_uuid(random: Random<'_>) -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vault::chance::counting;

    fn check(recipe: Value, length: usize, of: &str) {
        let value = Recipe::read(&recipe).expect("a recipe").make(&mut counting());
        assert_eq!(value.chars().count(), length, "{recipe}");
        assert!(value.chars().all(|c| of.contains(c)), "{recipe}: {value}");
    }

    #[test]
    fn a_value_keeps_to_its_recipe() {
        check(json!({"length": 20, "characterSets": ["DIGITS"]}), 20, "0123456789");
        check(json!({"length": 64, "characterSets": ["DIGITS"], "excludeCharacters": "01"}), 64, "23456789");
        check(json!(null), 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@.-_*#%+=?");
        for wrong in [
            json!([]),
            json!({"length": 0}),
            json!({"length": 65}),
            json!({"length": -1}),
            json!({"characterSets": ["RUNES"]}),
            json!({"characterSets": ["DIGITS", "DIGITS"]}),
            json!({"characterSets": 1}),
            json!({"excludeCharacters": 1}),
            json!({"characterSets": ["DIGITS"], "excludeCharacters": "0123456789"}),
        ] {
            assert!(Recipe::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn uuids_are_of_version_4() {
        assert_eq!(new_uuid(&mut counting()), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    }
}
