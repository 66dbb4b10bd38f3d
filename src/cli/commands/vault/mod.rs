//! `rpconf vault`: look into vaults, and work with vault files.

mod create;
mod files;
mod items;
mod put;
mod serve;

use crate::cli::exit::Outcome;
use crate::cli::session::Session;

/// Work with vaults and vault files
///
/// The `connect` backend needs OP_CONNECT_HOST, and OP_CONNECT_TOKEN or a file named by OP_CONNECT_TOKEN_FILE; under
/// systemd, LoadCredential=op-connect-token:… does. `file:PATH` needs nothing, or for an encrypted file
/// RPCONF_AGE_IDENTITY or RPCONF_AGE_PASSPHRASE.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
enum Command {
    Ls(items::Ls),
    Get(items::Get),
    Put(put::Args),
    Create(create::Args),
    Lock(items::Lock),
    Ping(items::Ping),
    Serve(serve::Args),
    Encrypt(files::Encrypt),
    Decrypt(files::Decrypt),
    Edit(files::Edit),
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    match &args.command {
        Command::Ls(args) => items::ls(session, args),
        Command::Get(args) => items::get(session, args),
        Command::Put(args) => put::run(session, args),
        Command::Create(args) => create::run(session, args),
        Command::Lock(args) => items::lock(session, args),
        Command::Ping(args) => items::ping(session, args),
        Command::Serve(args) => serve::run(session, args),
        Command::Encrypt(args) => files::encrypt(session, args),
        Command::Decrypt(args) => files::decrypt(session, args),
        Command::Edit(args) => files::edit(session, args),
    }
}
