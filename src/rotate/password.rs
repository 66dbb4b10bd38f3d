//! New passwords: 256 bits in an alphabet that every backend, URL and file takes.

use super::Outside;
use crate::model::Secret;
use crate::vault::Strength;

/// A password of 43 letters and digits that begins with a letter, with an upper-case letter, a lower-case one and a digit
/// among them, as policies of backends ask.
pub fn password(outside: &dyn Outside) -> Secret<String> {
    loop {
        let candidate = Strength::Password.make(&mut |bytes| outside.random(bytes));
        if satisfies(&candidate) {
            return candidate;
        }
    }
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
