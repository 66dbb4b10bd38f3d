//! What every command has at hand: where it stands, how it speaks, and the checked environments.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio::runtime::{Builder, Runtime};

use super::exit::{Exit, Failure};
use super::ui::Ui;
use super::world::{self, Found};
use crate::check::{self, NoVault, Undecided};
use crate::diag::{Diagnostic, Notes, Severity, SourceMap};
use crate::model::Plan;

/// A run of rpconf.
pub struct Session {
    /// How it speaks.
    pub ui: Ui,
    /// The folder it stands in.
    pub here: PathBuf,
    runtime: OnceCell<Runtime>,
}

/// An environment that was checked.
pub struct Checked {
    /// Where it was found.
    pub found: Found,
    /// What it was compiled to, when its text is a document at all.
    pub plan: Option<Plan>,
    /// The rules that only a vault can decide.
    pub undecided: Undecided,
    /// Its findings, until they are gathered.
    pub notes: Notes,
}

/// Several environments, their findings together: a fault of a shared base is there once.
pub struct Review {
    /// The environments, in the order asked.
    pub environments: Vec<Checked>,
    /// The texts.
    pub map: SourceMap,
    /// The findings.
    pub notes: Notes,
}

impl Session {
    /// A run in a folder.
    pub fn new(ui: Ui, here: PathBuf) -> Self {
        Self { ui, here, runtime: OnceCell::new() }
    }

    /// What remote vaults are asked in; started when it is first needed.
    pub(super) fn runtime(&self) -> Result<&Runtime, Failure> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let started = Builder::new_current_thread().enable_io().enable_time().build();
        let started = started.map_err(|error| Failure::file("the asynchronous runtime", error))?;
        Ok(self.runtime.get_or_init(|| started))
    }

    /// A path as typed, from where one stands.
    pub fn at(&self, path: &Path) -> PathBuf {
        if self.here == Path::new(".") { path.to_path_buf() } else { self.here.join(path) }
    }

    /// Finds environments by name or path, or all of them.
    pub fn find(&self, asked: &[String], all: bool) -> Result<Vec<Found>, Failure> {
        match (asked, all) {
            ([], false) => Err(Failure::Usage("name an environment, or use `--all`".into())),
            (_, true) => world::all(&self.here),
            (names, false) => names.iter().map(|name| world::find(&self.here, name)).collect(),
        }
    }

    /// Checks environments, without a vault. With `all`, documents without a release are bases and passed over.
    pub fn review(&self, found: Vec<Found>, all: bool) -> Review {
        let mut review = self.compiled(found, all);
        let today = world::today();
        for checked in &mut review.environments {
            if let Some(plan) = &checked.plan {
                checked.undecided = check::run(plan, &NoVault, today, &mut checked.notes);
            }
        }
        review.gather();
        review
    }

    /// Compiles environments: the rules are still to be run, and the findings to be gathered.
    pub fn compiled(&self, found: Vec<Found>, all: bool) -> Review {
        let mut review = Review { environments: vec![], map: SourceMap::default(), notes: Notes::default() };
        for found in found {
            let mut notes = Notes::default();
            let plan = crate::compile(&found.target, &found.project, &mut review.map, &mut notes);
            let base = all && plan.as_ref().is_some_and(|plan| plan.release.is_empty()) && only_lacks_release(&notes);
            if !base {
                review.environments.push(Checked { found, plan, undecided: Undecided::default(), notes });
            }
        }
        review
    }

    /// Compiles one environment for a command that looks at its plan; a document that does not compile ends the command
    /// here. What the rules say is left to commands that put files into place.
    pub fn plan(&self, environment: &str) -> Result<Result<(Found, Plan, SourceMap), Exit>, Failure> {
        let mut review = self.compiled(vec![world::find(&self.here, environment)?], false);
        review.gather();
        self.one(review)
    }

    /// Checks one environment for a command that puts its files into place; an error of any rule ends the command here.
    pub fn sound_plan(&self, environment: &str) -> Result<Result<(Found, Plan, SourceMap), Exit>, Failure> {
        self.one(self.review(vec![world::find(&self.here, environment)?], false))
    }

    fn one(&self, mut review: Review) -> Result<Result<(Found, Plan, SourceMap), Exit>, Failure> {
        self.ui.findings(&review.notes, &review.map);
        let failed = review.notes.failed();
        match review.environments.pop() {
            Some(Checked { found, plan: Some(plan), .. }) if !failed => Ok(Ok((found, plan, review.map))),
            _ => Ok(Err(Exit::Document)),
        }
    }
}

impl Review {
    /// Takes the environments' findings together; what several have in common is there once.
    pub fn gather(&mut self) {
        let mut seen = BTreeSet::new();
        for checked in &mut self.environments {
            for diagnostic in std::mem::take(&mut checked.notes).iter() {
                if seen.insert(identity(diagnostic, &self.map)) {
                    self.notes.push(diagnostic.clone());
                }
            }
        }
    }

    /// The rules that only a vault can decide, each once.
    pub fn undecided(&self) -> Vec<&'static str> {
        let mut rules: Vec<_> = self.environments.iter().flat_map(|it| it.undecided.rules.iter().copied()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

fn only_lacks_release(notes: &Notes) -> bool {
    notes.iter().filter(|d| d.severity == Severity::Error).all(|d| d.message == "`release` is missing")
}

/// What makes two findings the same, whichever environment they were found for.
fn identity(diagnostic: &Diagnostic, map: &SourceMap) -> (String, String, Vec<(String, u32, u32)>) {
    let places =
        diagnostic.labels.iter().map(|label| (map.name(label.span.file).to_string(), label.span.start, label.span.end));
    (diagnostic.code.name().to_string(), diagnostic.message.clone(), places.collect())
}
