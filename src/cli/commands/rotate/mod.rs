//! `rpconf rotate`: change a credential everywhere, with nobody noticing.

mod adopt;
mod drive;
mod dry;
mod due;
mod many;
mod status;
mod unlock;

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::exit::{Failure, Outcome};
use crate::cli::machine::MachineArgs;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::compile::age;
use crate::rotate::Patience;

/// Change a credential everywhere
///
/// A new value is put into the vault, made valid at the backend, proven, rendered to every host and read by every unit;
/// when nobody is left on the old one, that is revoked. Both are valid in between. Stopped anywhere, the same command goes
/// on from there, on this machine or another.
///
/// Targets: postgres redis s3 secret_key mailroom courier smtp
///
/// Example: rpconf rotate production postgres --dry-run
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV", required = true)]
    environment: Option<String>,
    /// What to rotate; of several targets, units are restarted once for all where that leaves no gap
    #[arg(value_name = "TARGET", required_unless_present = "due")]
    targets: Vec<String>,
    /// Rotate every target whose age the document's `rotate` says is due, and finish what was put off
    #[arg(long, conflicts_with = "targets")]
    due: bool,
    /// Look, and change nothing: what is there, what would be done, what stands in the way
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: Options,
}

/// What one does with an open rotation.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Tell of each environment's credentials: how old they are, and what is open
    Status(status::Args),
    /// Go on with an open rotation, also one that another operator began
    Resume(Open),
    /// Revoke the old credential that `--retire-after` left valid
    Finish(Open),
    /// Give up a rotation that nobody was told the new credential of
    Abort(Open),
    /// Bring the old credential back everywhere
    Rollback(Open),
    /// Prepare two logins that take turns; no table changes its owner
    Adopt(adopt::Args),
    /// End the connection of whoever holds the lock
    Unlock(unlock::Args),
}

/// An open rotation.
#[derive(Debug, clap::Args)]
struct Open {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// What is rotated
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    options: Options,
}

/// How a rotation goes.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Strategy, instead of the target's first
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// Go on though logins will fail for a while
    #[arg(long)]
    accept_gap: bool,
    /// Leave the old credential valid for so long, `24h` or `14d`; `rotate finish` or `--due` revokes it. Django's key has
    /// fallbacks for 14d, as long as sessions last, unless this is 0
    #[arg(long, value_name = "TIME", value_parser = time)]
    retire_after: Option<Duration>,
    /// A consumer that may stay on the old credential: its name, or NAME@ADDRESS
    #[arg(long, value_name = "NAME")]
    ignore_consumer: Vec<String>,
    /// End sessions that are left on the old credential when it is revoked
    #[arg(long)]
    kill_stragglers: bool,
    /// How long a disabled access key stays before it is deleted
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "2h")]
    disabled_for: Duration,
    /// How long a unit, a hook or a health command may take
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    timeout: u64,
    /// How long to wait for everybody to leave the old credential
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    confirm: u64,
    /// How long a write to Connect may stay invisible to reads
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    settle: f64,
    /// How far apart two reads of Connect are that have to agree; logins that prove a new access key are twice as far
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    apart: f64,
    /// How far apart samples of who is left on the old credential are
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    soak: f64,
    /// Folder of journals, locks and the audit, instead of `~/.local/state/rpconf`
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Tell events as JSON, one object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Options {
    /// What has to be known everywhere is asked for so far apart.
    fn spread(&self) -> Duration {
        Duration::try_from_secs_f64(self.apart * 2.0).unwrap_or_default()
    }

    /// How long each thing is waited for; a vault file's reads are never behind its writes.
    fn patience(&self, is_file: bool) -> Patience {
        let seconds = |number: f64| Duration::try_from_secs_f64(number).unwrap_or_default();
        let behind = |number: f64| if is_file { Duration::ZERO } else { seconds(number) };
        let (settle, apart) = (behind(self.settle), behind(self.apart));
        let (pause, confirm) = (seconds(self.soak), Duration::from_secs(self.confirm));
        Patience { settle, apart, pause, confirm, ..Patience::default() }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    match text {
        "0" => Ok(Duration::ZERO),
        text => age(text).ok_or_else(|| "write 0, or a number and a unit, such as 24h or 14d".to_string()),
    }
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    // Old and new credentials are in memory for minutes.
    crate::cli::child::no_core_dumps();
    let wish =
        |back, take_over, finish| drive::Mode { back, take_over, finish, only_open: true, ..drive::Mode::default() };
    match &args.verb {
        Some(Verb::Status(args)) => status::run(session, args),
        Some(Verb::Resume(open)) => open.go(session, wish(false, true, false)),
        Some(Verb::Finish(open)) => open.go(session, wish(false, false, true)),
        Some(Verb::Abort(open)) => open.go(session, drive::Mode { abort: true, ..wish(true, false, false) }),
        Some(Verb::Rollback(open)) => open.go(session, wish(true, false, false)),
        Some(Verb::Adopt(args)) => adopt::run(session, args),
        Some(Verb::Unlock(args)) => unlock::run(session, args),
        None => {
            let environment = args.environment.as_deref().unwrap_or_default();
            match args.due {
                true => due::run(session, environment, &args.options, args.dry_run),
                false => many::run(session, environment, &args.targets, &args.options, args.dry_run),
            }
        }
    }
}

impl Open {
    fn go(&self, session: &Session, mode: drive::Mode) -> Outcome {
        drive::run(session, &self.environment, &self.target, &self.options, mode)
    }
}

/// Runs requests to backends and vault; nothing is dropped half-way.
fn block_on<T>(session: &Session, future: impl Future<Output = T>) -> Result<T, Failure> {
    Ok(session.runtime()?.block_on(future))
}
