//! `rpconf rotate status`: how old credentials are, and what is open.

use serde_json::json;

use super::{block_on, due};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::{Edge, Refused, look};
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::world;
use crate::model::moment::seconds;
use crate::rotate::{Standing, State, Store as _, TARGETS};
use crate::show::ago;

/// A retirement that was put off is not to be forgotten.
const LONG_OPEN: u64 = 7 * 86_400;

/// Whose.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environments; every one of `env/` without
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let all = args.environments.is_empty();
    let names: Vec<String> = match all {
        false => args.environments.clone(),
        // Bases that others extend are no environments.
        true => {
            let review = session.compiled(session.find(&[], true)?, true);
            review.environments.into_iter().map(|checked| checked.found.target.environment).collect()
        }
    };
    let mut rows = vec![];
    let mut exit = Exit::Done;
    for environment in &names {
        let plan = match session.plan(environment)? {
            Ok((_, plan, _)) => plan,
            Err(exit) => return Ok(exit),
        };
        for target in TARGETS {
            let standing = block_on(session, async {
                match look(session, &args.vault, environment, target.name).await? {
                    Ok(begun) => {
                        let edge = Edge;
                        let standing = begun.store(&edge).read().await;
                        standing.map(Some).map_err(|error| Failure::Backend(error.to_string()))
                    }
                    Err(Refused::Document(_) | Refused::Blocked(_)) => Ok(None),
                }
            })?;
            let policy = plan.rotation.due.iter().find(|(name, _)| name == target.name).map(|(_, age)| age.value);
            match standing {
                Ok(None) => {}
                Ok(Some(standing)) => {
                    rows.push(row(environment, target.name, &standing, policy.map(|age| age.as_secs())))
                }
                Err(failure) => {
                    session.ui.error(&format!("{environment}/{}: {failure}", target.name));
                    exit = exit.max(failure.exit());
                }
            }
        }
    }
    if args.json {
        session.ui.result(&format!("{:#}\n", json!(rows.iter().map(|(object, _)| object).collect::<Vec<_>>())))?;
    } else {
        rows.iter().try_for_each(|(_, line)| session.ui.result(line))?;
    }
    Ok(exit)
}

fn row(environment: &str, target: &str, standing: &Standing, policy: Option<u64>) -> (serde_json::Value, String) {
    let now = world::seconds_since_1970();
    let since = |text: &str| seconds(text).map_or(0, |then| now.saturating_sub(then));
    let last = standing.last.as_ref().map(|last| since(&last.at));
    let due = policy.is_some_and(|age| due::is_due(standing, age, now));
    let open = standing.record.as_ref().map(|record| (record, since(&record.at)));
    let mut warnings = vec![];
    match open {
        Some((record, age)) if record.state == State::Promoted && age > LONG_OPEN.max(record.retire_after) => {
            warnings.push(format!("the old credential is valid still: `rpconf rotate finish {environment} {target}`"));
        }
        Some((record, _)) if record.state == State::Retiring && record.strategy == "access-keys" => {
            let help = format!("`rpconf rotate finish {environment} {target}` deletes it when nobody missed it");
            warnings.push(format!("the old access key is disabled: {help}"));
        }
        Some((record, _)) if record.state != State::Promoted => {
            warnings.push(format!("unfinished: `rpconf rotate resume {environment} {target}`"));
        }
        _ => {}
    }
    if due && open.is_none() {
        warnings.push(format!("due: `rpconf rotate {environment} {target}`"));
    }
    let rotated = last.map_or("never rotated".to_string(), |age| format!("rotated {}", ago(age)));
    let state = match open {
        Some((record, age)) => {
            format!(", rotation {} {:?} by {} {}", record.id, record.state, record.by, ago(age))
        }
        None => String::new(),
    };
    let user = standing.current.user.as_deref().map(|user| format!(" ({user})")).unwrap_or_default();
    let mut line = format!("{environment}/{target}{user}: {rotated}{state}\n");
    warnings.iter().for_each(|warning| line.push_str(&format!("  {warning}\n")));
    let object = json!({
        "environment": environment, "target": target, "user": standing.current.user, "rotated_seconds_ago": last,
        "last": standing.last, "open": standing.record, "due": due, "warnings": warnings,
    });
    (object, line)
}
