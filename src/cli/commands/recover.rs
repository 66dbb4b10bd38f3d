//! `rpconf recover`: undo what a run that was cut off left unfinished.

use std::path::Path;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::machine::{Open, RootArgs};
use crate::cli::session::Session;
use crate::cli::world;
use crate::deliver::{self, Disk, Place, RealDisk};

/// Undo what an interrupted run left unfinished
///
/// After a crash, the next `apply` or `render` does this by itself; here it is alone. Every file is put back as it was
/// before the run that was cut off. Nothing to undo is no error.
///
/// Example: rpconf recover production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment that was applied to this host, or a folder that was rendered to
    #[arg(value_name = "ENV|DIR")]
    what: String,
    #[command(flatten)]
    root: RootArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let folder = session.at(Path::new(&args.what));
    let (disk, below) = RealDisk::above(&folder).map_err(|error| Failure::file(&folder, error))?;
    let has = |name: &str| matches!(disk.look(&below.join(name)), Ok(Some(_)));
    let done = if args.what.contains('/') || has("manifest.json") || has(".rpconf-journal") {
        deliver::recover(&Place::folder(&disk, &below))?
    } else {
        let environment = world::name(&args.what)?;
        let open = Open::for_writing(session, &args.root)?;
        deliver::recover(&open.host(&environment).place())?
    };
    session.ui.tell(if done { "put the old files back" } else { "nothing to undo" });
    Ok(Exit::Done)
}
