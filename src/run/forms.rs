//! The forms in which a secret may appear in what a program prints.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::model::{Secret, string_literal};

/// A shorter secret would hide half of all output, and is guessed faster than read.
pub(super) const SHORTEST: usize = 4;

/// Sets of characters that encoders leave as they are: RFC 3986's unreserved ones, and those of Python's `quote`, of
/// JavaScript's `encodeURIComponent` and of Go's and libpq's user-info besides.
const KEPT: [&AsciiSet; 4] = [
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~'),
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/'),
    &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'!')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')'),
    &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'$')
        .remove(b'&')
        .remove(b'+')
        .remove(b',')
        .remove(b';')
        .remove(b'='),
];

/// Every form of every secret, by its first byte.
pub struct Needles {
    by_first: Vec<Vec<Zeroizing<Vec<u8>>>>,
}

impl Needles {
    /// The forms of some secrets; those shorter than four bytes are left out.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret<String>>) -> Self {
        let mut needles = Self { by_first: (0..=u8::MAX).map(|_| vec![]).collect() };
        for secret in secrets {
            #[expect(
                clippy::disallowed_methods,
                reason = "what is to be hidden is compared with the output, in memory"
            )]
            let text = secret.expose();
            if text.len() >= SHORTEST {
                forms(text).into_iter().for_each(|form| needles.add(form));
            }
        }
        needles
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.by_first.iter().all(Vec::is_empty)
    }

    /// The forms that begin with a byte.
    pub(super) fn beginning_with(&self, byte: u8) -> &[Zeroizing<Vec<u8>>] {
        self.by_first.get(usize::from(byte)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, form: Vec<u8>) {
        let form = Zeroizing::new(form);
        let Some(list) = form.first().and_then(|first| self.by_first.get_mut(usize::from(*first))) else { return };
        if form.len() >= SHORTEST && !list.contains(&form) {
            list.push(form);
        }
    }
}

fn forms(text: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![text.as_bytes().to_vec()];
    // Through a terminal, a line's end arrives as CR LF.
    forms.push(text.replace('\n', "\r\n").into_bytes());
    for kept in KEPT {
        let encoded = utf8_percent_encode(text, kept).to_string();
        forms.push(encoded.replace("%20", "+").into_bytes());
        forms.push(lower_hex(&encoded).into_bytes());
        forms.push(encoded.into_bytes());
    }
    let quoted = [string_literal(text), serde_json::Value::from(text).to_string()];
    for literal in quoted {
        let inside = literal.strip_prefix('"').and_then(|literal| literal.strip_suffix('"')).unwrap_or(&literal);
        // Python's own `repr` prefers single quotes, in which a double one is not escaped.
        forms.push(inside.replace("\\\"", "\"").into_bytes());
        forms.push(inside.replace("\\\"", "\"").replace('\'', "\\'").into_bytes());
        forms.push(inside.as_bytes().to_vec());
    }
    forms.extend(base64_forms(text.as_bytes()));
    forms
}

fn lower_hex(encoded: &str) -> String {
    let mut left = 0;
    let lower = |c: char| {
        left = if c == '%' { 3 } else { left - i32::from(left > 0) };
        if left > 0 { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(lower).collect()
}

/// What of a text's base64 is the same whatever stands around it: three ways, by how many bytes stand before it, modulo
/// three. The first and last characters that mix with a neighbour's bits are left out; where the text ends there, the
/// last one is known.
fn base64_forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![];
    for before in 0..3_usize {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            forms.extend(encoded.as_bytes().get(first..last).map(<[u8]>::to_vec));
            forms.extend(encoded.as_bytes().get(first..).map(<[u8]>::to_vec));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    fn check(secret: &str, output: &str) {
        let needles = Needles::new([&Secret::new(secret.to_string())]);
        let found = output.as_bytes().iter().enumerate().any(|(at, byte)| {
            needles.beginning_with(*byte).iter().any(|needle| output.as_bytes()[at..].starts_with(needle))
        });
        assert!(found, "{secret:?} is not found in {output:?}");
    }

    #[test]
    fn forms_are_found() {
        let secret = "p@ss w/rd\"it's\\é+?~";
        check(secret, secret);
        check(secret, &format!("postgres://u:{}@h/d", "p%40ss%20w%2Frd%22it%27s%5C%C3%A9%2B%3F~"));
        check(secret, "p%40ss%20w%2frd%22it%27s%5c%c3%a9%2b%3f~");
        check(secret, "p%40ss+w%2Frd%22it%27s%5C%C3%A9%2B%3F~");
        check(secret, "p%40ss%20w/rd%22it%27s%5C%C3%A9%2B%3F~");
        check(secret, "{\"password\": \"p@ss w/rd\\\"it's\\\\é+?~\"}");
        check(secret, "'p@ss w/rd\"it\\'s\\\\\\xe9+?~'");
        check("two\nlines", "two\r\nlines");
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        for engine in [STANDARD, URL_SAFE] {
            for around in ["", "a", "ab", "abc"] {
                for after in ["", "x", "xy"] {
                    check("hunter22\u{ff}?>", &engine.encode(format!("{around}hunter22\u{ff}?>{after}")));
                }
            }
        }
    }

    #[test]
    fn what_is_too_short_is_left_out() {
        assert!(Needles::new([&Secret::new("abc".to_string()), &Secret::new(String::new())]).is_empty());
    }
}
