//! A text with its secrets hidden, byte for byte, so that places in it stay where they were.
//!
//! A document should hold references, not secrets; a report is made of those that do not. What is printed is therefore
//! hidden by the names and forms of its lines alone, without trust in the document being YAML. It hides too much
//! rather than too little.

use std::ops::Range;

use crate::diag::tokens;

use super::secrecy::{Sureness, by_name, harmless};

/// `text` with `*` for every byte of the `hidden` ranges and of all that looks like a secret. Control characters that
/// reports do not neutralise by themselves (C1, U+0080 to U+009F) become `?`.
pub(super) fn masked(text: &str, hidden: &[Range<usize>]) -> String {
    let mut secret = vec![false; text.len()];
    let tokens = tokens(text).into_iter().map(|(range, _)| range);
    let found = by_key(text).into_iter().chain(in_urls(text)).chain(logins(text)).chain(literals(text)).chain(tokens);
    for range in found.chain(hidden.iter().cloned()) {
        let start = text.floor_char_boundary(range.start);
        let end = text.ceil_char_boundary(range.end);
        secret.get_mut(start..end.max(start)).unwrap_or_default().fill(true);
    }
    let mut result = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '\n' | '\r' => result.push(c),
            c if secret.get(at) == Some(&true) => result.extend(std::iter::repeat_n('*', c.len_utf8())),
            '\u{80}'..='\u{9f}' => result.push_str("??"),
            c => result.push(c),
        }
    }
    result
}

/// The passwords of `scheme://user:password@host`. A password may hold anything but a blank: all up to the last `@`
/// is taken, and what stands in `{{ }}` is passed over. A URL inside of another one is hidden with it, which keeps the
/// search linear.
fn in_urls(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut done = 0;
    let mut templates = true;
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        if start < done {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let (mut len, mut colon, mut last_at) = (0, None, None);
        while let Some(c) = rest.get(len..).and_then(|rest| rest.chars().next()) {
            let opens = templates && rest.get(len..).is_some_and(|rest| rest.starts_with("{{"));
            let template = if opens { rest.get(len..).and_then(|rest| rest.find("}}")) } else { None };
            templates &= template.is_some() || !opens;
            match c {
                '{' if template.is_some() => {
                    len += template.unwrap_or(0) + 2;
                    continue;
                }
                c if c.is_whitespace() => break,
                ':' if colon.is_none() => colon = Some(len + 1),
                '@' => last_at = Some(len),
                _ => {}
            }
            len += c.len_utf8();
        }
        done = start + len;
        if let (Some(from), Some(to)) = (colon, last_at)
            && from < to
            && !rest.get(from..to).is_some_and(is_template)
        {
            found.push(start + from..start + to);
        }
    }
    found
}

/// The passwords of `user:password@host` without a scheme.
fn logins(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut start = 0;
    for word in text.split(char::is_whitespace) {
        let from = start;
        start += word.len();
        start += text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let Some((login, host)) = word.rsplit_once('@').filter(|_| !word.contains("://")) else { continue };
        let Some((user, password)) = login.split_once(':') else { continue };
        let server = host.chars().next().is_some_and(char::is_alphanumeric);
        if server && !user.is_empty() && !password.is_empty() && !password.starts_with("{{") {
            found.push(from + user.len() + 1..from + login.len());
        }
    }
    found
}

/// The literals inside of `{{ }}`, but for references: a template may be all that stands around a pasted secret.
fn literals(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find("{{")).map(|open| at + open + 2) {
        let line = text.get(open..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let inside = line.get(..line.find("}}").unwrap_or(line.len())).unwrap_or_default();
        let mut from = 0;
        while let Some((start, quote)) = inside.get(from..).and_then(|rest| {
            let start = rest.find(['"', '\''])?;
            Some((from + start + 1, rest.get(start..)?.chars().next()?))
        }) {
            let len = inside.get(start..).and_then(|rest| rest.find(quote)).unwrap_or(inside.len() - start);
            let literal = inside.get(start..start + len).unwrap_or_default().trim_start_matches('\\');
            if len > 3 && !literal.starts_with("op:") && !literal.starts_with("op/") {
                found.push(open + start..open + start + len);
            }
            from = (start + len + 1).min(inside.len());
        }
        at = open + inside.len();
    }
    found
}

fn is_template(text: &str) -> bool {
    text.strip_prefix("{{").and_then(|rest| rest.find("}}").map(|end| end + 2 == rest.len())).unwrap_or(false)
}

/// What the lines before say about the next one.
enum Below {
    Nothing,
    /// Values under a name at this column.
    Values(usize, Sureness),
    /// A text block under a name at this column.
    Block(usize),
    /// A quoted value that goes on.
    Quote(char),
}

fn by_key(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut below = Below::Nothing;
    let mut start = 0;
    for full in text.split_inclusive('\n') {
        let line = Line { text: full.trim_end_matches(['\n', '\r']), start };
        start += full.len();
        let content = line.text.trim_start();
        let indent = line.text.len() - content.len();
        if content.is_empty() {
            continue;
        }
        let all = line.range(indent, line.text.len());
        below = match below {
            Below::Quote(quote) => {
                found.push(all);
                if content.contains(quote) { Below::Nothing } else { Below::Quote(quote) }
            }
            Below::Block(column) if indent > column => {
                found.push(all);
                Below::Block(column)
            }
            Below::Values(column, sureness) if indent > column || (indent == column && content.starts_with('-')) => {
                let item = indent + content.len() - content.trim_start_matches(['-', ' ']).len();
                match key(line.text, item) {
                    Some((_, _, value)) if sureness == Sureness::Sure => {
                        line.hide_value(value, column, sureness, line.flow(value), &mut found);
                    }
                    Some(_) => {
                        line.hide_keyed(item, &mut found);
                    }
                    None => {
                        line.hide_value(item, column, sureness, line.flow(item), &mut found);
                    }
                }
                Below::Values(column, sureness)
            }
            Below::Nothing | Below::Values(..) | Below::Block(_) => line.hide_keyed(0, &mut found),
        };
    }
    found
}

/// A line, and where it begins in the text.
struct Line<'t> {
    text: &'t str,
    start: usize,
}

impl Line<'_> {
    fn range(&self, from: usize, to: usize) -> Range<usize> {
        self.start + from..self.start + to
    }

    /// Hides what stands behind secrets' names, from byte `from` of the line on.
    fn hide_keyed(&self, from: usize, found: &mut Vec<Range<usize>>) -> Below {
        let mut at = from;
        let mut depth = 0;
        while let Some((name, column, value)) = key(self.text, at) {
            depth += brackets(self.text.get(at..value).unwrap_or_default());
            at = value;
            let Some(sureness) = by_name(name) else { continue };
            let rest = self.text.get(value..).unwrap_or_default();
            if sureness == Sureness::Likely && rest.starts_with('{') && !rest.starts_with("{{") {
                continue;
            }
            match self.hide_value(value, column, sureness, depth > 0, found) {
                (_, below @ (Below::Values(..) | Below::Block(_) | Below::Quote(_))) => return below,
                (end, Below::Nothing) => at = end,
            }
        }
        Below::Nothing
    }

    /// Whether byte `at` stands in brackets that open on this line.
    fn flow(&self, at: usize) -> bool {
        brackets(self.text.get(..at).unwrap_or_default()) > 0
    }

    /// Hides the value at byte `from`; `flow` says that it stands in brackets. Answers where it ends and what it says about the next lines.
    fn hide_value(
        &self,
        from: usize,
        column: usize,
        sureness: Sureness,
        flow: bool,
        found: &mut Vec<Range<usize>>,
    ) -> (usize, Below) {
        let properties = from;
        let from = after_properties(self.text, from);
        // An unquoted password that begins with `!` or `&` looks like a tag or an anchor; `!!str` is none.
        if from > properties && !self.text.get(properties..from).is_some_and(|text| text.starts_with("!!")) {
            found.push(self.range(properties, from));
        }
        let rest = self.text.get(from..).unwrap_or_default();
        let end = self.text.len();
        let Some(first) = rest.chars().next().filter(|c| *c != '#') else {
            return (end, Below::Values(column, sureness));
        };
        match first {
            '|' | '>' => (end, Below::Block(column)),
            '[' | '{' if !harmless(rest) => {
                let mut at = from + 1;
                for piece in rest[1..].split(',') {
                    let value = key(piece, 0).map_or(0, |(_, _, value)| value);
                    let bare = piece[value..].trim_matches([' ', '[', '{', ']', '}', '"', '\'']);
                    if !harmless(bare) {
                        let before = piece[value..].find(bare).unwrap_or(0);
                        found.push(self.range(at + value + before, at + value + before + bare.len()));
                    }
                    at += piece.len() + 1;
                }
                (end, Below::Values(column, sureness))
            }
            '\'' | '"' => {
                let Some(len) = closing(&rest[1..], first) else {
                    found.push(self.range(from, end));
                    return (end, Below::Quote(first));
                };
                let after = rest[len + 2..].trim_start();
                let clean = after.is_empty() || after.starts_with(['#', ',', ']', '}']);
                if !harmless(&rest[1..=len]) || !clean {
                    found.push(self.range(from + 1, if clean { from + 1 + len } else { end }));
                }
                (from + len + 2, Below::Nothing)
            }
            _ => {
                let stop = if flow { rest.find([',', '}', ']']) } else { rest.find(" #") };
                let len =
                    if rest.starts_with("{{") { rest.find("}}").map(|n| n + 2) } else { stop }.unwrap_or(rest.len());
                if harmless(&rest[..len]) {
                    return (from + len, Below::Nothing);
                }
                found.push(self.range(from, from + len));
                (from + len, if flow { Below::Nothing } else { Below::Values(column, sureness) })
            }
        }
    }
}

/// The first key from byte `from` on: its name, its column, and where its value begins. `KEY=value` counts, as settings
/// are also read from environment files and modules.
fn key(line: &str, from: usize) -> Option<(&str, usize, usize)> {
    let rest = line.get(from..)?;
    let is_mark = |at: usize, mark: &str| {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        mark == "=" || after.is_empty() || after.starts_with([' ', '\t']) || before.ends_with(['"', '\''])
    };
    let (at, mark) = rest.match_indices([':', '=']).find(|(at, mark)| is_mark(*at, mark))?;
    let before = rest[..at].trim_end();
    // What stands before a name may be longer than a byte: U+2028 is white space, too.
    let name = match mark {
        "=" => before.rsplit(|c: char| c.is_whitespace() || "{[,:?&;".contains(c)).next(),
        _ => before.rsplit(['{', '[', ',']).next(),
    };
    let name = name.unwrap_or_default().trim_start_matches(['-', ' ', '?', '#', '\t']);
    let after = &rest[at + 1..];
    let value = from + at + 1 + (after.len() - after.trim_start().len());
    Some((name.trim_matches(['"', '\'', ' ']), from + before.len() - name.len(), value))
}

/// Brackets that open in a text, less those that close.
fn brackets(text: &str) -> isize {
    text.chars().fold(0, |depth, c| match c {
        '[' | '{' => depth + 1,
        ']' | '}' => depth - 1,
        _ => depth,
    })
}

/// Past the anchor and the tag that may stand before a value.
fn after_properties(line: &str, mut from: usize) -> usize {
    while let Some(rest) = line.get(from..).filter(|rest| rest.starts_with(['&', '!'])) {
        let Some(blank) = rest.find(' ') else { break };
        from += blank + (rest[blank..].len() - rest[blank..].trim_start().len());
    }
    from
}

/// Where a quote closes in `text`, past the quotes that are escaped.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => {
                chars.next();
            }
            '\'' if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                chars.next();
            }
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In `text`, `‹…›` marks what is to be hidden.
    fn check(text: &str) {
        let plain = text.replace(['‹', '›'], "");
        let mut expect = String::new();
        let mut hide = false;
        for c in text.chars() {
            match c {
                '‹' => hide = true,
                '›' => hide = false,
                c if hide && c != '\n' => expect.push_str(&"*".repeat(c.len_utf8())),
                c => expect.push(c),
            }
        }
        assert_eq!(masked(&plain, &[]), expect);
    }

    #[test]
    fn values_behind_secrets_names_are_hidden() {
        check("password: ‹hunter2›\nhost: db\n");
        check("  DB_PASSWORD: \"‹hun#ter, 2›\"  # mine\n");
        check("password: '‹it''s›' # note\n");
        check("password: ‹hünter two› # note\n");
        check("password: \"‹a\"b\"›\n");
        check("password: ‹&p !!str hunter2›\n");
        check("password: !!str ‹hunter2›\n");
        check("password: ‹!hunter2›\nmore: ‹›1\n");
        check("password : ‹hunter2›\n");
        check("export DB_PASSWORD=‹hunter2›\nSECRET_KEY = '‹a=b›'\nurl: http://x/?token=‹abc›\n");
        check("\"api_key\":\"‹x1y2z3›\", \"port\": 80\n");
        check("postgres: {user: rp, password: ‹hunter2›, host: db}\n");
        check("# token: ‹hunter2›\n");
        check("- token: ‹hunter2›\n  port: 80\n");
        check("obfuscation_key: ‹000A3B1C000D2E3F0001A2B300C0FFEE›\n");
        check("SENTRY_DSN: ‹https://abc@sentry.io/1›\n");
        check("password: ‹123456›\n");
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for text in [
            "password: op://RapidPro/Postgres/password\n",
            "password: \"{{ op('op://a/b/c') }}\" # x\n",
            "auth_token: {ref: {vault: a, item: b, field: c}, optional: true}\n",
            "PASSWORD: 1Password:Vault:RapidPro:Postgres\n",
            "secret: true\ntoken: 12345\nkey: ~\n",
            "credentials: role\nbuckets: {a: b}\n",
            "SECRET_KEY_FALLBACKS:\nhost: db\n",
            "ssh_key: {hosts: [web], path: /home/x.pem, mode: \"0600\"}\n",
            "mailroom: {auth_token: op://RapidPro/Mailroom/token, port: 8090}\n",
            "url: https://user@host:80/p\nother: ops@x.org\n",
            "url: rp:{{ op('op://a/b/c') }}@db/x\n",
        ] {
            check(text);
        }
    }

    #[test]
    fn what_goes_on_below_a_name_is_hidden() {
        check("SECRET_KEY_FALLBACKS:\n- ‹hunter2›\n- op://a/b/c\nhost: db\n");
        check("SECRET_KEY_FALLBACKS: [‹hunter2›, op://a/b/c, \"‹x›\"]\nhost: db\n");
        check("private_key: |\n  ‹-----BEGIN KEY-----›\n\n  ‹abc: d›\nhost: db\n");
        check("secrets:\n  a: ‹hunter2›\n  b: op://a/b/c\nhost: db\n");
        check("secrets: {a: ‹hunter2›, b: op://a/b/c}\nhost: db\n");
        check("ssh_key:\n  path: /x\n  password: ‹hunter2›\nhost: db\n");
        check("password: ‹\"hun›\n  ‹ter2\"›\nhost: db\n");
        check("password: ‹hun›\n  ‹ter›\nhost: db\n");
    }

    #[test]
    fn passwords_in_urls_are_hidden_anywhere() {
        check("a: \"postgres://rp:‹p@s/s›@db:5432/x\"\n");
        check("a: [redis://:‹pw›@h, b]\n");
        check("a: postgres://{{ user }}:‹pw›@h\n");
        check("a: postgres://u:{{ resources.postgres.password | urlencode }}@h/d\n");
        check("cannot read amqp://u:‹pw›@h\n");
        check("url: \"rp:‹hunter2›@db/x\"\n");
        check("other: a:‹b›@c\n");
    }

    #[test]
    fn literals_in_templates_and_tokens_are_hidden_anywhere() {
        check("a: \"{{ '‹hunter2›' ~ domain }}\"\nb: {{ op(\"op://a/b/c\") }}\n");
        check(&format!("# note: ‹gh{}{}›\n", "p_", "a1B2c3D4".repeat(5)));
    }

    #[test]
    fn hidden_ranges_are_hidden_whole_and_lengths_stay() {
        let text = "ä: käse\n\u{9b}x\n";
        let hidden = masked(text, &[5..6, 90..95]);
        assert_eq!(hidden, "ä: k**se\n??x\n");
        assert_eq!(hidden.len(), text.len());
    }

    #[test]
    fn long_lines_take_linear_time() {
        for piece in ["://", "://{{", "password: x, ", "{password: 'a', ", "\"", "[{"] {
            masked(&piece.repeat((1 << 20) / piece.len()), &[]);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_every_byte_keeps_its_place(
            text in proptest::collection::vec(proptest::sample::select(vec![
                "password", "key", ":", " ", "\n", "- ", "'", "\"", "{", "}", "[", "]", ",", "#", "|", "&a", "!t", "://", "@", "ä", "x", "{{", "}}", "\\", "\r\n", "=", "\u{2028}",
            ]), 0..40),
        ) {
            let text = text.concat();
            let hidden = masked(&text, &[]);
            proptest::prop_assert_eq!(hidden.len(), text.len());
            proptest::prop_assert_eq!(hidden.matches('\n').count(), text.matches('\n').count());
        }
    }
}
