//! systemd's EnvironmentFile: the services' own format, which bash and dash can source as well.
//!
//! Read as `load_env_file` of systemd 252 does. There is no `$` and no `%` expansion in such a file; both are in
//! `Environment=` lines of a unit, which is another thing.

use std::borrow::Cow;

use super::env_file::{Dialect, ENVIRONMENT};
use super::scan::Scan;
use super::{Document, Format, ReadError, Unwritable, env_file, quote};
use crate::model::Filled;

pub(super) struct Systemd;

impl Format for Systemd {
    fn name(&self) -> &'static str {
        "systemd"
    }

    fn file_name(&self) -> &'static str {
        "environment"
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        env_file::write(document, &Dialect { prefix: "", quote: quoted, longest: ENVIRONMENT })
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut scan = Scan::new(bytes)?;
        let mut found = vec![];
        while let Some(c) = scan.next() {
            match c {
                ' ' | '\t' | '\n' | '\r' => {}
                '#' | ';' => comment(&mut scan)?,
                _ => {
                    let name = format!("{c}{}", scan.take(|c| !matches!(c, '=' | '\n' | '\r')));
                    // A line without `=` is no assignment, and no error.
                    if scan.eat("=") {
                        let value = value(&mut scan)?;
                        found.push((name.trim_end_matches([' ', '\t']).to_string(), Filled::String(value)));
                    }
                }
            }
        }
        Ok(found)
    }
}

const NONCHARACTER: &str = "a Unicode noncharacter is in it, for which systemd refuses the whole file";

fn quoted(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if value.chars().any(is_noncharacter) { Err(NONCHARACTER) } else { Ok(quote::posix(value)) }
}

fn is_noncharacter(c: char) -> bool {
    matches!(u32::from(c), 0xfdd0..=0xfdef) || u32::from(c) & 0xfffe == 0xfffe
}

fn comment(scan: &mut Scan) -> Result<(), ReadError> {
    let text = scan.take(|c| !matches!(c, '\n' | '\r'));
    let continued = text.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
    if continued {
        Err(scan.error("until systemd 253 a comment goes on after a `\\`, since 254 it does not"))
    } else {
        Ok(())
    }
}

fn value(scan: &mut Scan) -> Result<String, ReadError> {
    let mut value = String::new();
    // Up to here blanks are part of the value: they are escaped, quoted, or something stands behind them.
    let mut kept = 0;
    let mut bare = false;
    while let Some(c) = scan.next() {
        match c {
            '\n' | '\r' => break,
            '\'' if !bare => {
                value.push_str(scan.take(|c| c != '\''));
                scan.next();
                kept = value.len();
            }
            '"' if !bare => {
                double(scan, &mut value);
                kept = value.len();
            }
            '\\' => {
                bare = true;
                value.extend(scan.next().filter(|c| !matches!(c, '\n' | '\r')));
                kept = value.len();
            }
            ' ' | '\t' if !bare => {}
            ' ' | '\t' => value.push(c),
            _ => {
                bare = true;
                value.push(c);
                kept = value.len();
            }
        }
    }
    value.truncate(kept);
    if value.chars().any(is_noncharacter) { Err(scan.error(NONCHARACTER)) } else { Ok(value) }
}

fn double(scan: &mut Scan, value: &mut String) {
    while let Some(c) = scan.next() {
        match c {
            '"' => return,
            '\\' => match scan.next() {
                Some(c @ ('"' | '\\' | '`' | '$')) => value.push(c),
                Some('\n') | None => {}
                Some(c) => value.extend(['\\', c]),
            },
            _ => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expect: &[(&str, &str)]) {
        let read = Systemd.read(file.as_bytes()).expect(file);
        let want: Vec<_> = expect.iter().map(|(n, v)| (n.to_string(), Filled::string(*v))).collect();
        assert!(read == want, "{file:?}");
    }

    #[test]
    fn reads_as_load_env_file() {
        check("# c\n; c\n\nA=1\r\n B =2", &[("A", "1"), ("B", "2")]);
        check("A=  a b  \n", &[("A", "a b")]);
        check("A=a\\ b\\ \n", &[("A", "a b ")]);
        check("A=a\\\nb\n", &[("A", "ab")]);
        check("A='a '  'b'c'd'\n", &[("A", "a bc'd'")]);
        check("A=\"\\$\\x\\\"\\\nb\"\n", &[("A", "$\\x\"b")]);
        check("A=$B%h#c\n", &[("A", "$B%h#c")]);
        check("A=\nno assignment\nB='open", &[("A", ""), ("B", "open")]);
        check("A='don'\\''t'\n", &[("A", "don''t'")]);
        check("=x\n==x", &[("=", "x")]);
    }

    #[test]
    fn refuses_what_systemd_does_or_what_its_releases_read_differently() {
        for (file, line) in [("# c\\\nA=1\n", 1), ("A=1\nB=\u{ffff}\n", 3), ("A=\u{fdd0}", 1)] {
            assert_eq!(Systemd.read(file.as_bytes()).map_err(|error| error.line).err(), Some(line), "{file:?}");
        }
        assert_eq!(Systemd.read(b"A=1\n\xff").err(), Some(ReadError { line: 2, reason: "not UTF-8" }));
    }
}
