//! What looks like a secret is a reference, whatever the setting is called.

use std::collections::BTreeMap;

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::said::Said;

/// Words of names behind which a secret stands.
const TELLING: [&str; 10] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "apikey", "private_key", "access_key"];
/// What a name with such a word ends in when it is about the secret and not the secret.
const ABOUT: [&str; 16] = [
    "file", "path", "dir", "url", "uri", "host", "name", "header", "ttl", "timeout", "age", "prefix", "backend", "class",
    "validators", "hashers",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    // A demo's literals are fakes on purpose.
    if cx.is_demo() {
        return;
    }
    for said in cx.said() {
        let Some(term) = said.term(cx) else { continue };
        let password = Address::read(&term).and_then(|address| address.password);
        let help = "put it into the vault and write its reference, `op://vault/item/field`";
        if password.is_some_and(|password| password.known().is_some()) || said.text().is_some_and(has_login) {
            out.say(format!("`{}` has a password in an address", said.path)).at(said.span, "it stands here in the clear").help(help);
        } else if said.text().is_some_and(|text| is_telling(said) && looks_random(text)) {
            out.warn(format!("`{}` looks like a secret", said.path)).at(said.span, "it stands here in the clear").help(help);
        }
    }
}

/// Whether a text is `user:password@host`, without a scheme.
fn has_login(text: &str) -> bool {
    let Some((login, host)) = text.rsplit_once('@').filter(|_| !text.contains("://")) else { return false };
    let server = host.chars().next().is_some_and(char::is_alphanumeric) && !host.contains(char::is_whitespace);
    let parts = login.split_once(':').filter(|(user, password)| !user.contains(['/', ' ']) && !password.is_empty());
    server && parts.is_some_and(|(_, password)| !password.contains(char::is_whitespace))
}

fn is_telling(said: &Said<'_>) -> bool {
    // `allow` and `outputs` speak of secrets, and hold none.
    let ours = said.service.is_some() || said.path.contains(".extra.");
    let name = said.path.to_lowercase().replace('-', "_");
    let last = name.rsplit('.').next().unwrap_or_default();
    let about = last.rsplit('_').next().is_some_and(|word| ABOUT.contains(&word));
    ours && !about && TELLING.iter().any(|word| name.contains(word))
}

/// Whether a text is no word, path, address or number: a secret's letters are many and mixed.
fn looks_random(text: &str) -> bool {
    let plain = text.contains(char::is_whitespace) || text.contains("://") || text.starts_with('/');
    let dotted = text.contains('.') && text.split('.').all(|part| part.chars().all(|c| c.is_alphabetic() || c == '_'));
    if plain || dotted || text.len() < 6 {
        return false;
    }
    let classes = [
        text.chars().any(|c| c.is_lowercase()),
        text.chars().any(|c| c.is_uppercase()),
        text.chars().any(|c| c.is_ascii_digit()),
        text.chars().any(|c| !c.is_alphanumeric() && c != '_' && c != '-'),
    ];
    classes.iter().filter(|class| **class).count() >= 2 && entropy(text) >= 2.4
}

/// Shannon's entropy, in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_default() += 1.0);
    let len: f64 = counts.values().sum();
    counts.values().map(|count| -(count / len) * (count / len).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_words_and_addresses() {
        for (text, expect) in [
            ("hunter2hunter2", true),
            ("5up3r-s3cr3t", true),
            ("wJalrXUtnFEMI/K7MDENG+bPxRfiCY", true),
            ("orgs.backends.Token", false),
            ("/etc/rapidpro/key.json", false),
            ("https://idp.example.org/token", false),
            ("required", false),
            ("x1", false),
        ] {
            assert_eq!(looks_random(text), expect, "{text}");
        }
        for (text, expect) in [
            ("rapidpro:hunter2@db.internal/rapidpro", true),
            ("ops@medicmobile.org", false),
            ("Reply to: ops@medicmobile.org", false),
            ("https://user@host:80/p", false),
        ] {
            assert_eq!(has_login(text), expect, "{text}");
        }
    }
}
