//! `rpconf rollback`: what was applied before, in its place again. Needs neither the document nor a vault.

use crate::cli::applying::{Applying, ApplyingArgs};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::machine::{Open, RootArgs};
use crate::cli::session::Session;
use crate::cli::world;
use crate::deliver;

/// Put back what was applied before
///
/// Restores the generation before the one that stands, in the way of `apply`, and holds the environment on this host:
/// `apply` writes nothing until `apply --resume`. Needs no document and no vault.
///
/// Example: rpconf rollback production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment
    #[arg(value_name = "ENV")]
    environment: String,
    /// Generation to restore, instead of the one before
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    #[command(flatten)]
    root: RootArgs,
    #[command(flatten)]
    applying: ApplyingArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let environment = world::name(&args.environment)?;
    let open = Open::for_writing(session, &args.root)?;
    let host = open.host(&environment);
    let begin = Applying { session, host: &host, name: "", args: &args.applying, restored: None };
    if begin.begin()? {
        return Ok(crate::cli::exit::Exit::Differs);
    }
    let nothing = || Failure::Usage(format!("nothing of `{environment}` was applied to this host"));
    let current = deliver::current(&host)?.ok_or_else(nothing)?;
    let kept = deliver::generations(&host)?;
    let to = match args.to {
        Some(asked) if kept.contains(&asked) => asked,
        Some(asked) => {
            let known = kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Failure::Usage(format!("there is no generation {asked}; kept are {known}")));
        }
        None => deliver::before(&host, &current)?
            .ok_or_else(|| Failure::Usage("there is no generation before the one that stands".into()))?,
    };
    let generation = deliver::generation(&host, to)?;
    // What a restored one restores is the first of its kind: going back from it must not lead here again.
    let restored = Some(generation.restored.unwrap_or(to));
    let applying = Applying { session, host: &host, name: &generation.host, args: &args.applying, restored };
    applying.put(&generation.files)
}
