//! Which names stand before secrets, and which values are none.

use strsim::damerau_levenshtein;

/// How sure a name makes it that a secret follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sureness {
    /// All below the name is hidden.
    Sure,
    /// A value is hidden; a map is judged by its own keys, as in an output that is named `ssh_key`.
    Likely,
}

const SURE: [&str; 11] = [
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "private",
    "access_key",
    "api_key",
    "apikey",
    "auth",
    "dsn",
];

/// What a key's name says about its value.
pub(super) fn by_name(name: &str) -> Option<Sureness> {
    let name = name.to_lowercase().replace([' ', '-', '.'], "_");
    let misspelt = |part: &str| SURE.iter().any(|word| word.len() > 5 && damerau_levenshtein(part, word) == 1);
    if SURE.iter().any(|word| name.contains(word)) || name.split('_').any(misspelt) {
        return Some(Sureness::Sure);
    }
    // COURIER_VALKEY and its like are addresses; a password in one is found by the URL's shape.
    (name.ends_with("key") && !name.ends_with("valkey")).then_some(Sureness::Likely)
}

/// Whether a value can be shown behind any name: a reference, a template, a marker of what is to be filled in, a short
/// number, a word of YAML's, or one of the two choices of `credentials`.
pub(super) fn harmless(value: &str) -> bool {
    let value = value.trim();
    let written = |text: &str, starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let plain = ["op://", "1Password:", "<fill in:"];
    // `{ref: …}` holds a reference, or the parts of one; what else stands there may be the secret itself.
    let in_map = value.strip_prefix('{').and_then(|map| map.trim_start().strip_prefix("ref:"));
    let in_map = in_map.map(|inner| inner.trim_start_matches([' ', '"', '\'']));
    let reference = written(value, &plain)
        || written(value, &["{{"])
        || in_map.is_some_and(|inner| written(inner, &plain) || written(inner, &["{"]));
    let digits = value.trim_start_matches(['-', '+']);
    let number = digits.len() <= 5 && digits.chars().all(|c| c.is_ascii_digit());
    let word = ["true", "false", "null", "~", "keys", "role"].iter().any(|word| value.eq_ignore_ascii_case(word));
    reference || number || word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_their_words() {
        for name in [
            "password",
            "DB_PASSWD",
            "SECRET_KEY",
            "access key id",
            "api-key",
            "Auth",
            "SENTRY_DSN",
            "private_key",
            "pasword",
            "DB_PASSWROD",
        ] {
            assert_eq!(by_name(name), Some(Sureness::Sure), "{name}");
        }
        for name in ["key", "obfuscation_key", "ssh_key"] {
            assert_eq!(by_name(name), Some(Sureness::Likely), "{name}");
        }
        for name in ["host", "keys", "domain", "port", "keyring", "COURIER_VALKEY"] {
            assert_eq!(by_name(name), None, "{name}");
        }
    }

    #[test]
    fn references_and_short_values_are_no_secrets() {
        for value in [
            "op://a/b/c",
            "<fill in: the password>",
            "1Password:Vault:a:b",
            "{{ x }}",
            "{ref: {vault: a}}",
            "True",
            "~",
            "",
            "65535",
            "-1",
            "role",
        ] {
            assert!(harmless(value), "{value}");
        }
        for value in ["hunter2", "123456", "postgres://u:p@h/d", "{a: b}", "{ref: hunter2}", "-"] {
            assert_eq!(harmless(value), value == "-", "{value}");
        }
    }
}
