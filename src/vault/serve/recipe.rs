//! Values that the server generates for a field, by the recipe that came with it.

use serde_json::Value;

/// Fills a buffer with random bytes.
pub(super) type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

const SETS: [(&str, &str); 3] = [
    ("LETTERS", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("DIGITS", "0123456789"),
    ("SYMBOLS", "!@.-_*#%+=?"),
];

/// A value by a recipe; without one, 32 letters, digits and symbols.
pub(super) fn generate(recipe: &Value, random: Random<'_>) -> Result<String, String> {
    let length = match recipe.get("length") {
        None | Some(Value::Null) => 32,
        Some(length) => length.as_u64().filter(|n| (1..=64).contains(n)).ok_or("the length of a recipe is 1 to 64")?,
    };
    let wanted: Vec<&str> = match recipe.get("characterSets") {
        None | Some(Value::Null) => vec![],
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().unwrap_or_default()).collect(),
        Some(_) => return Err("the character sets of a recipe are a list".into()),
    };
    if let Some(unknown) = wanted.iter().find(|name| SETS.iter().all(|(set, _)| set != *name)) {
        return Err(format!("there is no character set {unknown}"));
    }
    let excluded = recipe.get("excludeCharacters").and_then(Value::as_str).unwrap_or_default();
    let sets = SETS.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
    let alphabet: Vec<char> = sets.flat_map(|(_, set)| set.chars()).filter(|c| !excluded.contains(*c)).collect();
    if alphabet.is_empty() {
        return Err("a recipe leaves no character".into());
    }
    Ok((0..length).filter_map(|_| alphabet.get(below(alphabet.len(), random)).copied()).collect())
}

/// A new id as 1Password's are.
pub(super) fn new_id(random: Random<'_>) -> String {
    let alphabet: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    (0..26).filter_map(|_| alphabet.get(below(alphabet.len(), random)).copied()).collect()
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

/// A number below `n`, each as likely: bytes that would favour the first ones are drawn again.
fn below(n: usize, random: Random<'_>) -> usize {
    loop {
        let mut byte = [0];
        random(&mut byte);
        let byte = usize::from(byte[0]);
        if byte < 256 - 256 % n {
            return byte % n;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0u8;
        move |bytes: &mut [u8]| {
            bytes.iter_mut().for_each(|byte| {
                *byte = next;
                next = next.wrapping_add(1);
            })
        }
    }

    fn check(recipe: Value, length: usize, of: &str) {
        let value = generate(&recipe, &mut counting()).expect("a value");
        assert_eq!(value.chars().count(), length, "{recipe}");
        assert!(value.chars().all(|c| of.contains(c)), "{recipe}: {value}");
    }

    #[test]
    fn a_value_keeps_to_its_recipe() {
        check(json!({"length": 20, "characterSets": ["DIGITS"]}), 20, "0123456789");
        check(json!({"length": 64, "characterSets": ["DIGITS"], "excludeCharacters": "01"}), 64, "23456789");
        check(json!(null), 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@.-_*#%+=?");
        for wrong in [
            json!({"length": 0}),
            json!({"length": 65}),
            json!({"characterSets": ["RUNES"]}),
            json!({"characterSets": 1}),
        ] {
            assert!(generate(&wrong, &mut counting()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_look_like_ids() {
        let id = new_id(&mut counting());
        assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
        assert_eq!(new_uuid(&mut counting()), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    }
}
