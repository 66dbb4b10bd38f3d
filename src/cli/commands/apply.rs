//! `rpconf apply`: this host's files, in their places, all or none.

use super::render;
use crate::cli::applying::{Applying, ApplyingArgs};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::fetching;
use crate::cli::machine::{self, MachineArgs, Open};
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::deliver;
use crate::diag::Notes;

/// Put this host's files in their places
///
/// Every file of the services on this host goes to its path, with owner, group and mode: all or none. Then the units
/// whose files changed are restarted or reloaded, in order. What was applied is kept in `/var/lib/rpconf/ENV`.
///
/// Example: rpconf apply production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// End the hold that a rollback left
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    applying: ApplyingArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let (found, plan, map) = match session.sound_plan(&args.environment)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let name = machine::host_of(&plan, &args.machine)?;
    let open = Open::for_writing(session, &args.machine.root)?;
    let host = open.host(&plan.environment);
    let applying = Applying { session, host: &host, name: &name, args: &args.applying, restored: None };
    if applying.begin()? {
        return Ok(Exit::Differs);
    }
    if let Some(held) = deliver::current(&host)?.filter(|now| now.restored.is_some() && !args.resume) {
        let environment = &plan.environment;
        session.ui.tell(&format!(
            "{environment} is held at generation {}, which a rollback restored from {}; nothing is written until `rpconf apply {environment} --resume`",
            held.number,
            held.restored.unwrap_or_default(),
        ));
        return Ok(Exit::Differs);
    }
    let environments = [(&found, &plan)];
    let fetched = fetching::fetch(session, &args.vault, &environments)?;
    let mut notes = Notes::default();
    let mut files = vec![];
    for answers in &fetched.answers {
        files = crate::install(&plan, answers, &name, &mut notes);
    }
    session.ui.findings(&notes, &map);
    if notes.failed() {
        return Ok(render::exit_of(&notes));
    }
    applying.put(&files)
}
