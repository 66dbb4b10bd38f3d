//! The edge to the machine that files are applied to: which host it is, who lives on it, and its units.

use std::io;
use std::net::{IpAddr, ToSocketAddrs, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::env;
use super::exit::Failure;
use super::session::Session;
use crate::deliver::{Host, RealDisk, Units, Users, account};
use crate::model::{Action, Machine, Plan, Reaction};

/// Where files are applied, as the command line says it.
#[derive(Debug, Clone, clap::Args)]
pub struct MachineArgs {
    /// Host of the document, instead of the one that this machine is
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// The root.
    #[command(flatten)]
    pub root: RootArgs,
}

/// Where the root of the file system is.
#[derive(Debug, Clone, clap::Args)]
pub struct RootArgs {
    /// Folder that stands for the root of the file system
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// A machine that is open.
pub struct Open {
    disk: RealDisk,
    users: Accounts,
    me: u32,
    owners: bool,
}

impl Open {
    /// Opens the machine below a root.
    pub fn below(session: &Session, args: &RootArgs) -> Result<Self, Failure> {
        let root = session.at(&args.root);
        let disk = RealDisk::open(&root).map_err(|error| Failure::file(&root, error))?;
        let me = rustix::process::geteuid().as_raw();
        let whole = root == std::path::Path::new("/");
        Ok(Self { disk, users: Accounts { root, whole }, me, owners: me == 0 || whole })
    }

    /// Opens it to write there: only root can give files to their owners, below another root it may do without.
    pub fn for_writing(session: &Session, args: &RootArgs) -> Result<Self, Failure> {
        let open = Self::below(session, args)?;
        if open.owners && open.me != 0 {
            return Err(Failure::file(
                &args.root,
                "only root can give files to their owners; run this as root, or try it out with `--root DIR`",
            ));
        }
        if !open.owners {
            session.ui.warn("without root, files keep the owner that runs this");
        }
        Ok(open)
    }

    /// The machine as an environment's files see it.
    pub fn host<'a>(&'a self, environment: &'a str) -> Host<'a> {
        Host { disk: &self.disk, environment, users: &self.users, me: self.me, owners: self.owners }
    }
}

/// Which host of the document this machine is: asked for, the only one, or the one with its name or address.
pub fn host_of(plan: &Plan, args: &MachineArgs) -> Result<String, Failure> {
    let names = || plan.hosts.iter().map(|host| format!("`{}`", host.name)).collect::<Vec<_>>().join(", ");
    if plan.hosts.is_empty() {
        return Err(Failure::Usage(format!("`{}` is for containers and places nothing on a host", plan.environment)));
    }
    if let Some(asked) = &args.host {
        let found = plan.hosts.iter().find(|host| host.name == *asked);
        return found.map(|host| host.name.clone()).ok_or_else(|| {
            Failure::Usage(format!("`{}` has no host `{asked}`; hosts are {}", plan.environment, names()))
        });
    }
    if let [only] = plan.hosts.as_slice() {
        return Ok(only.name.clone());
    }
    let named = |host: &&Machine| own_name().is_some_and(|own| is_name(&host.name, &own));
    let addressed = |host: &&Machine| host.internal.as_deref().is_some_and(is_own_address);
    let found = plan.hosts.iter().find(named).or_else(|| plan.hosts.iter().find(addressed));
    found.map(|host| host.name.clone()).ok_or_else(|| {
        Failure::Usage(format!("this machine has the name or address of no host; add `--host` with one of {}", names()))
    })
}

fn own_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_string())
}

/// A machine may call itself by its whole name: `worker.example.org` is `worker`.
fn is_name(host: &str, own: &str) -> bool {
    own == host || own.strip_prefix(host).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether an address is this machine's: no other can be bound to.
fn is_own_address(address: &str) -> bool {
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<IpAddr> = match bare.parse() {
        Ok(address) => vec![address],
        Err(_) => (bare, 0).to_socket_addrs().into_iter().flatten().map(|found| found.ip()).collect(),
    };
    addresses.iter().any(|address| !address.is_unspecified() && UdpSocket::bind((*address, 0)).is_ok())
}

/// The accounts of the system below the root; on the running system also those that are not in its files.
struct Accounts {
    root: PathBuf,
    whole: bool,
}

impl Accounts {
    fn find(&self, file: &str, database: &str, name: &str) -> io::Result<Option<u32>> {
        let bytes = match std::fs::read(self.root.join(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
            bytes => bytes?,
        };
        let found = account(&bytes, name);
        if found.is_some() || !self.whole {
            return Ok(found);
        }
        let asked = Command::new("getent").args([database, "--", name]).stdin(Stdio::null()).output();
        Ok(asked.ok().and_then(|output| account(&output.stdout, name)))
    }
}

impl Users for Accounts {
    fn user(&self, name: &str) -> io::Result<Option<u32>> {
        self.find("etc/passwd", "passwd", name)
    }

    fn group(&self, name: &str) -> io::Result<Option<u32>> {
        self.find("etc/group", "group", name)
    }
}

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
    fn run<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Result<(), String> {
        let Some((program, arguments)) = words.split_first() else { return Err("the command is empty".into()) };
        let mut command = bare(program);
        // What it says is no result of ours.
        command.args(arguments).stdout(io::stderr()).process_group(0);
        let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
        let end = Instant::now() + self.limit;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return ended(status),
                Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
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
    let days = crate::show::date(words.next()?)?;
    let mut parts = words.next()?.split(':').map(str::parse::<i64>);
    let (hours, minutes, seconds) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_name() {
        let check = |host: &str, own: &str, expect: bool| assert_eq!(is_name(host, own), expect, "{host} {own}");
        check("worker", "worker", true);
        check("worker", "worker.example.org", true);
        check("work", "worker", false);
        check("worker", "web", false);
    }

    #[test]
    fn an_address_is_ours_when_it_can_be_bound() {
        let check = |address: &str, expect: bool| assert_eq!(is_own_address(address), expect, "{address}");
        check("127.0.0.1", true);
        // RFC 5737: for documentation, on no machine.
        check("192.0.2.1", false);
        check("0.0.0.0", false);
    }

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
