//! The operator, at a terminal.

use crate::cli::prompt;
use crate::model::Secret;
use crate::rotate::Fault;
use crate::rotate::strategies::manual::Ask;
use crate::vault::BoxFuture;

/// The terminal that this runs at.
pub struct Terminal;

fn nobody() -> Fault {
    Fault::Unfit("a person is needed at a terminal for this".into())
}

impl Ask for Terminal {
    fn is_there(&self) -> bool {
        prompt::has_terminal()
    }

    fn line<'a>(&'a self, question: &'a str, default: &'a str) -> BoxFuture<'a, Result<String, Fault>> {
        Box::pin(async move {
            let typed =
                prompt::line(&format!("{question} [{default}]")).map_err(|error| Fault::Unfit(error.to_string()))?;
            let typed = typed.ok_or_else(nobody)?;
            Ok(if typed.is_empty() { default.to_string() } else { typed })
        })
    }

    fn secret<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret<String>, Fault>> {
        Box::pin(async move {
            let typed = prompt::passphrase(question).map_err(|error| Fault::Unfit(error.to_string()))?;
            typed.ok_or_else(nobody)
        })
    }

    fn done<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let question = format!("{what}; press Enter when that is done");
            let typed = prompt::line(&question).map_err(|error| Fault::Unfit(error.to_string()))?;
            typed.map(drop).ok_or_else(nobody)
        })
    }
}
