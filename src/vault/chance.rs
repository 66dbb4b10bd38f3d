//! Values made by chance: what a new secret is, ids. The bytes come in as an argument.

use crate::model::Secret;

/// Fills a buffer with random bytes.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// Letters and digits stand in every file, URL and shell as they are.
const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How a new secret is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// 43 letters and digits, 256 bits: for passwords and tokens.
    Password,
    /// 64 letters and digits: Django's own check `security.W009` wants 50 characters in a SECRET_KEY.
    SecretKey,
    /// 32 hexadecimal digits, 128 bits: the form of RapidPro's obfuscation key.
    Hex,
}

impl Strength {
    /// What it comes to, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Strength::Password => "43 letters and digits",
            Strength::SecretKey => "64 letters and digits",
            Strength::Hex => "32 hexadecimal digits",
        }
    }

    /// A new secret.
    pub fn make(self, random: Random<'_>) -> Secret<String> {
        Secret::new(match self {
            Strength::Password => text(LETTERS_AND_DIGITS, 43, random),
            Strength::SecretKey => text(LETTERS_AND_DIGITS, 64, random),
            Strength::Hex => text("0123456789abcdef", 32, random),
        })
    }
}

/// A new id as 1Password's are.
pub fn new_id(random: Random<'_>) -> String {
    text("abcdefghijklmnopqrstuvwxyz0123456789", 26, random)
}

/// So many characters of an alphabet of ASCII, each as likely.
pub(super) fn text(alphabet: &str, length: usize, random: Random<'_>) -> String {
    let alphabet = alphabet.as_bytes();
    (0..length).filter_map(|_| alphabet.get(below(alphabet.len(), random)).copied().map(char::from)).collect()
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

/// Bytes that count upwards.
#[cfg(test)]
pub(super) fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0u8;
    move |bytes: &mut [u8]| {
        bytes.iter_mut().for_each(|byte| {
            *byte = next;
            next = next.wrapping_add(1);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(strength: Strength, length: usize, of: &str) {
        let secret = strength.make(&mut counting());
        let made = secret.expose();
        assert_eq!(made.len(), length, "{strength:?}");
        assert!(made.chars().all(|c| of.contains(c)), "{strength:?}: {made}");
        assert!(strength.describe().starts_with(&length.to_string()), "{strength:?}");
    }

    #[test]
    fn each_strength_keeps_to_its_form() {
        check(Strength::Password, 43, LETTERS_AND_DIGITS);
        check(Strength::SecretKey, 64, LETTERS_AND_DIGITS);
        check(Strength::Hex, 32, "0123456789abcdef");
    }

    #[test]
    fn every_character_is_as_likely_as_another() {
        // Each byte once: 256 of 62 characters is four of each and eight drawn again.
        let mut counts = std::collections::BTreeMap::new();
        text(LETTERS_AND_DIGITS, 248, &mut counting()).chars().for_each(|c| *counts.entry(c).or_insert(0) += 1);
        assert!(counts.len() == 62 && counts.values().all(|count| *count == 4), "{counts:?}");
    }

    #[test]
    fn ids_look_like_ids() {
        let id = new_id(&mut counting());
        assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    }
}
