//! What is a secret by its form alone: the tokens that services mark as their own.

use std::ops::Range;

/// A form: how it begins, how many characters follow at least, which ones, and whose it is.
struct Form {
    start: &'static str,
    least: usize,
    most: usize,
    of: fn(char) -> bool,
    whose: &'static str,
}

const fn form(start: &'static str, least: usize, most: usize, of: fn(char) -> bool, whose: &'static str) -> Form {
    Form { start, least, most, of, whose }
}

const ANY: usize = 4096;

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn alnum(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn capital(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn hex(c: char) -> bool {
    c.is_ascii_digit() || ('a'..='f').contains(&c)
}

fn dotted(c: char) -> bool {
    word(c) || c == '.'
}

/// The forms, as their services document them.
const FORMS: &[Form] = &[
    form("AKIA", 16, 16, capital, "an access key's id of AWS"),
    form("ASIA", 16, 16, capital, "an access key's id of AWS"),
    form("ghp_", 36, ANY, alnum, "a token of GitHub"),
    form("gho_", 36, ANY, alnum, "a token of GitHub"),
    form("ghu_", 36, ANY, alnum, "a token of GitHub"),
    form("ghs_", 36, ANY, alnum, "a token of GitHub"),
    form("ghr_", 36, ANY, alnum, "a token of GitHub"),
    form("github_pat_", 22, ANY, word, "a token of GitHub"),
    form("glpat-", 20, ANY, dotted, "a token of GitLab"),
    form("xoxb-", 10, ANY, word, "a token of Slack"),
    form("xoxp-", 10, ANY, word, "a token of Slack"),
    form("xoxa-", 10, ANY, word, "a token of Slack"),
    form("xoxr-", 10, ANY, word, "a token of Slack"),
    form("xoxs-", 10, ANY, word, "a token of Slack"),
    form("xapp-", 10, ANY, word, "a token of Slack"),
    form("sk_live_", 16, ANY, alnum, "a key of Stripe"),
    form("sk_test_", 16, ANY, alnum, "a key of Stripe"),
    form("rk_live_", 16, ANY, alnum, "a key of Stripe"),
    form("whsec_", 24, ANY, alnum, "a key of Stripe"),
    form("AIza", 35, 35, word, "a key of Google"),
    form("GOCSPX-", 20, ANY, word, "a secret of Google"),
    form("ya29.", 20, ANY, dotted, "a token of Google"),
    form("ops_eyJ", 40, ANY, dotted, "a service account's token of 1Password"),
    form("eyJ", 40, ANY, dotted, "a JSON web token"),
    form("AC", 32, 32, hex, "an account of Twilio"),
    form("SK", 32, 32, hex, "a key of Twilio"),
    form("EAA", 40, ANY, alnum, "a token of Facebook"),
    form("SG.", 40, ANY, dotted, "a key of SendGrid"),
    form("key-", 32, 32, hex, "a key of Mailgun"),
    form("sk-ant-", 20, ANY, word, "a key of Anthropic"),
    form("sk-proj-", 20, ANY, word, "a key of OpenAI"),
    form("sk-", 40, ANY, word, "a key of OpenAI"),
    form("hf_", 30, ANY, alnum, "a token of Hugging Face"),
    form("npm_", 36, ANY, alnum, "a token of npm"),
    form("pypi-", 50, ANY, word, "a token of PyPI"),
    form("dop_v1_", 64, ANY, hex, "a token of DigitalOcean"),
    form("shpat_", 32, ANY, alnum, "a token of Shopify"),
    form("AGE-SECRET-KEY-1", 50, ANY, capital, "a key of age"),
];

/// The tokens in a text, in its order, each with whose it is.
pub fn tokens(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = vec![];
    for form in FORMS {
        for (at, _) in text.match_indices(form.start) {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            // What stands inside of a longer word is none, and so each run of letters is looked at once.
            if before.is_some_and(dotted) {
                continue;
            }
            let rest = text.get(at + form.start.len()..).unwrap_or_default();
            let len = rest.find(|c| !(form.of)(c)).unwrap_or(rest.len());
            let ends = !rest.get(len..).and_then(|after| after.chars().next()).is_some_and(word);
            let token = rest.get(..len).unwrap_or_default();
            // A JSON web token has three parts; AWS's own documents end theirs in EXAMPLE.
            let whole = form.start != "eyJ" || token.matches('.').count() == 2;
            let sample = token.ends_with("EXAMPLE");
            if ends && whole && !sample && (form.least..=form.most).contains(&len) {
                found.push((at..at + form.start.len() + len, form.whose));
            }
        }
    }
    found.extend(keys(text));
    found.extend(bots(text));
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|(range, _)| {
        let clear = range.start >= end;
        end = end.max(range.end);
        clear
    });
    found
}

/// Private keys in PEM, from their first line to their last.
fn keys(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = vec![];
    let mut done = 0;
    for (at, _) in text.match_indices("-----BEGIN ") {
        let rest = text.get(at..).unwrap_or_default();
        let head = rest.get(..rest.floor_char_boundary(64)).and_then(|head| head.lines().next()).unwrap_or_default();
        if at < done || !head.contains("PRIVATE KEY") {
            continue;
        }
        let end = rest.find("-----END ").map_or(rest.len(), |end| {
            let last = rest.get(end..).and_then(|last| last.lines().next()).unwrap_or_default();
            end + last.len()
        });
        done = at + end;
        found.push((at..done, "a private key"));
    }
    found
}

/// Tokens of Telegram's bots: a number, a colon, 35 characters.
fn bots(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = vec![];
    for (at, _) in text.match_indices(':') {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let len = after.find(|c| !word(c)).unwrap_or(after.len());
        if (8..=10).contains(&digits) && len == 35 {
            found.push((at - digits..at + 1 + len, "a bot's token of Telegram"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, without its first words.
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<&str> = tokens(text).into_iter().map(|(range, _)| &text[range]).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn tokens_are_known_by_their_form() {
        // Written in pieces, so that no scanner of repositories takes them for leaked ones.
        let long = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for (start, rest) in [
            ("AKIA", "ABCDEFGHIJKLMNOP"),
            ("ghp_", &long[..36]),
            ("xoxb-", "123456789012-abcdef"),
            ("sk_live_", &long[..24]),
            ("AIza", &long[..35]),
            ("EAA", long),
            ("SK", "0123456789abcdef0123456789abcdef"),
            ("ops_eyJ", long),
        ] {
            let token = format!("{start}{rest}");
            check(&format!("a: \"{token}\" # note\n"), &[&token]);
            check(&format!("a: https://x/?t={token}&b=1\n"), &[&token]);
            check(&format!("a: x{token}\n"), &[]);
        }
        let jwt = format!("eyJ{}.eyJ{}.{}", &long[..20], &long[..20], long);
        check(&jwt, &[&jwt]);
        let bot = format!("123456789:{}", &long[..35]);
        check(&format!("t: {bot}\n"), &[&bot]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\n  abc\n  -----END RSA PRIVATE KEY-----";
        check(&format!("k: |\n  {key}\nb: 1\n"), &[key]);
        check("-----BEGIN CERTIFICATE-----\nabc\n", &[]);
    }

    #[test]
    fn other_words_are_none() {
        for text in
            ["AKIAIOSFODNN7EXAMPLE", "SKETCH", "ACCESS", "key-value", "eyJ", "sk-", "op://RapidPro/S3/key", "10:20"]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn long_texts_take_linear_time() {
        for piece in ["AKIA", ":", "-----BEGIN PRIVATE KEY", "1:", "eyJ.", "key-", "-----BEGIN "] {
            tokens(&piece.repeat((1 << 20) / piece.len()));
        }
    }
}
