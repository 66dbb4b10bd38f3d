//! `rpconf rotate unlock`: take the lock from a holder that is gone.

use super::{Options, block_on, drive};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::{Refused, look};
use crate::cli::session::Session;

/// Which lock, and that it is meant.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// What is rotated
    #[arg(value_name = "TARGET")]
    target: String,
    /// End the holder's connection, instead of telling who it is
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    block_on(session, async {
        let begun = match look(session, &args.options.vault, &args.environment, &args.target).await? {
            Ok(begun) => begun,
            Err(Refused::Document(exit)) => return Ok(exit),
            Err(Refused::Blocked(blocked)) => {
                return Err(Failure::Usage(format!("{}; {}", blocked.what, blocked.help)));
            }
        };
        let parts = drive::parts(&begun, &args.options, None, &drive::operator()).await?;
        let parts = parts.map_err(|blocked| Failure::Usage(format!("{}; {}", blocked.what, blocked.help)))?;
        let asked = if args.yes { parts.lock.unlock().await } else { parts.lock.holder().await };
        match asked.map_err(|error| Failure::Backend(error.to_string()))? {
            None => session.ui.result("nobody holds the lock\n")?,
            Some(holder) if args.yes => {
                session
                    .ui
                    .result(&format!("{} held the lock since {}, and no longer does\n", holder.who, holder.since))?;
            }
            Some(holder) => {
                session.ui.result(&format!("{} holds the lock since {}\n", holder.who, holder.since))?;
                session.ui.tell("add `--yes` to end its connection; a process that is only stopped will find that out when it wakes up");
                return Ok(Exit::Local);
            }
        }
        Ok(Exit::Done)
    })?
}
