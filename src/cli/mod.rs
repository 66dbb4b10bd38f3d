//! The command line: parse it, run one command, map the outcome to an exit code. It decides nothing else.

mod against;
mod applying;
mod args;
mod child;
mod commands;
mod env;
mod exit;
mod fetching;
mod git;
mod machine;
mod memory;
mod prompt;
mod rotation;
mod session;
mod ui;
mod units;
mod vaults;
mod waiting;
mod world;
mod writing;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use self::args::{Cli, Command};
use self::commands::{
    apply, catalog, check, completions, diff, explain, inventory, recover, refs, render, rollback, rotate, rules,
    run as running, schema, status, upgrade, vault,
};
use self::exit::{Exit, Failure};
use self::session::Session;
use self::ui::Ui;

/// Runs rpconf.
pub fn main() -> ExitCode {
    let matches = Cli::command().try_get_matches();
    let json = matches.as_ref().is_ok_and(wants_json);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(mut error) => {
            // A value where an option takes none, `--reveal=…`, may be a secret.
            if error.kind() == ErrorKind::TooManyValues {
                error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
            }
            // Help and version are results; a reader that closed early has enough.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { Exit::Done as u8 });
        }
    };
    let ui = Ui::new(cli.color, cli.quiet, cli.verbose, json);
    let here = cli.directory.unwrap_or_else(|| PathBuf::from("."));
    let session = Session::new(ui, here);
    let code = run(&session, &cli.command).unwrap_or_else(|failure| {
        session.ui.fail(&failure);
        failure.code()
    });
    ExitCode::from(code)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the folder that `-C` names must be one before anything is looked for in it"
)]
fn run(session: &Session, command: &Command) -> Result<u8, Failure> {
    if !session.here.is_dir() {
        return Err(Failure::Usage(format!("`{}` is no folder", session.here.display())));
    }
    let outcome = match command {
        // These end as their child does.
        Command::Run(args) => return running::run(session, args),
        Command::Lead(args) => return running::lead(args),
        Command::Check(args) => check::run(session, args),
        Command::Render(args) => render::run(session, args),
        Command::Apply(args) => apply::run(session, args),
        Command::Diff(args) => diff::run(session, args),
        Command::Status(args) => status::run(session, args),
        Command::Rollback(args) => rollback::run(session, args),
        Command::Rotate(args) => rotate::run(session, args),
        Command::Recover(args) => recover::run(session, args),
        Command::Upgrade(args) => upgrade::run(session, args),
        Command::Explain(args) => explain::run(session, args),
        Command::Inventory(args) => inventory::run(session, args),
        Command::Refs(args) => refs::run(session, args),
        Command::Catalog(args) => catalog::run(session, args),
        Command::Rules(args) => rules::run(session, args),
        Command::Completions(args) => completions::run(session, args),
        Command::Schema(args) => schema::run(session, args),
        Command::Vault(args) => vault::run(session, args),
        Command::Man => completions::man(session),
    };
    outcome.map(|exit| exit as u8)
}

/// Whether the command, or its own, has `--json`.
fn wants_json(matches: &ArgMatches) -> bool {
    let own = matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false);
    own || matches.subcommand().is_some_and(|(_, below)| wants_json(below))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::args::Cli;
    use super::world::ROTATE_VERBS;

    #[test]
    fn no_verb_of_rotate_can_be_an_environment() {
        let command = Cli::command();
        let rotate = command.find_subcommand("rotate").unwrap();
        let verbs: BTreeSet<&str> = rotate.get_subcommands().map(clap::Command::get_name).collect();
        assert_eq!(verbs, BTreeSet::from(ROTATE_VERBS));
    }
}
