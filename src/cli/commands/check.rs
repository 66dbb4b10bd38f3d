//! `rpconf check`: everything short of the vault.

use crate::cli::exit::{Exit, Outcome};
use crate::cli::session::Session;
use crate::diag::Severity;
use crate::report::{self, Format};

/// Check environments without any secret and without a network
///
/// Reads and compiles each document and reports what is wrong, at which line, and what to do. Nothing is fetched and
/// nothing is written, so it runs in CI on any pull request.
///
/// Example: rpconf check production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environments: names in `env/`, or paths
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Check every environment in `env/` that has a release
    #[arg(long)]
    all: bool,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json", "sarif", "github"])]
    format: String,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let review = session.review(session.find(&args.environments, args.all)?, args.all);
    let format = if args.json { "json" } else { args.format.as_str() };
    match format {
        "json" => session.ui.report(Format::Json, &review.notes, &review.map)?,
        "sarif" => session.ui.report(Format::Sarif, &review.notes, &review.map)?,
        "github" => session.ui.report(Format::Github, &review.notes, &review.map)?,
        _ => {
            if !review.notes.is_empty() {
                session.ui.report(Format::Human, &review.notes, &review.map)?;
            }
            let names: Vec<&str> = review.environments.iter().map(|e| e.found.target.path.as_str()).collect();
            session.ui.tell(&report::summary(&review.notes, &names.join(", ")));
        }
    }
    let fatal = if args.strict { Severity::Warning } else { Severity::Error };
    let failed = review.notes.iter().any(|diagnostic| diagnostic.severity <= fatal);
    Ok(if failed { Exit::Document } else { Exit::Done })
}
