//! New passwords: 256 bits in an alphabet that every backend, URL and file takes.

use super::Outside;
use crate::model::Secret;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 62^43 > 2^256.
const LENGTH: usize = 43;

/// A password of 43 letters and digits that begins with a letter, with an upper-case letter, a lower-case one and a digit
/// among them, as policies ask.
pub fn password(outside: &dyn Outside) -> Secret<String> {
    loop {
        let candidate = Secret::new(draw(outside));
        if satisfies(&candidate) {
            return candidate;
        }
    }
}

fn draw(outside: &dyn Outside) -> String {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        let mut bytes = [0; 64];
        outside.random(&mut bytes);
        // 248 is the last multiple of 62 in a byte: without the rest, no letter is likelier than another.
        let letters = bytes.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        text.extend(letters.take(LENGTH - text.len()).map(|byte| char::from(*byte)));
        zeroize::Zeroize::zeroize(&mut bytes);
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a fresh value is held against the policy before anyone has it")]
fn satisfies(candidate: &Secret<String>) -> bool {
    let text = candidate.expose();
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}
