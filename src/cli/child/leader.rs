//! The step between this process and a child on a terminal of its own.
//!
//! To become a terminal's leader, a process must ask for it between fork and exec, where Rust allows no safe code. So the
//! child is this program once more, which asks and then becomes the command. It is handed the words of the command and
//! nothing else; the secrets are in its environment, as they will be in the command's.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{ioctl_tiocsctty, setsid};

use super::not_run;
use crate::cli::exit::Failure;

/// The hidden command that leads.
pub const LEAD: &str = "lead-terminal";

/// This program once more, with the command.
pub(super) fn words(command: &[OsString]) -> Vec<OsString> {
    let own = ["/proc/self/exe", LEAD, "--"].map(OsString::from);
    own.into_iter().chain(command.iter().cloned()).collect()
}

/// Takes standard input for the controlling terminal, and becomes the command.
#[expect(
    clippy::disallowed_methods,
    reason = "standard input is the terminal, and the command takes this process over"
)]
pub fn lead(command: &[OsString]) -> Result<u8, Failure> {
    let lead = || -> io::Result<()> {
        setsid()?;
        ioctl_tiocsctty(io::stdin())?;
        Ok(())
    };
    lead().map_err(|error| Failure::file("the terminal", error))?;
    let Some((name, rest)) = command.split_first() else { return Ok(0) };
    let error = Command::new(name).args(rest).exec();
    not_run(name, &error)
}
