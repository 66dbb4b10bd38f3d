//! `.env` as far as its dialects agree: Node's `--env-file`, python-dotenv, and the shells.
//!
//! They differ on nearly every escape, so that none is written: single quotes, else double quotes, else refused.

use std::borrow::Cow;

use super::env_file::{Dialect, ENVIRONMENT};
use super::scan::Scan;
use super::{Document, Format, ReadError, Unwritable, env_file, quote};
use crate::model::Filled;

pub(super) struct Dotenv;

impl Format for Dotenv {
    fn name(&self) -> &'static str {
        "dotenv"
    }

    fn file_name(&self) -> &'static str {
        ".env"
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        env_file::write(document, &Dialect { prefix: "", quote: quoted, longest: ENVIRONMENT })
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut scan = Scan::new(bytes)?;
        let mut found = vec![];
        loop {
            scan.take(|c| matches!(c, ' ' | '\t' | '\n'));
            match scan.peek() {
                None => return Ok(found),
                Some('#') => drop(scan.take(|c| c != '\n')),
                Some(_) => {
                    scan.eat("export ");
                    let name = scan.name()?;
                    found.push((name.to_string(), Filled::String(value(&mut scan)?)));
                }
            }
        }
    }
}

fn quoted(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if quote::is_plain(value) {
        return Ok(Cow::Borrowed(value));
    }
    match (disputed_in_single(value), disputed_in_double(value)) {
        (None, _) => Ok(Cow::Owned(format!("'{value}'"))),
        (_, None) => Ok(Cow::Owned(format!("\"{value}\""))),
        (Some(reason), _) if !value.contains('\'') => Err(reason),
        (_, Some(reason)) => Err(reason),
    }
}

fn disputed_in_single(value: &str) -> Option<&'static str> {
    if value.contains('\'') {
        return Some("a single quote cannot stand in single quotes");
    }
    if value.contains("\\\\") || value.ends_with('\\') {
        return Some("python-dotenv unescapes `\\\\` and `\\'` where Node does not");
    }
    disputed_anywhere(value)
}

fn disputed_in_double(value: &str) -> Option<&'static str> {
    if value.contains(['"', '\\', '$', '`']) {
        return Some(
            "a single quote and one of `\" \\ $` and a backtick are in it, and no two dialects read that alike",
        );
    }
    disputed_anywhere(value)
}

fn disputed_anywhere(value: &str) -> Option<&'static str> {
    if value.contains('\r') {
        return Some("a CR is in it, which Node drops and python-dotenv reads as a newline");
    }
    value.contains("${").then_some("`${` is in it, which python-dotenv expands even in single quotes")
}

fn value(scan: &mut Scan) -> Result<String, ReadError> {
    let text = if scan.eat("'") {
        enclosed(scan, '\'', disputed_in_single)?
    } else if scan.eat("\"") {
        enclosed(scan, '"', disputed_in_double)?
    } else {
        let text = scan.take(|c| !matches!(c, ' ' | '\t' | '\n' | '\r'));
        if !text.is_empty() && !quote::is_plain(text) {
            return Err(scan.error("a value that the dialects do not all read alike without quotes"));
        }
        text
    };
    scan.take(|c| c == ' ' || c == '\t');
    match scan.peek() {
        None | Some('\n' | '#') => Ok(text.to_string()),
        Some(_) => Err(scan.error("something stands behind the value")),
    }
}

fn enclosed<'a>(
    scan: &mut Scan<'a>,
    quote: char,
    disputed: impl Fn(&str) -> Option<&'static str>,
) -> Result<&'a str, ReadError> {
    let text = scan.take(|c| c != quote);
    scan.next().ok_or_else(|| scan.error("a quote is not closed"))?;
    disputed(text).map_or(Ok(text), |reason| Err(scan.error(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expect: Result<&str, &str>) {
        match (quoted(value), expect) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(got), Err(part)) if got.contains(part) => {}
            (got, _) => panic!("{value:?}: {got:?} instead of {expect:?}"),
        }
    }

    #[test]
    fn writes_what_the_dialects_agree_on() {
        check("a@b:5432/c", Ok("a@b:5432/c"));
        check("", Ok("''"));
        check("\"$x\" `y` \\n #", Ok("'\"$x\" `y` \\n #'"));
        check("it's # this", Ok("\"it's # this\""));
        check("a\n'b'", Ok("\"a\n'b'\""));
        check("a\\\\b", Err("python-dotenv unescapes"));
        check("a b\\", Err("python-dotenv unescapes"));
        check("a\rb", Err("a CR"));
        check("'\r", Err("a CR"));
        check("${x}", Err("python-dotenv expands"));
        check("it's $x", Err("no two dialects"));
    }

    #[test]
    fn reads_no_more_than_that() {
        for file in ["A=a b", "A=a#b", "A='a\\\\b'", "A=\"a\\nb\"", "A='x", "A='x'y", "A", "A=`x`", "A=a\r\n"] {
            assert!(Dotenv.read(file.as_bytes()).is_err(), "{file:?}");
        }
        let read = Dotenv.read(b"# c\n\nexport A=x # c\nB='y' # c\nC=\n").expect("a file");
        let want = [("A", "x"), ("B", "y"), ("C", "")].map(|(n, v)| (n.to_string(), Filled::string(v)));
        assert!(read == want);
    }
}
