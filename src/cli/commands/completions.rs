//! `rpconf completions` and `rpconf man`.

use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;

/// Print shell completions
///
/// Example: rpconf completions bash
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Shell
    shell: clap_complete::Shell,
}

/// Prints a shell's completions.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "rpconf", &mut script);
    session.ui.bytes(&script)?;
    Ok(Exit::Done)
}

/// Prints the manual page.
pub fn man(session: &Session) -> Outcome {
    let mut page = vec![];
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|error| Failure::file("the manual page", error))?;
    session.ui.bytes(&page)?;
    Ok(Exit::Done)
}
