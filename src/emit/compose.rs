//! An `env_file` of docker compose, as compose-go's dotenv package reads it.
//!
//! Single quotes are literal but for `\'`; in double quotes escapes are expanded first, then `$`; raw values are cut at
//! ` #` and expanded. Values here come from a vault, so that no `$` of theirs may be expanded: each is written so that
//! the expansion yields it.

use std::borrow::Cow;

use super::env_file::{Dialect, ENVIRONMENT};
use super::scan::Scan;
use super::{Document, Format, ReadError, Unwritable, env_file, quote};
use crate::model::Filled;

pub(super) struct Compose;

impl Format for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn file_name(&self) -> &'static str {
        "compose.env"
    }

    fn for_containers(&self) -> bool {
        true
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        env_file::write(document, &Dialect { prefix: "", quote: |value| Ok(quoted(value)), longest: ENVIRONMENT })
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut scan = Scan::new(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))?;
        let mut found = vec![];
        loop {
            scan.take(char::is_whitespace);
            match scan.peek() {
                None => return Ok(found),
                Some('#') => drop(scan.take(|c| c != '\n')),
                Some(_) => {
                    if scan.eat("export ") {
                        scan.take(is_blank);
                    }
                    let name = scan.name()?;
                    scan.take(is_blank);
                    found.push((name.to_string(), Filled::String(value(&mut scan)?)));
                }
            }
        }
    }
}

fn quoted(value: &str) -> Cow<'_, str> {
    if quote::is_plain(value) {
        return Cow::Borrowed(value);
    }
    if !value.contains(['\'', '\\']) {
        return Cow::Owned(format!("'{value}'"));
    }
    let mut quoted = String::with_capacity(value.len() + 8);
    quoted.push('"');
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn value(scan: &mut Scan) -> Result<String, ReadError> {
    if scan.eat("'") {
        return until(scan, '\'');
    }
    if scan.eat("\"") {
        let text = until(scan, '"')?;
        return unescape(&text).and_then(|text| expand(&text)).map_err(|reason| scan.error(reason));
    }
    let line = scan.take(|c| c != '\n');
    let text = line.split(" #").next().unwrap_or_default().trim_end();
    expand(text).map_err(|reason| scan.error(reason))
}

/// Reads to the closing quote. A backslash before it is dropped, every other one stays, together with what it escapes.
fn until(scan: &mut Scan, quote: char) -> Result<String, ReadError> {
    let mut text = String::new();
    while let Some(c) = scan.next() {
        match c {
            '\\' => match scan.next() {
                Some(c) if c == quote => text.push(c),
                next => {
                    text.push('\\');
                    text.extend(next);
                }
            },
            _ if c == quote => return Ok(text),
            _ => text.push(c),
        }
    }
    Err(scan.error("a quote is not closed"))
}

/// Expands escapes, to a text in which a `$` that stands for itself is doubled.
fn unescape(text: &str) -> Result<String, &'static str> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let known = match (c, chars.peek()) {
            ('\\', Some('\\')) => "\\",
            ('\\', Some('$')) => "$$",
            ('\\', Some('"')) => "\"",
            ('\\', Some('n')) => "\n",
            ('\\', Some('r')) => "\r",
            ('\\', Some('t')) => "\t",
            ('\\', Some('a' | 'b' | 'c' | 'f' | 'v' | '0')) => return Err("an escape that is rarely meant"),
            _ => {
                plain.push(c);
                continue;
            }
        };
        plain.push_str(known);
        chars.next();
    }
    Ok(plain)
}

/// Expands `$$`. What names a variable depends on who runs compose, and is refused.
fn expand(text: &str) -> Result<String, &'static str> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        plain.push(c);
        if c == '$' {
            match chars.peek() {
                Some('$') => drop(chars.next()),
                Some(c) if c.is_ascii_alphabetic() || matches!(c, '_' | '{') => {
                    return Err("compose would put a variable's value here");
                }
                _ => {}
            }
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expect: Result<&str, &'static str>) {
        let got = Compose.read(file.as_bytes()).map_err(|error| error.reason);
        assert!(got == expect.map(|value| vec![("A".to_string(), Filled::string(value))]), "{file:?}");
    }

    #[test]
    fn reads_as_compose_go() {
        check("# c\nexport A= x y # c\n", Ok("x y"));
        check("A='$x \\n \\' # y'\n", Ok("$x \\n ' # y"));
        check("A='\\\\'\n", Ok("\\\\"));
        check("A=\"\\\\ \\$x $$y \\\" \\n \\q\"\n", Ok("\\ $x $y \" \n \\q"));
        check("A=$$x$", Ok("$x$"));
        check("A=$x", Err("compose would put a variable's value here"));
        check("A=\"${x}\"", Err("compose would put a variable's value here"));
        check("A='x", Err("a quote is not closed"));
    }
}
