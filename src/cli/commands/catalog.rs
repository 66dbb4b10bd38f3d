//! `rpconf catalog`: every setting of a service, at a release or over all of them.

use crate::catalog::{Version, listing};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;
use crate::model::Service;

/// List a service's settings at a release, or over all releases
///
/// Example: rpconf catalog courier --release 7.4.0
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Service
    #[arg(value_name = "SERVICE", value_parser = ["django", "courier", "mailroom", "archiver", "indexer"])]
    service: String,
    /// The service's own version, with or without `v`; without it, every form of every setting
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let service =
        Service::parse(&args.service).ok_or_else(|| Failure::Usage(format!("no service `{}`", args.service)))?;
    let version = match &args.release {
        None => None,
        Some(text) => {
            Some(Version::parse(text).ok_or_else(|| Failure::Usage(format!("`{text}` is no version; write `7.4.0`")))?)
        }
    };
    let listing = listing::list(service, version).map_err(|error| Failure::Usage(error.to_string()))?;
    if listing.newer {
        session.ui.warn("this version is newer than the catalog: the last known forms are shown");
    }
    if args.json {
        session.ui.result(&format!("{:#}\n", listing.json()))?;
    } else {
        session.ui.result(&listing.table())?;
    }
    Ok(Exit::Done)
}
