//! Slips of the pen in names: keys, settings, services, words, names inside templates and references.

use rpconf::model::document::DOCUMENT;
use rpconf::model::shape::{Leaf, Shape};

use super::Mutant;
use super::document::{Document, Spot};

/// A slip: what it is called, and the word with it at a place.
type Slip = (&'static str, fn(&str, usize) -> String);

const SLIPS: [Slip; 8] = [
    ("letter dropped", |word, at| letters(word, at, |_| String::new())),
    ("letter doubled", |word, at| letters(word, at, |c| format!("{c}{c}"))),
    ("letters swapped", swapped),
    ("neighbouring key", |word, at| letters(word, at, |c| neighbour(c).to_string())),
    ("other case", |word, _| recased(word)),
    ("dash for underscore", |word, _| word.replace('_', "-")),
    ("underscore dropped", |word, _| word.replacen('_', "", 1)),
    ("plural", |word, _| word.strip_suffix(['s', 'S']).map_or_else(|| format!("{word}s"), str::to_string)),
];

pub fn break_in(document: &Document, found: &mut Vec<Mutant>) {
    for (at, spot) in document.spots.iter().enumerate() {
        if let Some(key) = spot.key.clone().filter(|_| is_ours(spot)) {
            let word = &document.text[key.clone()];
            // Each name takes two slips, another pair in each document.
            for turn in [at, at + 3] {
                let (kind, slip) = SLIPS[(turn + document.name.len()) % SLIPS.len()];
                let slipped = slip(word, at + turn);
                if slipped != word {
                    found.push(document.replace(&spot.path, kind, key.clone(), &slipped));
                }
            }
        }
        if is_word(spot) {
            let word = &document.text[spot.value.clone()];
            for (kind, slip) in SLIPS.iter().cycle().skip(at).step_by(3).take(2) {
                let slipped = slip(word, at);
                // The services read levels in any case, and nothing of a service that is gone.
                let harmless = slipped.eq_ignore_ascii_case(word) && spot.plain.to_lowercase().ends_with("log_level");
                if slipped != word && !word.starts_with('"') && !harmless && !document.unread(spot) {
                    found.push(document.write(spot, kind, &slipped));
                }
            }
        }
        inside(document, spot, at, found);
    }
}

/// Whether a key is the grammar's or a service's, and no name that the document gives.
fn is_ours(spot: &Spot) -> bool {
    let parts: Vec<&str> = spot.plain.split('.').collect();
    match parts.as_slice() {
        ["hosts" | "outputs", _] => false,
        ["services", _, "DATABASES" | "CACHES", _, rest @ ..] => rest.len() == 1,
        ["services", _, _, rest @ ..] => rest.is_empty(),
        _ => !spot.plain.contains("{"),
    }
}

/// Whether a value is one of a few words.
fn is_word(spot: &Spot) -> bool {
    let shape = DOCUMENT.at(&spot.plain);
    let closed = matches!(shape, Some(Shape::Leaf(Leaf::OneOf(_))));
    let service = spot.plain.starts_with("hosts.") && spot.plain.ends_with(".services");
    let named = ["log_level", "LOG_LEVEL", "extends", "on_change", "backend", "template", "format"];
    spot.scalar.is_some() && (closed || service || named.iter().any(|end| spot.plain.ends_with(end)))
}

/// Slips in what stands in braces, and in the names of references.
fn inside(document: &Document, spot: &Spot, seed: usize, found: &mut Vec<Mutant>) {
    let Some(scalar) = &spot.scalar else { return };
    let value = &document.text[spot.value.clone()];
    for name in ["domain", "hosts", "public", "service", "home", "urlencode", "op("] {
        if scalar.text.contains("{{") && value.contains(name) {
            let slipped = swapped(name, 1 + seed % 2);
            found.push(document.write(spot, "slip in a template", &value.replacen(name, &slipped, 1)));
        }
    }
    if let Some(rest) = scalar.text.strip_prefix("op://") {
        let parts: Vec<&str> = rest.split('/').collect();
        let part = parts[seed % 2];
        let slip = SLIPS[seed % 4];
        let slipped = slip.1(part, seed.max(1));
        if slipped != part {
            found.push(document.write(spot, "slip in a reference", &value.replacen(part, &slipped, 1)));
        }
    }
}

/// The word with its letter near `at` written otherwise.
fn letters(word: &str, at: usize, write: impl Fn(char) -> String) -> String {
    let places: Vec<usize> = word.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
    let Some(at) = places.get(at % places.len().max(1)) else { return word.to_string() };
    let c = word[*at..].chars().next().expect("a letter");
    format!("{}{}{}", &word[..*at], write(c), &word[at + c.len_utf8()..])
}

/// The word with two letters in the other order, from `at` on the first pair that differs.
pub fn swapped(word: &str, at: usize) -> String {
    let mut bytes = word.as_bytes().to_vec();
    let len = bytes.len();
    let pairs = (0..len).map(|n| (n + at) % len).filter(|n| n + 1 < len);
    let differs = |n: &usize| {
        let (a, b) = (bytes[*n], bytes[n + 1]);
        a != b && a.is_ascii_alphabetic() && b.is_ascii_alphabetic()
    };
    if let Some(n) = pairs.into_iter().find(differs) {
        bytes.swap(n, n + 1);
    }
    String::from_utf8(bytes).expect("letters")
}

fn recased(word: &str) -> String {
    let upper = word.chars().any(|c| c.is_ascii_uppercase());
    if upper {
        return word.to_lowercase();
    }
    word[..1].to_uppercase() + &word[1..]
}

/// The letter to the right on the keyboard, or to the left at a row's end.
fn neighbour(c: char) -> char {
    for row in ["qwertyuiop", "asdfghjkl", "zxcvbnm"] {
        if let Some(at) = row.find(c.to_ascii_lowercase()) {
            let next = row[at + 1..].chars().next().or_else(|| row[..at].chars().last()).expect("a row");
            return if c.is_ascii_uppercase() { next.to_ascii_uppercase() } else { next };
        }
    }
    c
}
