//! `rpconf vault ls`, `get`, `lock`, `ping`: what a vault holds, and whether it answers.

use serde_json::json;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching;
use crate::cli::session::Session;
use crate::cli::ui;
use crate::cli::vaults::{self, Open, VaultArgs};
use crate::cli::world::Stopwatch;
use crate::model::{Reference, VaultChoice};
use crate::vault::{Batch, Lock as LockFile, Names, Refusal, VaultError};

/// List vaults, or the items of one
///
/// Example: rpconf vault ls RapidPro
#[derive(Debug, clap::Args)]
pub struct Ls {
    /// Vault, by name or id
    #[arg(value_name = "VAULT")]
    name: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Print one value
///
/// Example: rpconf vault get "op://RapidPro/Production Mailroom/token"
#[derive(Debug, clap::Args)]
pub struct Get {
    /// Reference, `op://vault/item/[section/]field`
    reference: String,
    /// Let the value be shown on a terminal
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Look up the names of environments and remember their ids
///
/// Writes `env/ENV.lock`, which holds ids only and is committed: with it, a render asks for each item once and for
/// nothing else.
///
/// Example: rpconf vault lock production
#[derive(Debug, clap::Args)]
pub struct Lock {
    /// Environments: names in `env/`, or paths
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Every environment in `env/` that has a release
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Ask whether the vault answers
///
/// Example: rpconf vault ping
#[derive(Debug, clap::Args)]
pub struct Ping {
    #[command(flatten)]
    vault: VaultArgs,
}

fn open(session: &Session, args: &VaultArgs) -> Result<Open, Failure> {
    vaults::open(args, &VaultChoice::default(), &session.here, &session.here, ui::observer(&session.ui))
}

/// Runs `rpconf vault ls`.
pub fn ls(session: &Session, args: &Ls) -> Outcome {
    let open = open(session, &args.vault)?;
    let vaults = session.wait(open.remote, open.vault.vaults())??;
    let Some(asked) = &args.name else {
        let rows = vaults
            .iter()
            .map(|vault| (json!({"id": vault.id, "name": vault.name}), vec![vault.id.clone(), vault.name.clone()]));
        return rows_out(session, args.json, rows.collect());
    };
    let named =
        |vault: &&crate::vault::VaultSummary| vault.id == *asked || vault.name.to_lowercase() == asked.to_lowercase();
    let ids: Vec<String> = vaults.iter().filter(named).map(|vault| vault.id.clone()).collect();
    if ids.is_empty() {
        session.ui.error(&format!("there is no vault `{asked}` that may be read"));
        return Ok(Exit::World);
    }
    let mut rows = vec![];
    for summaries in session.wait(open.remote, open.vault.summaries(&ids))? {
        for item in summaries.map_err(refused)? {
            let state = if item.state.is_empty() { "ACTIVE" } else { &item.state };
            let value = json!({
                "id": item.id, "title": item.title, "category": item.category, "state": state,
                "version": item.version, "updated_at": item.updated_at,
            });
            rows.push((value, vec![item.id.clone(), item.category.clone(), state.to_string(), item.title.clone()]));
        }
    }
    rows_out(session, args.json, rows)
}

fn rows_out(session: &Session, as_json: bool, rows: Vec<(serde_json::Value, Vec<String>)>) -> Outcome {
    if as_json {
        let array: Vec<serde_json::Value> = rows.into_iter().map(|(value, _)| value).collect();
        session.ui.result(&format!("{:#}\n", serde_json::Value::Array(array)))?;
    } else {
        for (_, cells) in rows {
            session.ui.result(&format!("{}\n", cells.join("  ")))?;
        }
    }
    Ok(Exit::Done)
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Failed(error) => error.into(),
        Refusal::Missing | Refusal::Forbidden => {
            VaultError::Settings { what: "the vault is outside what the token may read".into() }.into()
        }
    }
}

/// Runs `rpconf vault get`.
pub fn get(session: &Session, args: &Get) -> Outcome {
    if session.ui.shows_results() && !args.reveal {
        return Err(Failure::Usage("the value would be shown on the terminal; add `--reveal` if that is meant".into()));
    }
    let reference = Reference::parse(&args.reference).map_err(|why| Failure::Usage(why.to_string()))?;
    let open = open(session, &args.vault)?;
    let batch = Batch::of([&reference]);
    let nothing = LockFile::default();
    let fetch = crate::vault::fetch(open.vault.as_ref(), &batch, &nothing, Names::Learn);
    let answers = session.wait(open.remote, fetch)??;
    match answers.get(&reference) {
        Some(Ok(secret)) => {
            #[expect(
                clippy::disallowed_methods,
                reason = "to print it is what was asked; a terminal needs `--reveal`"
            )]
            session.ui.result(&format!("{}\n", secret.expose()))?;
            Ok(Exit::Done)
        }
        Some(Err(problem)) => {
            session.ui.error(&problem.to_string());
            Ok(Exit::World)
        }
        None => Ok(Exit::World),
    }
}

/// Runs `rpconf vault lock`.
pub fn lock(session: &Session, args: &Lock) -> Outcome {
    let review = session.review(session.find(&args.environments, args.all)?, args.all);
    session.ui.findings(&review.notes, &review.map);
    if review.notes.failed() {
        return Ok(Exit::Document);
    }
    let environments = fetching::planned(&review.environments);
    let fetched = fetching::fetch(session, &args.vault, &environments)?;
    let mut exit = Exit::Done;
    for ((found, plan), answers) in environments.iter().zip(&fetched.answers) {
        for (reference, problem) in answers.problems().filter(|(reference, _)| fetching::needed(plan, reference)) {
            session.ui.error(&format!("{reference}: {problem}"));
            exit = Exit::World;
        }
        let name = &found.target.environment;
        let changed = fetching::remember(found, plan, answers)?;
        session.ui.tell(&format!("{name}: the lock file {}", if changed { "was written" } else { "is up to date" }));
    }
    Ok(exit)
}

/// Runs `rpconf vault ping`.
pub fn ping(session: &Session, args: &Ping) -> Outcome {
    let open = open(session, &args.vault)?;
    let watch = Stopwatch::start();
    let vaults = session.wait(open.remote, open.vault.vaults())??;
    let (name, count, time) = (open.vault.name(), vaults.len(), watch.elapsed().as_millis());
    session.ui.result(&format!("{name} answers: {count} vaults may be read ({time} ms)\n"))?;
    Ok(Exit::Done)
}
