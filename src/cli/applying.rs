//! What `apply` and `rollback` share: files are put in place, units follow, and it is told what was done.

use std::time::Duration;

use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::session::Session;
use super::units::Systemd;
use super::world::{seconds_since_1970, suffix};
use crate::deliver::{self, Difference, Differing, Followed, Host, HostFile, Prepared, Record};
use crate::model::{Action, Reaction};

/// How files are applied.
#[derive(Debug, Clone, clap::Args)]
pub struct ApplyingArgs {
    /// Change nothing; exit 6 when something would change
    #[arg(long)]
    pub check: bool,
    /// Replace files that were changed by hand, or stood there before the first application
    #[arg(long)]
    pub overwrite: bool,
    /// How many older generations are kept
    #[arg(long, value_name = "N", default_value_t = 10)]
    keep: usize,
    /// Restart, reload and run nothing
    #[arg(long)]
    no_hooks: bool,
    /// How long a unit, a command or a health command may take
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    timeout: u64,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// One application.
pub struct Applying<'a> {
    /// The run.
    pub session: &'a Session,
    /// The machine.
    pub host: &'a Host<'a>,
    /// The host's name in the document.
    pub name: &'a str,
    /// The options.
    pub args: &'a ApplyingArgs,
    /// The generation that is restored.
    pub restored: Option<u64>,
}

impl Applying<'_> {
    /// Undoes what an earlier run left unfinished. Without leave to write, says that there is something.
    pub fn begin(&self) -> Result<bool, Failure> {
        if self.args.check {
            let unfinished = deliver::is_unfinished(&self.host.place())?;
            if unfinished {
                self.session.ui.tell("an earlier run was cut off; `rpconf recover` puts the old files back");
            }
            return Ok(unfinished);
        }
        if deliver::recover(&self.host.place())? {
            self.session.ui.tell("undid what an earlier run had left unfinished");
        }
        Ok(false)
    }

    /// Puts files in place, and lets units follow.
    pub fn put(&self, files: &[HostFile]) -> Outcome {
        let args = self.args;
        let prepared = deliver::prepare(files, args.overwrite, self.host)?;
        if args.check {
            return self.would(&prepared);
        }
        let (differing, unchanged) = (prepared.differing.clone(), prepared.unchanged.len());
        let record = Record {
            host: self.name,
            time: seconds_since_1970(),
            restored: self.restored,
            keep: args.keep,
            hooks: !args.no_hooks,
        };
        let suffix = suffix();
        let installed = deliver::install(prepared, &record, self.host, &suffix)?;
        let told = self.written(&differing);
        let units = Systemd { limit: Duration::from_secs(args.timeout) };
        // Whether somebody reads what is told, or there is room for it, is nothing to the units: they follow.
        let followed = deliver::follow(&installed, &units, self.host, &suffix);
        let told = told.and(self.followed(&differing, unchanged, installed.generation, &followed));
        self.sum(&differing, unchanged, installed.generation, &followed);
        match followed {
            Followed { failed: Some(_), .. } => Ok(Exit::World),
            Followed { recorded, .. } => recorded.map_err(Failure::from).and(told).map(|()| Exit::Done),
        }
    }

    fn would(&self, prepared: &Prepared) -> Outcome {
        let ui = &self.session.ui;
        if self.args.json {
            let follow: Vec<String> = prepared.follow.iter().map(word).collect();
            ui.result(&format!("{:#}\n", json!({"differing": rows(&prepared.differing), "follow": follow})))?;
        } else {
            for change in &prepared.differing {
                ui.result(&format!("{}: {}{}\n", change.path, is(change.difference), note(change)))?;
            }
            for reaction in &prepared.follow {
                ui.result(&format!("then {}\n", word(reaction)))?;
            }
        }
        Ok(if prepared.is_empty() && prepared.follow.is_empty() { Exit::Done } else { Exit::Differs })
    }

    fn written(&self, differing: &[Differing]) -> Result<(), Failure> {
        if self.args.json {
            return Ok(());
        }
        let lines =
            differing.iter().map(|change| format!("{} {}{}\n", did(change.difference), change.path, note(change)));
        lines.into_iter().try_for_each(|line| self.session.ui.result(&line))
    }

    fn followed(
        &self,
        differing: &[Differing],
        unchanged: usize,
        generation: u64,
        followed: &Followed,
    ) -> Result<(), Failure> {
        let words = |reactions: &[Reaction]| reactions.iter().map(word).collect::<Vec<_>>();
        if !self.args.json {
            let done = words(&followed.done);
            return done.iter().try_for_each(|word| self.session.ui.result(&format!("done: {word}\n")));
        }
        let failed = followed.failed.as_ref().map(|(reaction, why)| json!({"what": word(reaction), "why": why}));
        let report = json!({
            "environment": self.host.environment,
            "host": self.name,
            "generation": generation,
            "restored": self.restored,
            "differing": rows(differing),
            "unchanged": unchanged,
            "followed": words(&followed.done),
            "failed": failed,
            "left": words(&followed.left),
        });
        self.session.ui.result(&format!("{report:#}\n"))
    }

    fn sum(&self, differing: &[Differing], unchanged: usize, generation: u64, followed: &Followed) {
        let (ui, environment) = (&self.session.ui, self.host.environment);
        let count = |wanted: &[Difference]| differing.iter().filter(|c| wanted.contains(&c.difference)).count();
        let written = count(&[Difference::New, Difference::Changed, Difference::Loosened]);
        ui.tell(&match differing.len() {
            0 => format!("{environment}: {unchanged} files unchanged, generation {generation}"),
            _ => format!(
                "{environment}: {written} files written, {unchanged} unchanged, {} removed, generation {generation}",
                count(&[Difference::Stale])
            ),
        });
        if let Some((reaction, why)) = &followed.failed {
            let list = |reactions: &[Reaction]| match reactions {
                [] => "nothing".to_string(),
                some => some.iter().map(word).collect::<Vec<_>>().join(", "),
            };
            ui.error(&format!(
                "`{}` failed: {why}; the files stand; done before it: {}; not tried: {}; `rpconf apply {environment}` goes on from here",
                word(reaction),
                list(&followed.done),
                list(&followed.left),
            ));
        }
    }
}

/// A reaction as a person would type it.
pub fn word(reaction: &Reaction) -> String {
    match &reaction.action {
        Action::Restart => format!("restart {}", reaction.unit),
        Action::Reload => format!("reload {}", reaction.unit),
        Action::Command(words) => words.join(" "),
    }
}

fn rows(differing: &[Differing]) -> Vec<serde_json::Value> {
    let row = |change: &Differing| json!({"name": change.name, "path": change.path, "difference": is(change.difference), "missing": change.missing});
    differing.iter().map(row).collect()
}

fn did(difference: Difference) -> &'static str {
    match difference {
        Difference::New | Difference::Changed => "wrote",
        Difference::Loosened => "gave its owner and mode back to",
        Difference::Stale => "removed",
    }
}

fn is(difference: Difference) -> &'static str {
    match difference {
        Difference::New => "new",
        Difference::Changed => "changed",
        Difference::Loosened => "other owner or mode",
        Difference::Stale => "no longer wanted",
    }
}

fn note(change: &Differing) -> &'static str {
    if change.missing { " (it was applied before and is missing: was the service upgraded?)" } else { "" }
}
