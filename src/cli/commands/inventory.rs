//! `rpconf inventory`: a document's hosts, as Ansible asks for them.

use serde_json::json;

use crate::cli::exit::{Exit, Outcome};
use crate::cli::session::Session;
use crate::inventory::{self, Reach};

/// List hosts for Ansible
///
/// Speaks the protocol of dynamic inventory scripts: every host of the document, a group for each process that runs on
/// them, and their addresses. Needs no vault. A script of two lines makes an inventory of it, see docs/ansible-push.md.
///
/// Example: rpconf inventory production --list
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Print every host, group and variable
    #[arg(long, required_unless_present = "host", conflicts_with = "host")]
    list: bool,
    /// Print the variables of one host
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Reach hosts by their internal addresses
    #[arg(long)]
    internal: bool,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let plan = match session.plan(&args.environment, false)? {
        Ok((_, plan, _)) => plan,
        Err(exit) => return Ok(exit),
    };
    let reach = if args.internal { Reach::Internal } else { Reach::Public };
    let answer = match &args.host {
        // The protocol's answer for a host without variables, which one that is not known is to Ansible.
        Some(name) => inventory::host(&plan, name, reach).unwrap_or_else(|| json!({})),
        None => inventory::list(&plan, reach),
    };
    session.ui.result(&format!("{answer:#}\n"))?;
    Ok(Exit::Done)
}
