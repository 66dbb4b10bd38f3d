//! `rpconf rules`: what is checked, and the page of one rule.

use serde_json::json;

use crate::check::{self, rules::RULES, rules::Rule};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;

/// List the rules, or explain one
///
/// Each rule has a page: what it says, why, what is wrong and what is right.
///
/// Example: rpconf rules redis-same
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule to explain, as reports name it
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print JSON: an array of rules, or one rule with its page
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let text = match (&args.name, args.json) {
        (None, false) => table(&sorted()),
        (None, true) => format!("{:#}\n", sorted().into_iter().map(object).collect::<serde_json::Value>()),
        (Some(name), json) => {
            let rule = RULES.iter().find(|rule| rule.code.name() == name).ok_or_else(|| unknown(name))?;
            if json { format!("{:#}\n", object(rule)) } else { rule.page.text.to_string() }
        }
    };
    session.ui.result(&text)?;
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Failure {
    let near = check::nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Failure::Usage(format!("there is no rule `{name}`{near}"))
}

fn sorted() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = RULES.iter().collect();
    rules.sort_by_key(|rule| rule.code);
    rules
}

fn table(rules: &[&Rule]) -> String {
    let wide = rules.iter().map(|rule| rule.code.name().len()).max().unwrap_or(0);
    let line =
        |rule: &&Rule| format!("{:wide$}  {:7}  {}\n", rule.code.name(), rule.severity.word(), rule.page.summary());
    rules.iter().map(line).collect()
}

fn object(rule: &Rule) -> serde_json::Value {
    json!({
        "name": rule.code.name(),
        "severity": rule.severity.word(),
        "summary": rule.page.summary(),
        "found_by": if rule.run.is_some() { "check" } else { "compile" },
        "page": rule.page.text,
    })
}
