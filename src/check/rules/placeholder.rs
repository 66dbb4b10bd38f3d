//! No value is one that somebody meant to fill in.

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::term::Term;

/// What is written where a value will follow, in lower case.
const WORDS: [&str; 22] = [
    "changeme", "change_me", "change-me", "changeit", "todo", "tbd", "tba", "fixme", "replaceme", "replace_me", "replace-me",
    "placeholder", "redacted", "hidden", "secret_here",      "...", "…", "???",
    "internal_ip", "elastic_ip", "public_ip", "elasticsearch_url", 
];
/// Words for nothing, which a server or a bucket is not called.
const NOTHING: [&str; 6] = ["none", "null", "nil", "undefined", "n/a", "foo"];
/// Parts of names that stand for the reader's own.
const STARTS: [&str; 8] = ["your-", "your_", "yourdomain", "my-domain", "insert-", "insert_", "replace-", "replace_"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said() {
        let Some(term) = said.term(cx) else { continue };
        let named = said.is_host() || said.is_bucket() || !said.schemes().is_empty();
        let nothing = |text: &str| named && NOTHING.contains(&text.to_lowercase().as_str());
        let whole = term.known().is_some_and(|text| is_placeholder(text) || nothing(text));
        let part = || Address::read(&term).is_some_and(|address| parts(&address).iter().any(|part| is_placeholder(part)));
        let name = || said.is_host() && term.as_str().split('.').any(is_placeholder);
        if whole || part() || name() {
            out.say(format!("`{}` holds a placeholder", said.path))
                .at(said.span, "somebody meant to fill this in")
                .help("write the value, or a reference when it is a secret");
        }
    }
}

fn parts(address: &Address) -> Vec<&str> {
    let mut parts: Vec<&str> = address.host.as_str().split('.').collect();
    parts.extend([&address.user, &address.password].into_iter().flatten().map(Term::as_str));
    parts
}

fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let shell = text.strip_prefix('$').is_some_and(|rest| {
        let name = rest.trim_start_matches(['{', '(']).trim_end_matches(['}', ')']);
        let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_:-".contains(c);
        rest.starts_with('{') || rest.starts_with('(') || (name.len() > 2 && name.chars().all(word))
    });
    let angle = text.starts_with('<') && text.ends_with('>') && !text.contains('@');
    let crossed = (3..=32).contains(&text.len()) && (lower.chars().all(|c| matches!(c, 'x' | '*')) || lower.chars().all(|c| c == 'y'));
    let tail = lower.rsplit(['-', '_']).next().is_some_and(|tail| (4..=32).contains(&tail.len()) && tail.chars().all(|c| "xy".contains(c)));
    shell || angle || crossed || tail || WORDS.contains(&lower.as_str()) || STARTS.iter().any(|start| lower.starts_with(start))
}
