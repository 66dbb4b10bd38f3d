//! `rpconf rotate adopt`: prepare two logins that take turns.

use super::{Options, block_on, drive};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::rotation::{Edge, Refused, begin};
use crate::cli::session::Session;
use crate::rotate::{Lock as _, Store as _};

/// What is adopted.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// What is prepared
    #[arg(value_name = "TARGET", value_parser = ["postgres"])]
    target: String,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    block_on(session, async {
        let begun = match begin(session, &args.options.vault, &args.environment, &args.target).await? {
            Ok(begun) => begun,
            Err(Refused::Document(exit)) => return Ok(exit),
            Err(Refused::Blocked(blocked)) => {
                return Err(Failure::Backend(format!("{}; {}", blocked.what, blocked.help)));
            }
        };
        let parts = drive::parts(&begun, &args.options, Some("role-pair"), &drive::operator()).await?;
        let parts = parts.map_err(|blocked| Failure::Backend(format!("{}; {}", blocked.what, blocked.help)))?;
        let Some(pair) = &parts.pair else { return Ok(Exit::Done) };
        let edge = Edge;
        let refused = |error: &dyn std::fmt::Display| Failure::Backend(error.to_string());
        let standing = begun.store(&edge).read().await.map_err(|error| refused(&error))?;
        if let Some(record) = &standing.record {
            return Err(Failure::Backend(format!("rotation {} is open; end it first", record.id)));
        }
        let adoption = pair.plan_adoption(&standing).await.map_err(|error| refused(&error))?;
        adoption.warnings.iter().for_each(|warning| session.ui.warn(warning));
        for blocked in &adoption.blocked {
            session.ui.error(&format!("{}; {}", blocked.what, blocked.help));
        }
        if !adoption.blocked.is_empty() {
            return Ok(Exit::World);
        }
        for statement in &adoption.statements {
            session.ui.result(&format!("{}\n    {}\n", statement.sql, statement.why))?;
        }
        if args.dry_run {
            return Ok(Exit::Done);
        }
        let _guard = parts.lock.acquire().await.map_err(|error| refused(&error))?;
        pair.adopt(&adoption).await.map_err(|error| refused(&error))?;
        session.ui.tell(&format!(
            "{} take turns from now on, and {} owns what they make; `rpconf rotate {} postgres` moves everybody to the first",
            adoption.logins.join(" and "),
            adoption.owner,
            args.environment,
        ));
        Ok(Exit::Done)
    })?
}
