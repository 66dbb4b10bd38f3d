//! The command line, as typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::child::LEAD;
use super::commands::{
    apply, catalog, check, completions, diff, explain, inventory, recover, refs, render, rollback, rotate, rules, run,
    schema, status, upgrade, vault,
};
use super::ui::Colour;

/// The secrets and configuration compiler for RapidPro
///
/// One document per environment, `env/ENV.yml`, is compiled into the files that Django, Celery, Courier, Mailroom,
/// Archiver and Indexer read. Secrets stay in 1Password until the files are written.
///
/// Exit codes: 0 done; 1 the document is wrong; 2 the command line is wrong; 3 a vault or a backend said no or could not
/// be reached; 4 a local file could not be read or written, or a lock is held; 5 a
/// rotation is unfinished or halted, and how to resume it; 6 it differs; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "rpconf", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// Stand in this folder
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true, help_heading = "Everywhere")]
    pub directory: Option<PathBuf>,
    /// Tell more; twice for most
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Everywhere")]
    pub verbose: u8,
    /// Tell only errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, help_heading = "Everywhere")]
    pub color: Colour,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Check(check::Args),
    Render(render::Args),
    Diff(diff::Args),
    Apply(apply::Args),
    Status(status::Args),
    Rollback(rollback::Args),
    Recover(recover::Args),
    Rotate(Box<rotate::Args>),
    Run(run::Args),
    #[command(name = LEAD, hide = true)]
    Lead(run::LeadArgs),
    Explain(explain::Args),
    Upgrade(upgrade::Args),
    Refs(refs::Args),
    Inventory(inventory::Args),
    Catalog(catalog::Args),
    Rules(rules::Args),
    Schema(schema::Args),
    Vault(vault::Args),
    Completions(completions::Args),
    /// Print the manual page
    ///
    /// Example: rpconf man | man -l -
    Man,
}
