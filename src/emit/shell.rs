//! `export` lines for a POSIX shell to source.
//!
//! The reader takes assignments only. It runs nothing: where a shell would expand or split, it refuses.

use super::env_file::{Dialect, ENVIRONMENT};
use super::scan::Scan;
use super::{Document, Format, ReadError, Unwritable, env_file, quote};
use crate::model::Filled;

pub(super) struct Shell;

impl Format for Shell {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn file_name(&self) -> &'static str {
        "environment.sh"
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        env_file::write(
            document,
            &Dialect { prefix: "export ", quote: |value| Ok(quote::posix(value)), longest: ENVIRONMENT },
        )
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut scan = Scan::new(bytes)?;
        let mut found = vec![];
        while let Some(c) = scan.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' => drop(scan.next()),
                '#' => drop(scan.take(|c| c != '\n')),
                _ => {
                    if scan.eat("export ") {
                        scan.take(|c| c == ' ' || c == '\t');
                    }
                    let name = scan.name()?;
                    found.push((name.to_string(), Filled::String(word(&mut scan)?)));
                }
            }
        }
        Ok(found)
    }
}

const EXPANDS: &str = "a shell would expand or run what is not quoted here";
const OPEN: &str = "a quote is not closed";

fn word(scan: &mut Scan) -> Result<String, ReadError> {
    let mut word = String::new();
    while let Some(c) = scan.peek().filter(|c| !matches!(c, ' ' | '\t' | '\n' | ';')) {
        scan.next();
        match c {
            '\'' => {
                word.push_str(scan.take(|c| c != '\''));
                scan.next().ok_or_else(|| scan.error(OPEN))?;
            }
            '"' => double(scan, &mut word)?,
            '\\' => word.extend(scan.next().filter(|c| *c != '\n')),
            '$' | '`' | '&' | '|' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '~' => return Err(scan.error(EXPANDS)),
            _ => word.push(c),
        }
    }
    Ok(word)
}

fn double(scan: &mut Scan, word: &mut String) -> Result<(), ReadError> {
    while let Some(c) = scan.next() {
        match c {
            '"' => return Ok(()),
            '$' | '`' => return Err(scan.error(EXPANDS)),
            '\\' => match scan.next() {
                Some(c @ ('"' | '\\' | '`' | '$')) => word.push(c),
                Some('\n') | None => {}
                Some(c) => word.extend(['\\', c]),
            },
            _ => word.push(c),
        }
    }
    Err(scan.error(OPEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expect: Result<&[(&str, &str)], &'static str>) {
        let want =
            expect.map(|lines| lines.iter().map(|(n, v)| (n.to_string(), Filled::string(*v))).collect::<Vec<_>>());
        assert!(Shell.read(file.as_bytes()).map_err(|error| error.reason) == want, "{file:?}");
    }

    #[test]
    fn reads_assignments_and_runs_nothing() {
        check("# c\nexport A=1; B='2 '\"3\\$\"\\ 4#5 # c\n", Ok(&[("A", "1"), ("B", "2 3$ 4#5")]));
        check("A='don'\\''t'\nB=", Ok(&[("A", "don't"), ("B", "")]));
        check("A=$(id)", Err(EXPANDS));
        check("A=\"`id`\"", Err(EXPANDS));
        check("A=~", Err(EXPANDS));
        check("A='x", Err(OPEN));
        check("A=1 id", Err("not `NAME=value`"));
    }
}
