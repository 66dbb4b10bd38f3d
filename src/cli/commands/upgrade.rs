//! `rpconf upgrade`: a document moved to a newer release.

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;
use crate::cli::world::{self, Found};
use crate::diag::{Notes, SourceMap};
use crate::upgrade::{self, Input, Refusal, Upgrade};

/// Show what another release changes, and move a document to it
///
/// Lists, service by service, what is renamed, removed and newly needed, which defaults and forms change, and what an
/// upgrade does that no setting says, each with its line. `--write` edits the document in place; comments and layout
/// stay. What only a person knows stands there as a marker, `<fill in: …>`, which fails `check`.
///
/// Example: rpconf upgrade production --to 9.2
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Release to move to: a line such as `9.2`, or a version such as `9.2.5`
    #[arg(long, value_name = "RELEASE")]
    to: String,
    /// Edit the document
    #[arg(long)]
    write: bool,
    /// With `--write`: show what would change in the files, and write nothing
    #[arg(long, requires = "write", conflicts_with = "json")]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let found = world::find(&session.here, &args.environment)?;
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let planned = upgrade::plan(&input(&found), &args.to, &mut map, &mut notes);
    let upgrade = match planned {
        Ok(upgrade) if upgrade.is_nothing() => return there_already(session, args, &upgrade, &map),
        Ok(upgrade) => upgrade,
        Err(Refusal::Document) => {
            session.ui.findings(&notes, &map);
            return Ok(Exit::Document);
        }
        Err(refusal) => return Err(Failure::Usage(refusal.to_string())),
    };
    if args.dry_run {
        for file in &upgrade.files {
            session.ui.result(&world::unified_diff(&file.path, map.text(file.file), &file.text))?;
        }
        return Ok(Exit::Done);
    }
    let beside = world::beside(&found)?;
    let inputs: Vec<Input<'_>> = beside.iter().map(input).collect();
    let others = upgrade::others(&upgrade.files, &inputs);
    if args.write {
        write(&found, &upgrade)?;
    }
    match args.json {
        true => session.ui.result(&format!("{:#}\n", upgrade::json(&upgrade, &others, &map, args.write)))?,
        false => session.ui.result(&upgrade::text(&upgrade, &others, &map))?,
    }
    if args.write { written(session, found, &upgrade) } else { offered(session, &upgrade) }
}

fn input(found: &Found) -> Input<'_> {
    let (environment, path) = (found.target.environment.as_str(), found.target.path.as_str());
    Input { environment, path, files: &found.project, today: world::today() }
}

fn there_already(session: &Session, args: &Args, upgrade: &Upgrade, map: &SourceMap) -> Outcome {
    if args.json {
        session.ui.result(&format!("{:#}\n", upgrade::json(upgrade, &[], map, false)))?;
    }
    session.ui.tell(&format!("{} is at {} already", upgrade.environment, args.to));
    Ok(Exit::Done)
}

fn write(found: &Found, upgrade: &Upgrade) -> Result<(), Failure> {
    upgrade.files.iter().try_for_each(|file| world::rewrite(&found.project.root.join(&file.path), file.text.as_bytes()))
}

/// Tells what is left to do, as `check` finds it in the files that were written.
fn written(session: &Session, found: Found, upgrade: &Upgrade) -> Outcome {
    upgrade.files.iter().for_each(|file| session.ui.tell(&format!("wrote {}", file.path)));
    let review = session.review(vec![found], false);
    session.ui.findings(&review.notes, &review.map);
    Ok(if review.notes.failed() { Exit::Document } else { Exit::Done })
}

fn offered(session: &Session, upgrade: &Upgrade) -> Outcome {
    let files: Vec<&str> = upgrade.files.iter().map(|file| file.path.as_str()).collect();
    session.ui.tell(&format!("`--write` edits {}; `--write --dry-run` shows how", files.join(", ")));
    Ok(Exit::Done)
}
