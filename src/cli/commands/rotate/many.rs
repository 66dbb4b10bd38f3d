//! Several targets in one run: one that fails hides no other, and units are restarted once for all of them where they may.
//!
//! Targets whose backend tells old logins from new ones whenever they were made are promoted first, and left there with
//! both credentials valid; the last target's files and units are then everybody's, and the others only have to look who is
//! left. Redis tells the age of connections only, so that it comes after them and restarts what reads it itself.

use super::{Options, drive, dry};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::known;
use crate::cli::session::Session;

/// Targets that can wait for another one's restarts.
const HELD: [&str; 2] = ["postgres", "s3"];

/// Rotates them, or tells of each what would be done.
pub fn run(session: &Session, environment: &str, targets: &[String], options: &Options, dry_run: bool) -> Outcome {
    if let [target] = targets {
        return one(session, environment, target, options, dry_run, drive::Mode::default());
    }
    // A word that is none changes nothing.
    targets.iter().try_for_each(|target| known(target).map(drop))?;
    let mut order: Vec<&String> = vec![];
    for target in targets {
        if !order.contains(&target) {
            order.push(target);
        }
    }
    order.sort_by_key(|target| !HELD.contains(&target.as_str()));
    let last = order.last().copied();
    let (mut worst, mut held) = (Exit::Done, vec![]);
    for target in order {
        let hold = !dry_run && Some(target) != last && HELD.contains(&target.as_str());
        let mode = drive::Mode { hold, ..drive::Mode::default() };
        let exit = told(session, environment, target, one(session, environment, target, options, dry_run, mode));
        if hold && exit == Exit::Done {
            held.push(target);
        }
        worst = worst.max(exit);
        if exit == Exit::Interrupted {
            return Ok(exit);
        }
    }
    for target in held {
        let mode = drive::Mode { only_open: true, ..drive::Mode::default() };
        let ended = drive::run(session, environment, target, options, mode);
        worst = worst.max(told(session, environment, target, ended));
    }
    Ok(worst)
}

fn one(
    session: &Session,
    environment: &str,
    target: &str,
    options: &Options,
    dry_run: bool,
    mode: drive::Mode,
) -> Outcome {
    match dry_run {
        true => dry::run(session, environment, target, options),
        false => drive::run(session, environment, target, options, mode),
    }
}

/// The exit code; what failed is told here, as others follow.
fn told(session: &Session, environment: &str, target: &str, ended: Result<Exit, Failure>) -> Exit {
    ended.unwrap_or_else(|failure| {
        session.ui.error(&format!("{environment}/{target}: {failure}"));
        failure.exit()
    })
}
