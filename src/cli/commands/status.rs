//! `rpconf status`: what stands on this host, whether it still does, and what the document would change.

use serde_json::{Value, json};

use super::refs_state::ages;
use crate::cli::applying::word;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching;
use crate::cli::machine::{self, MachineArgs, Open};
use crate::cli::session::Session;
use crate::cli::units::Systemd;
use crate::cli::vaults::VaultArgs;
use crate::cli::world::{self, seconds_since_1970};
use crate::deliver::{self, Difference, Drift, Drifted, Generation, Host, Place, RealDisk};
use crate::diag::Notes;
use crate::model::Reaction;
use crate::render::Selection;
use crate::show::{ago, moment};

/// Show what was applied to this host, and what drifted from it
///
/// The first thing to type in an incident: which generation stands and since when, files that were changed or opened to
/// others since, units that run with older values, what the document would change now, and how old credentials are.
///
/// Example: rpconf status production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV", required_unless_present = "dir")]
    environment: Option<String>,
    /// Tell of a rendered folder instead of this host; without ENV, of files in it that others can read or that no
    /// render knows any more
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "root"])]
    dir: Option<std::path::PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

/// What is known of a host.
struct Status {
    environment: String,
    current: Option<Generation>,
    unfinished: bool,
    pending: Vec<Reaction>,
    drift: Vec<Drift>,
    now: u64,
    /// What the document would change, or why nobody knows.
    would: Result<Would, Failure>,
}

/// What the document would change.
#[derive(Default)]
struct Would {
    differing: Vec<(String, Difference)>,
    credentials: Vec<(String, i64)>,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let asked = match (&args.environment, &args.dir) {
        (Some(asked), Some(dir)) => return rendered(session, args, asked, dir),
        (None, Some(dir)) => return super::status_dir::run(session, dir, args.json),
        (asked, None) => asked.as_deref().unwrap_or_default(),
    };
    let environment = world::name(asked)?;
    let open = Open::below(session, &args.machine.root)?;
    let host = open.host(&environment);
    let current = deliver::current(&host)?;
    let units = Systemd { limit: std::time::Duration::from_secs(10) };
    let status = Status {
        unfinished: deliver::is_unfinished(&host.place())?,
        pending: deliver::pending(&host)?,
        drift: current.as_ref().map(|now| deliver::drift(now, &units, &host)).unwrap_or_default(),
        now: seconds_since_1970(),
        would: would(session, args, asked, &host),
        environment: environment.clone(),
        current,
    };
    session.ui.result(&if args.json { format!("{:#}\n", status.json()) } else { status.text() })?;
    Ok(status.exit())
}

/// Compiles the document, asks the vault, and compares with what stands.
fn would(session: &Session, args: &Args, asked: &str, host: &Host) -> Result<Would, Failure> {
    let wrong = || Failure::Usage("the document does not compile".into());
    let (found, plan, map) = session.plan(asked)?.map_err(|_| wrong())?;
    let name = machine::host_of(&plan, &args.machine)?;
    let fetched = fetching::fetch(session, &args.vault, &[(&found, &plan)])?;
    let mut notes = Notes::default();
    let Some(answers) = fetched.answers.first() else { return Ok(Would::default()) };
    let files = crate::install(&plan, answers, &name, &mut notes);
    session.ui.findings(&notes, &map);
    if notes.failed() {
        return Err(wrong());
    }
    let prepared = deliver::prepare(&files, true, host)?;
    let differing = prepared.differing.into_iter().map(|change| (change.path, change.difference)).collect();
    Ok(Would { differing, credentials: ages(session, &args.vault, &found, &plan)? })
}

fn rendered(session: &Session, args: &Args, asked: &str, dir: &std::path::Path) -> Outcome {
    let (found, plan, map) = match session.plan(asked)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let fetched = fetching::fetch(session, &args.vault, &[(&found, &plan)])?;
    let mut notes = Notes::default();
    let Some(answers) = fetched.answers.first() else { return Ok(Exit::Done) };
    let outputs = crate::render(&plan, answers, &Selection::default(), &mut notes);
    session.ui.findings(&notes, &map);
    if notes.failed() {
        return Ok(super::render::exit_of(&notes));
    }
    let (disk, below) = RealDisk::above(&session.at(dir)).map_err(|error| Failure::file(dir, error))?;
    let place = Place::folder(&disk, &below);
    let unfinished = deliver::is_unfinished(&place)?;
    let changes = deliver::plan(&outputs, &place)?;
    if args.json {
        let row = |change: &deliver::Change| json!({"path": change.path.to_string_lossy(), "difference": is(change.difference)});
        let rows: Vec<Value> = changes.changes.iter().map(row).collect();
        session.ui.result(&format!("{:#}\n", json!({"unfinished": unfinished, "would_change": rows})))?;
    } else {
        if unfinished {
            session.ui.result("an earlier run was cut off; `rpconf recover` puts the old files back\n")?;
        }
        for change in &changes.changes {
            session.ui.result(&format!("{}: {}\n", change.path.display(), is(change.difference)))?;
        }
        session.ui.result(&format!("{} files are as the document has them\n", changes.unchanged.len()))?;
    }
    Ok(if changes.is_empty() && !unfinished { Exit::Done } else { Exit::Differs })
}

impl Status {
    fn exit(&self) -> Exit {
        let held = self.current.as_ref().is_none_or(|now| now.restored.is_some());
        let differs = self.would.as_ref().is_ok_and(|would| !would.differing.is_empty());
        match &self.would {
            _ if held || differs || self.unfinished || !self.pending.is_empty() || !self.drift.is_empty() => {
                Exit::Differs
            }
            Ok(_) => Exit::Done,
            Err(failure) => failure.exit(),
        }
    }

    fn text(&self) -> String {
        let environment = &self.environment;
        let mut out = match &self.current {
            None => format!("{environment}: nothing was applied to this host\n"),
            Some(now) => {
                let age = ago(self.now.saturating_sub(now.time));
                let host = &now.host;
                format!("{environment} on {host}: generation {}, applied {} ({age})\n", now.number, moment(now.time))
            }
        };
        if let Some(from) = self.current.as_ref().and_then(|now| now.restored) {
            out += &format!(
                "held: a rollback restored generation {from}; `rpconf apply {environment} --resume` ends that\n"
            );
        }
        if self.unfinished {
            out += &format!("unfinished: a run was cut off; `rpconf recover {environment}` puts the old files back\n");
        }
        for reaction in &self.pending {
            out += &format!("undone: {}\n", word(reaction));
        }
        for drift in &self.drift {
            out += &format!("drift: {}\n", drifted(drift));
        }
        match &self.would {
            Err(failure) => {
                out += &format!("the document cannot be compared: {failure}\n");
                if let Some(seconds) = self.stale() {
                    let ago = ago(seconds);
                    out += &format!("stale: what stands was applied {ago}, and what the vault has now is not known\n");
                }
            }
            Ok(would) => {
                for (path, difference) in &would.differing {
                    out += &format!("would change: {path} ({})\n", is(*difference));
                }
                for (reference, days) in &would.credentials {
                    out += &format!("credential: {reference}, {days} days old\n");
                }
            }
        }
        out
    }

    /// For how long nobody has known whether there is anything newer, when the document cannot be compared.
    fn stale(&self) -> Option<u64> {
        let now = self.current.as_ref().filter(|_| self.would.is_err());
        now.map(|now| self.now.saturating_sub(now.time))
    }

    fn json(&self) -> Value {
        let drift = |drift: &Drift| {
            let unit = if let Drifted::Older { unit } = &drift.what { Some(unit) } else { None };
            json!({
                "name": drift.name,
                "path": drift.path,
                "kind": kind(&drift.what),
                "unit": unit,
                "what": drifted(drift),
            })
        };
        let would = self.would.as_ref().ok();
        let rows = would.map(|would| {
            let row = |(path, difference): &(String, Difference)| json!({"path": path, "difference": is(*difference)});
            would.differing.iter().map(row).collect::<Vec<_>>()
        });
        let credentials = would.map(|would| {
            let row = |(reference, days): &(String, i64)| json!({"reference": reference, "age_days": days});
            would.credentials.iter().map(row).collect::<Vec<_>>()
        });
        json!({
            "environment": self.environment,
            "host": self.current.as_ref().map(|now| &now.host),
            "generation": self.current.as_ref().map(|now| now.number),
            "applied": self.current.as_ref().map(|now| now.time),
            "age_seconds": self.current.as_ref().map(|now| self.now.saturating_sub(now.time)),
            "restored": self.current.as_ref().and_then(|now| now.restored),
            "unfinished": self.unfinished,
            "undone": self.pending.iter().map(word).collect::<Vec<_>>(),
            "drift": self.drift.iter().map(drift).collect::<Vec<_>>(),
            "would_change": rows,
            "credentials": credentials,
            "stale_seconds": self.stale(),
            "problem": self.would.as_ref().err().map(ToString::to_string),
        })
    }
}

/// The word that a program knows a drift by.
fn kind(what: &Drifted) -> &'static str {
    match what {
        Drifted::Missing => "missing",
        Drifted::Changed => "changed",
        Drifted::Mode { .. } => "mode",
        Drifted::Owner => "owner",
        Drifted::Unreachable(_) => "unreachable",
        Drifted::Older { .. } => "older",
    }
}

fn drifted(drift: &Drift) -> String {
    let path = &drift.path;
    match &drift.what {
        Drifted::Missing => format!("{path} is missing: was the service upgraded?"),
        Drifted::Changed => format!("{path} was changed by hand"),
        Drifted::Mode { now, applied } => format!("{path} has the mode {now:04o}, and was given {applied:04o}"),
        Drifted::Owner => format!("{path} has another owner or group"),
        Drifted::Unreachable(why) => format!("{path}: {why}"),
        Drifted::Older { unit } => format!("{unit} started before {path} was written, and runs with older values"),
    }
}

fn is(difference: Difference) -> &'static str {
    match difference {
        Difference::New => "new",
        Difference::Changed => "changed",
        Difference::Loosened => "other owner or mode",
        Difference::Stale => "no longer wanted",
    }
}
