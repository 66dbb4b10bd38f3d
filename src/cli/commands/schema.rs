//! `rpconf schema`: the JSON Schema of documents.

use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;
use crate::cli::vaults;
use crate::diag::{Notes, SourceMap};
use crate::report::{self, Format};
use crate::{schema, source};

/// Print the JSON Schema of documents, or hold one file against it
///
/// Editors complete and explain documents by it. `--validate` looks at one file alone, without what it extends.
///
/// Example: rpconf schema > environment.schema.json
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File to validate
    #[arg(long, value_name = "FILE")]
    validate: Option<PathBuf>,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let Some(file) = &args.validate else {
        session.ui.result(schema::TEXT)?;
        return Ok(Exit::Done);
    };
    let text =
        String::from_utf8(vaults::read(&session.at(file))?).map_err(|_| Failure::file(file, "it is not UTF-8"))?;
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let name = file.display().to_string();
    let id = map.add(name.clone(), text);
    if let Some(tree) = source::parse(id, map.text(id), &mut notes) {
        schema::validate(&tree, &mut notes);
    }
    if !notes.is_empty() {
        session.ui.report(Format::Human, &notes, &map)?;
    }
    session.ui.tell(&report::summary(&notes, &name));
    Ok(if notes.failed() { Exit::Document } else { Exit::Done })
}
