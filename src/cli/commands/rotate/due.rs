//! `rpconf rotate ENV --due`: what the document's policy says is old, and what was put off.

use super::{Options, block_on, many};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::{Edge, look};
use crate::cli::session::Session;
use crate::cli::world;
use crate::model::moment::seconds;
use crate::rotate::{Standing, State, Store as _};

/// Runs the command.
pub fn run(session: &Session, environment: &str, options: &Options, dry_run: bool) -> Outcome {
    let plan = match session.plan(environment)? {
        Ok((_, plan, _)) => plan,
        Err(exit) => return Ok(exit),
    };
    let mut due = vec![];
    for (target, age) in &plan.rotation.due {
        let seen = async {
            let Ok(begun) = look(session, &options.vault, environment, target).await? else { return Ok(None) };
            let edge = Edge;
            Ok::<_, Failure>(begun.store(&edge).read().await.ok())
        };
        match block_on(session, seen)? {
            Ok(Some(standing)) if !is_due(&standing, age.value.as_secs(), world::seconds_since_1970()) => {
                session.ui.tell(&format!("{environment}/{target}: not due"));
            }
            // What cannot be looked at is told by the rotation itself.
            _ => due.push(target.clone()),
        }
    }
    if due.is_empty() {
        session.ui.tell(&format!("{environment}: nothing is due by the document's `rotate`"));
        return Ok(Exit::Done);
    }
    many::run(session, environment, &due, options, dry_run)
}

/// Whether the credential is too old, or an open rotation can go on.
pub fn is_due(standing: &Standing, age: u64, now: u64) -> bool {
    if let Some(record) = &standing.record {
        let since = seconds(&record.at).unwrap_or(0);
        return record.state != State::Promoted || since + record.retire_after <= now;
    }
    let last = standing.last.as_ref().and_then(|last| seconds(&last.at));
    last.is_none_or(|last| last + age <= now)
}
