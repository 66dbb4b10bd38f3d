//! The edge to systemd and to the commands of operators: what follows a change, with a limit of time.

#![expect(clippy::disallowed_methods, reason = "programs are run here, and waited for")]

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::env;
use crate::deliver::Units;
use crate::model::{Action, Reaction};

/// systemd's units, and the operator's commands.
pub struct Systemd {
    /// How long one of them may take.
    pub limit: Duration,
}

impl Units for Systemd {
    fn act(&self, reaction: &Reaction) -> Result<(), String> {
        match &reaction.action {
            Action::Restart => self.run(&["systemctl", "restart", &reaction.unit]),
            Action::Reload => self.run(&["systemctl", "reload", &reaction.unit]),
            Action::Command(words) => self.run(words),
        }
    }

    /// A service needs a while before it answers: asked again every second.
    fn healthy(&self, command: &[String]) -> Result<(), String> {
        let end = Instant::now() + self.limit;
        loop {
            match self.run(command) {
                Err(_) if Instant::now() + Duration::from_secs(1) < end => thread::sleep(Duration::from_secs(1)),
                result => return result,
            }
        }
    }

    fn started(&self, unit: &str) -> Option<i64> {
        let properties = ["show", "-p", "ActiveState", "-p", "ExecMainStartTimestamp", "--", unit];
        let mut command = bare("systemctl");
        // systemctl writes times in the zone it finds, and old releases know no option for it.
        let output = command.args(properties).env("TZ", "UTC").env("LC_ALL", "C").output().ok()?;
        started(&String::from_utf8_lossy(&output.stdout))
    }
}

impl Systemd {
    /// Runs a command with variables of its own, in a folder.
    pub fn command(&self, words: &[String], variables: &[(String, String)], folder: &Path) -> Result<(), String> {
        let Some((program, arguments)) = words.split_first() else { return Err("the command is empty".into()) };
        let mut command = bare(program);
        command.args(arguments).envs(variables.iter().cloned()).current_dir(folder);
        self.wait(command)
    }

    fn run<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Result<(), String> {
        let Some((program, arguments)) = words.split_first() else { return Err("the command is empty".into()) };
        let mut command = bare(program);
        command.args(arguments);
        self.wait(command)
    }

    fn wait(&self, mut command: Command) -> Result<(), String> {
        // What it says is no result of ours.
        command.stdout(io::stderr()).process_group(0);
        let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
        let end = Instant::now() + self.limit;
        // Most are done at once; for the others it is not worth asking often.
        let mut pause = Duration::from_millis(1);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return ended(status),
                Ok(None) if Instant::now() < end => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                }
                Ok(None) => {
                    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                    }
                    let _ = child.wait();
                    return Err(format!("it took longer than {} seconds", self.limit.as_secs()));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// A program that gets nothing of our environment but what it needs to run: tokens and passphrases are in it.
fn bare(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    for name in ["PATH", "HOME", "LANG"] {
        if let Some(value) = env::path(name) {
            command.env(name, value);
        }
    }
    command
}

fn ended(status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
}

/// Seconds since 1970 of `ExecMainStartTimestamp=Wed 2027-01-06 12:00:00 UTC`, when the unit is active.
fn started(properties: &str) -> Option<i64> {
    let property = |name: &str| properties.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    if property("ActiveState")? != "active" {
        return None;
    }
    let mut words = property("ExecMainStartTimestamp")?.split(' ').skip(1);
    let days = crate::model::moment::days(words.next()?)?;
    let mut parts = words.next()?.split(':').map(str::parse::<i64>);
    let (hours, minutes, seconds) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_units_start_is_read() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(started(text), expect, "{text}");
        check("ActiveState=active\nExecMainStartTimestamp=Thu 1970-01-01 00:01:00 UTC\n", Some(60));
        check("ActiveState=inactive\nExecMainStartTimestamp=Thu 1970-01-01 00:01:00 UTC\n", None);
        check("ActiveState=active\nExecMainStartTimestamp=\n", None);
        check("", None);
    }

    #[test]
    fn a_command_that_hangs_is_ended_and_knows_no_secret() {
        let limit = Duration::from_millis(300);
        let run = |script: &str| Systemd { limit }.run(&["sh", "-c", script]);
        assert!(run("sleep 60 & sleep 60").unwrap_err().contains("longer than"));
        assert!(run("exit 3").unwrap_err().contains('3'));
        run("test -z \"$CARGO_MANIFEST_DIR\"").unwrap();
    }
}
