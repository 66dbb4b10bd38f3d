//! `rpconf rotate ENV --due`: what the document's policy says is old, and what was put off.

use super::{Options, block_on, drive, dry};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::{Edge, begin};
use crate::cli::session::Session;
use crate::cli::world;
use crate::model::moment::seconds;
use crate::rotate::{Standing, State, Store as _};

/// Runs the command: each target after the other, also when one of them fails.
pub fn run(session: &Session, environment: &str, options: &Options, dry_run: bool) -> Outcome {
    let plan = match session.plan(environment)? {
        Ok((_, plan, _)) => plan,
        Err(exit) => return Ok(exit),
    };
    let mut worst = Exit::Done;
    for (target, age) in &plan.rotation.due {
        let look = async {
            let Ok(begun) = begin(session, &options.vault, environment, target).await? else { return Ok(None) };
            let edge = Edge;
            Ok::<_, Failure>(begun.store(&edge).read().await.ok())
        };
        let due = match block_on(session, look)?? {
            // What cannot be looked at is told by the rotation itself.
            None => true,
            Some(standing) => is_due(&standing, age.value.as_secs(), world::seconds_since_1970()),
        };
        let exit = match (due, dry_run) {
            (false, _) => {
                session.ui.tell(&format!("{environment}/{target}: not due"));
                Exit::Done
            }
            (true, true) => dry::run(session, environment, target, options)?,
            (true, false) => drive::run(session, environment, target, options, drive::Mode::default())?,
        };
        worst = worst.max(exit);
    }
    Ok(worst)
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
