//! `rpconf diff`: what a render or an application would change, or what a change of the document does.

use serde_json::{Value, json};

use crate::cli::against::{self, Old};
use crate::cli::applying::word;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::fetching;
use crate::cli::machine::{self, MachineArgs};
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::deliver;
use crate::diag::Notes;
use crate::diff::{self, Detail, Difference, File, Presence, Side};
use crate::install;
use crate::link;
use crate::model::{Plan, Reaction};
use crate::render::Selection;

/// Show what differs, setting by setting
///
/// Compares what the document compiles to with what stands: values in full where they are no secrets, of secrets only
/// that they changed, and the units that follow. With `--plan`, two documents are compared and no vault is asked.
///
/// Example: rpconf diff production --plan --against main
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// What to compare with: a rendered folder, `applied`, `generation:N` (`-1` is the one before); with `--plan`, a
    /// document or a git revision. Without it, what was applied to this host, else `build/ENV`
    #[arg(long, value_name = "WHAT", allow_hyphen_values = true)]
    against: Option<String>,
    /// Compare two documents, without a vault
    #[arg(long)]
    plan: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let (found, plan, map) = match session.plan(&args.environment)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    if args.plan {
        let against = args.against.as_deref().unwrap_or("HEAD");
        let old = against::plan(session, &found, against)?;
        return tell(session, args, &plan, &diff::plans(&old, &plan));
    }
    let old = against::find(session, args.against.as_deref(), &args.machine, &found, &plan)?;
    let host = match &old {
        Old::Applied(_) => Some(machine::host_of(&plan, &args.machine)?),
        Old::Rendered(_) => args.machine.host.clone(),
    };
    let fetched = fetching::fetch(session, &args.vault, &[(&found, &plan)])?;
    let mut notes = Notes::default();
    let selection = Selection { host, ..Selection::default() };
    let Some(answers) = fetched.answers.first() else { return Ok(Exit::Done) };
    let filled = link::fill(&plan, answers, &mut notes);
    let made = install::made(&plan, &filled, &selection, &mut notes);
    session.ui.findings(&notes, &map);
    if notes.failed() {
        return Ok(crate::cli::commands::render::exit_of(&notes));
    }
    let mut differences = vec![];
    let old = old.files(&selection)?;
    for new in &made {
        let side = File { content: &new.output.content, format: new.format.as_deref(), secrets: Some(&new.secrets) };
        let before = old.iter().find(|old| old.is(new));
        let compared = diff::files(before.map(|old| old.file()).as_ref(), Some(&side));
        differences.extend(compared.map(|(presence, details)| Difference {
            host: new.host.map(str::to_string),
            name: new.name.to_string(),
            presence,
            details,
            follow: new.target.reactions.clone(),
        }));
    }
    for gone in old.iter().filter(|old| !made.iter().any(|new| old.is(new))) {
        let compared = diff::files(Some(&gone.file()), None);
        differences.extend(compared.map(|(presence, details)| Difference {
            host: gone.host.clone(),
            name: gone.name.clone(),
            presence,
            details,
            follow: vec![],
        }));
    }
    tell(session, args, &plan, &differences)
}

fn tell(session: &Session, args: &Args, plan: &Plan, differences: &[Difference]) -> Outcome {
    let follow = following(plan, differences);
    if args.json {
        let follow: Vec<Value> = follow
            .iter()
            .map(|(host, reactions)| json!({"host": host, "follow": reactions.iter().map(word).collect::<Vec<_>>()}))
            .collect();
        let report = json!({
            "environment": plan.environment,
            "differences": differences.iter().map(json).collect::<Vec<_>>(),
            "follow": follow,
        });
        session.ui.result(&format!("{report:#}\n"))?;
    } else {
        for difference in differences {
            session.ui.result(&text(difference))?;
        }
        for (host, reactions) in &follow {
            let at = host.as_ref().map(|host| format!("on {host}: ")).unwrap_or_default();
            let words: Vec<String> = reactions.iter().map(word).collect();
            session.ui.result(&format!("then {at}{}\n", words.join(", ")))?;
        }
        if differences.is_empty() {
            session.ui.tell(&format!("{}: nothing differs", plan.environment));
        }
    }
    Ok(if differences.is_empty() { Exit::Done } else { Exit::Differs })
}

/// What follows on each host, each unit once and in order.
fn following(plan: &Plan, differences: &[Difference]) -> Vec<(Option<String>, Vec<Reaction>)> {
    let order = install::reactions(plan);
    let mut hosts: Vec<Option<String>> = differences.iter().map(|difference| difference.host.clone()).collect();
    hosts.sort();
    hosts.dedup();
    let of = |host: &Option<String>| -> Vec<Reaction> {
        let here = differences.iter().filter(|difference| difference.host == *host);
        here.flat_map(|difference| difference.follow.clone()).collect()
    };
    let merged = hosts.into_iter().map(|host| {
        let merged = deliver::in_order(&of(&host), &order);
        (host, merged)
    });
    merged.filter(|(_, reactions)| !reactions.is_empty()).collect()
}

fn text(difference: &Difference) -> String {
    let at = difference.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    let what = match difference.presence {
        Presence::Added => " (added)",
        Presence::Removed => " (removed)",
        Presence::Both if difference.details.is_empty() => " (its bytes changed, and no setting)",
        Presence::Both => "",
    };
    let mut out = format!("{}{at}{what}\n", difference.name);
    for Detail { name, old, new } in &difference.details {
        out += &match (old, new) {
            (Side::Absent, Side::Value(new)) => format!("  + {name} = {new}\n"),
            (Side::Absent, _) => format!("  + {name}\n"),
            (Side::Value(old), Side::Absent) => format!("  - {name} = {old}\n"),
            (_, Side::Absent) => format!("  - {name}\n"),
            (Side::Value(old), Side::Value(new)) => format!("  ~ {name} = {new} (was {old})\n"),
            _ => format!("  ~ {name} changed\n"),
        };
    }
    out
}

fn json(difference: &Difference) -> Value {
    let side = |side: &Side| match side {
        Side::Value(value) => Some(value.clone()),
        Side::Absent | Side::Hidden => None,
    };
    let detail = |detail: &Detail| {
        let change = match (&detail.old, &detail.new) {
            (Side::Absent, _) => "added",
            (_, Side::Absent) => "removed",
            _ => "changed",
        };
        json!({"name": detail.name, "change": change, "old": side(&detail.old), "new": side(&detail.new)})
    };
    json!({
        "host": difference.host,
        "name": difference.name,
        "presence": match difference.presence {
            Presence::Added => "added",
            Presence::Removed => "removed",
            Presence::Both => "both",
        },
        "settings": difference.details.iter().map(detail).collect::<Vec<_>>(),
    })
}
