//! Asks for a passphrase on the terminal, never on standard input, and without showing it.

#![expect(clippy::disallowed_methods, reason = "the terminal is spoken to here")]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};

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
