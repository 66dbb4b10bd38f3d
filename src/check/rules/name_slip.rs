//! A name is spelt as everywhere else.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::diag::Span;

/// Words that are right by themselves: those of vaults and of RapidPro.
const KNOWN: [&str; 52] = [
    "access", "accesskey", "admin", "amazonaws", "archive", "archives", "archiver", "attachments", "broker", "cache", "cluster",
    "courier", "credential", "credentials", "database", "default", "django", "elastic", "elasticsearch", "example", "hostname",
    "indexer", "internal", "mailroom", "master", "media", "obfuscation", "opensearch", "password", "postgres", "postgresql",
    "private", "primary", "production", "public", "rapidpro", "readonly", "redis", "replica", "search", "secret", "secretkey",
    "server", "sessions", "smtp", "staging", "storage", "textit", "token", "user", "username", "valkey",
];
/// Shorter words are one letter apart by chance.
const SHORTEST: usize = 4;
/// How often a word as short as that must stand elsewhere.
const OFTEN: usize = 3;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let words = words(cx);
    let mut places: BTreeMap<&str, BTreeSet<Span>> = BTreeMap::new();
    for (word, span) in &words {
        places.entry(word).or_default().insert(*span);
    }
    let often = places.iter().filter(|(_, spans)| spans.len() > 1).map(|(word, _)| *word);
    let right: BTreeSet<&str> = often.chain(KNOWN).collect();
    // Two words one slip apart share a spelling with one letter less, so that no pair need be compared with every other.
    let mut shortened: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for word in &right {
        shorter(word).into_iter().for_each(|less| shortened.entry(less).or_default().push(word));
    }
    for (word, spans) in places.iter().filter(|(word, spans)| spans.len() == 1 && !right.contains(**word)) {
        let near = shorter(word).into_iter().filter_map(|less| shortened.get(&less)).flatten();
        let count = |other: &str| places.get(other).map_or(0, |spans| spans.len());
        let sure = |other: &str| word.len() > SHORTEST || KNOWN.contains(&other) || count(other) >= OFTEN;
        let meant = near.into_iter().find(|other| is_slip(word, other) && sure(other));
        let (Some(meant), Some(span)) = (meant, spans.first()) else { continue };
        let other = places.get(meant).and_then(|spans| spans.first()).copied();
        out.say(format!("`{word}` is nearly `{meant}`"))
            .at(*span, "no other name here has this word")
            .at(other, format!("`{meant}` stands here"))
            .help(format!("write `{meant}`, or allow it with a reason: `rpconf rules name-slip`"));
    }
}

/// The words of references, hosts and buckets, each with its place.
fn words(cx: &Cx<'_>) -> Vec<(String, Span)> {
    let mut found = vec![];
    let mut take = |text: &str, span: Span| {
        let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= SHORTEST);
        found.extend(words.map(|word| (word.to_lowercase(), span)));
    };
    for mention in &cx.plan.references {
        let reference = &mention.reference;
        let parts = [Some(&reference.vault), Some(&reference.item), reference.section.as_ref(), Some(&reference.field)];
        parts.into_iter().flatten().for_each(|part| take(part, mention.span));
    }
    for said in cx.said() {
        if !said.schemes().is_empty() {
            let address = said.term(cx).and_then(|term| Address::read(&term));
            if let Some(host) = address.as_ref().and_then(|address| address.host.known()) {
                take(host, said.span);
            }
        } else if let Some(text) = said.text().filter(|_| said.is_host() || said.is_bucket() || said.path == "domain") {
            take(text, said.span);
        }
    }
    found
}

/// A word and what it is with one letter left out.
fn shorter(word: &str) -> Vec<String> {
    let without = |at: usize| word.char_indices().filter(|(other, _)| *other != at).map(|(_, c)| c).collect();
    let mut all: Vec<String> = word.char_indices().map(|(at, _)| without(at)).collect();
    all.push(word.to_string());
    all
}

/// Whether one word is another mistyped: two letters swapped, one left out or doubled, or the key beside it struck.
/// A plural is another word, and so is one that ends otherwise.
fn is_slip(word: &str, meant: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    let plural = |a: &str, b: &str| a.strip_suffix('s') == Some(b);
    if strsim::osa_distance(word, meant) != 1 || plural(word, meant) || plural(meant, word) {
        return false;
    }
    if a.len() < b.len() {
        return a.first() == b.first() || a.get(..) == b.get(1..);
    }
    let differing: Vec<(&char, &char)> = a.iter().zip(&b).filter(|(a, b)| a != b).collect();
    match (a.len() == b.len(), differing.as_slice()) {
        (true, [(a, b)]) => beside(**a, **b),
        (true, _) => true,
        (false, _) => doubled(&a, &b) || a.first() == b.first(),
    }
}

/// Whether the longer word is the shorter one with a letter twice.
fn doubled(long: &[char], short: &[char]) -> bool {
    let mut once = long.to_vec();
    once.dedup();
    let mut other = short.to_vec();
    other.dedup();
    once == other
}

/// Whether two letters are neighbours on a keyboard.
fn beside(a: char, b: char) -> bool {
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"].iter().any(|row| {
        let place = |c: char| row.chars().position(|other| other == c);
        place(a).zip(place(b)).is_some_and(|(a, b)| a.abs_diff(b) == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_words() {
        for (word, meant, expect) in [
            ("porduction", "production", true),
            ("prodution", "production", true),
            ("prooduction", "production", true),
            ("productiom", "production", true),
            ("medic", "media", false),
            ("archives", "archive", false),
            ("archive", "archives", false),
            ("search", "season", false),
            ("postgres", "postgres", false),
        ] {
            assert_eq!(is_slip(word, meant), expect, "{word} {meant}");
        }
    }
}
