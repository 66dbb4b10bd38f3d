//! The `--env-file` of docker and podman, and of `kubectl create secret --from-env-file`: raw values, one a line.
//!
//! docker reads with Go's bufio.Scanner, which drops a CR before a line's end and gives up at a line of 64 KiB (docker
//! 28; kubectl takes longer ones).

use std::borrow::Cow;

use super::env_file::Dialect;
use super::{Document, Format, ReadError, Unwritable, env_file};
use crate::model::Filled;

pub(super) struct Docker;

/// The longest line, its end not counted (bufio.MaxScanTokenSize is 65,536 with it).
const LONGEST_LINE: usize = 65_535;

impl Format for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn file_name(&self) -> &'static str {
        "docker.env"
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        let longest = (LONGEST_LINE, "docker reads no line of 64 KiB or more");
        env_file::write(document, &Dialect { prefix: "", quote: raw, longest })
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut found = vec![];
        for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
            let error = |reason| ReadError { line: at + 1, reason };
            if line.len() > LONGEST_LINE {
                return Err(error("a line of 64 KiB or more"));
            }
            let line = std::str::from_utf8(line).map_err(|_| error("not UTF-8"))?;
            let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) =
                line.split_once('=').ok_or_else(|| error("a name alone takes its value from whoever runs docker"))?;
            if name.is_empty() || name.contains([' ', '\t']) {
                return Err(error("not `NAME=value`"));
            }
            found.push((name.to_string(), Filled::string(value)));
        }
        Ok(found)
    }
}

fn raw(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if value.contains('\n') {
        return Err("a newline is in it, and docker reads a value to the end of its line");
    }
    if value.ends_with('\r') {
        return Err("a CR is at its end, where docker drops it");
    }
    Ok(Cow::Borrowed(value))
}
