//! Asks for a passphrase on the terminal, never on standard input, and without showing it; reads a value.

#![expect(clippy::disallowed_methods, reason = "the terminal is spoken to here")]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::exit::Failure;
use crate::model::Secret;

/// Restores the terminal, whatever happens meanwhile.
struct Silent<'t> {
    terminal: &'t File,
    before: Termios,
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Whether there is a terminal to ask on.
pub fn has_terminal() -> bool {
    OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
}

/// A passphrase typed on the terminal; `None` when there is no terminal.
pub fn passphrase(question: &str) -> Result<Option<Secret<String>>, Failure> {
    let Ok(mut terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let failed = |error: std::io::Error| Failure::file("/dev/tty", error);
    let before = tcgetattr(&terminal).map_err(|error| failed(error.into()))?;
    terminal.write_all(format!("{question}: ").as_bytes()).map_err(failed)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Now, &quiet).map_err(|error| failed(error.into()))?;
    let restored = Silent { terminal: &terminal, before };
    let mut line = Zeroizing::new(String::new());
    let read = BufReader::new(&terminal).read_line(&mut line);
    drop(restored);
    let _ = (&terminal).write_all(b"\n");
    read.map_err(failed)?;
    Ok(Some(Secret::new(line.trim_end_matches(['\r', '\n']).to_string())))
}

/// A line typed on the terminal; `None` when there is no terminal.
pub fn line(question: &str) -> Result<Option<String>, Failure> {
    let Ok(mut terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let failed = |error: std::io::Error| Failure::file("/dev/tty", error);
    terminal.write_all(format!("{question}: ").as_bytes()).map_err(failed)?;
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line).map_err(failed)?;
    Ok((read > 0).then(|| line.trim().to_string()))
}

/// The largest value that is read.
const VALUE: u64 = 1 << 20;

/// A value: typed without being shown where standard input is a terminal, else all of standard input. The line break
/// at the end of a single line is not part of it.
pub fn value(question: &str) -> Result<Secret<String>, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return passphrase(question)?.ok_or_else(|| Failure::Usage("there is no terminal to ask on".into()));
    }
    let failed = |why: String| Failure::file("standard input", why);
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    input.lock().take(VALUE + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > VALUE {
        return Err(failed(format!("it holds more than {} MiB", VALUE >> 20)));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text".into()))?;
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Secret::new(line.filter(|line| !line.contains('\n')).unwrap_or(text).to_string()))
}
