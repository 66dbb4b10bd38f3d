//! The edge to the machine that files are applied to: which host of the document it is, and who lives on it.

#![expect(clippy::disallowed_methods, reason = "this is the edge to the machine: its name, its accounts, `getent`")]

use std::io;
use std::net::{IpAddr, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::exit::Failure;
use super::session::Session;
use crate::deliver::{Host, RealDisk, Users, account};
use crate::model::{Machine, Plan};

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
    let addressed = |host: &&Machine| host.internal_address().is_some_and(is_own_address);
    let found = plan.hosts.iter().find(named).or_else(|| plan.hosts.iter().find(addressed));
    found.map(|host| host.name.clone()).ok_or_else(|| {
        Failure::Usage(format!("this machine has the name or address of no host; add `--host` with one of {}", names()))
    })
}

/// What this machine calls itself.
pub fn own_name() -> Option<String> {
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
}
