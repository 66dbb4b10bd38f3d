//! The key that hides ids, in its two forms.

use super::Value;

/// 32 hexadecimal digits as a tuple of four 32-bit words, first to last.
pub fn obfuscation_ints<T>(key: &str) -> Option<Value<T>> {
    let key = key.trim();
    let whole = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let word = |at: usize| i64::from_str_radix(key.get(at..at + 8)?, 16).ok().map(Value::Int);
    if whole { [0, 8, 16, 24].into_iter().map(word).collect::<Option<_>>().map(Value::Tuple) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::obfuscation_ints;

    #[test]
    fn four_words_first_to_last() {
        let ints = |words: [i64; 4]| Some(Value::Tuple(words.map(Value::Int).to_vec()));
        let read: Option<Value> = obfuscation_ints("000A3B1C000D2E3F0001A2B300C0FFEE");
        assert!(read == ints([670_492, 863_807, 107_187, 12_648_430]));
        for wrong in ["", "0A", "000A3B1C000D2E3F0001A2B300C0FFEG", "000A3B1C000D2E3F0001A2B300C0FFEE0"] {
            assert!(obfuscation_ints::<super::super::Text>(wrong).is_none(), "{wrong}");
        }
    }
}
