//! `rpconf check`: everything short of the vault.

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching;
use crate::cli::session::{Review, Session};
use crate::cli::vaults::VaultArgs;
use crate::cli::world::{self, Found};
use crate::diag::{Diagnostic, Severity, codes as all};
use crate::report::{self, Format};
use crate::{check, fix, link};

/// Check environments without any secret and without a network
///
/// Reads and compiles each document and reports what is wrong, at which line, and what to do. Nothing is fetched and
/// nothing is written, so it runs in CI on any pull request; `--resolve` asks the vault as well, before a deploy.
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
    /// Ask the vault too: every reference must exist, be unambiguous, and fit its place
    #[arg(long)]
    resolve: bool,
    /// Mend in the documents what has one right answer
    #[arg(long, conflicts_with = "resolve")]
    fix: bool,
    /// With `--fix`: show what would change, and write nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json", "sarif", "github"])]
    format: String,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// How many documents are named rather than counted.
const NAMED: usize = 8;

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    if args.fix {
        fix(session, args)?;
    }
    let found = session.find(&args.environments, args.all)?;
    let review = if args.resolve { resolve(session, args, found)? } else { session.review(found, args.all) };
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
            let names = if names.len() > NAMED { format!("{} environments", names.len()) } else { names.join(", ") };
            session.ui.tell(&report::summary(&review.notes, &names));
            if let Some(text) = waiting(&review.undecided(), args.resolve) {
                session.ui.tell(&text);
            }
        }
    }
    let fatal = if args.strict { Severity::Warning } else { Severity::Error };
    Ok(exit(review.notes.iter().filter(|diagnostic| diagnostic.severity <= fatal)))
}

/// Mends the documents, one environment after the other: they may share a base.
fn fix(session: &Session, args: &Args) -> Result<(), Failure> {
    for found in session.find(&args.environments, args.all)? {
        let root = found.project.root.clone();
        let review = session.review(vec![found], args.all);
        for fixed in fix::apply(&review.notes, &review.map) {
            let name = review.map.name(fixed.file);
            if args.dry_run {
                session.ui.result(&world::unified_diff(name, review.map.text(fixed.file), &fixed.text))?;
                continue;
            }
            world::rewrite(&root.join(name), fixed.text.as_bytes())?;
            fixed.titles.iter().for_each(|title| session.ui.tell(&format!("mended {title}")));
        }
    }
    Ok(())
}

/// Fills every plan and forgets the values: what is wrong with one is a finding, and the rules ask about the rest.
fn resolve(session: &Session, args: &Args, found: Vec<Found>) -> Result<Review, Failure> {
    let mut review = session.compiled(found, args.all);
    let fetched = fetching::fetch(session, &args.vault, &fetching::planned(&review.environments))?;
    let today = world::today();
    let planned = review.environments.iter_mut().filter(|checked| checked.plan.is_some());
    for (checked, answers) in planned.zip(&fetched.answers) {
        if let Some(plan) = &checked.plan {
            link::fill(plan, answers, &mut checked.notes);
            checked.undecided = check::run(plan, &link::Vaulted::new(answers), today, &mut checked.notes);
        }
    }
    review.gather();
    Ok(review)
}

/// What is to be said of rules that wait for a vault.
fn waiting(rules: &[&str], asked: bool) -> Option<String> {
    let (count, verb) = match rules.len() {
        0 => return None,
        1 => ("1 rule".to_string(), "needs"),
        more => (format!("{more} rules"), "need"),
    };
    let how = if asked { "more than the vault has" } else { "the vault: run with `--resolve`" };
    Some(format!("{count} {verb} {how}"))
}

/// A vault that lacks what a reference names has said no; anything else is the document's fault and counts before it.
fn exit<'a>(failing: impl Iterator<Item = &'a Diagnostic>) -> Exit {
    let mut codes = failing.map(|diagnostic| diagnostic.code).peekable();
    if codes.peek().is_none() {
        return Exit::Done;
    }
    if codes.all(|code| code == all::VAULT_MISSING) { Exit::World } else { Exit::Document }
}
