//! rpconf compiles one document per environment into the files that every service of a RapidPro deployment reads.
//!
//! This page is the program. A document is read ([`source`]), held against the grammar, and compiled with the catalog
//! to a [`Plan`](model::Plan), a set of typed settings with holes where secrets go: [`check`] ends there and has seen
//! no secret. [`fetch`] gets each vault item once, [`render`] fills the holes ([`link`]) and makes bytes ([`emit`]),
//! and [`deliver`] puts them in place, all or none.

// The world comes in as an argument (clippy.toml); each exception says why it is one. Tests make worlds of their own.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod catalog;
pub mod check;
pub mod cli;
pub mod compile;
pub mod deliver;
pub mod diag;
pub mod diff;
pub mod emit;
pub mod fix;
pub mod install;
pub mod inventory;
pub mod link;
mod manifest;
pub mod model;
pub mod provision;
pub mod render;
pub mod report;
pub mod rotate;
pub mod run;
pub mod schema;
pub mod show;
pub mod source;
pub mod upgrade;
pub mod vault;

use check::{Day, NoVault, Undecided};
use deliver::{HostFile, Output};
use diag::{FileId, Notes, SourceMap};
use model::Plan;
use render::Selection;
use source::Files;
use vault::{Answers, Batch, Lock, Names, Vault, VaultError};

/// What is compiled: which document, and for where.
#[derive(Debug, Clone)]
pub struct Target {
    /// The environment's name.
    pub environment: String,
    /// Path of its document, as [`Files`] takes it: `env/production.yml`.
    pub path: String,
    /// Whether to compile for containers whatever the document places.
    pub containers: bool,
}

/// Reads and compiles a document: `source::load` → `schema::validate` → `compile::compile`. No plan when the text is no
/// document at all.
pub fn compile(target: &Target, files: &dyn Files, map: &mut SourceMap, notes: &mut Notes) -> Option<Plan> {
    let before = map.files().count();
    let tree = source::load(files, &target.path, map, notes)?;
    let sources: Vec<FileId> = map.files().skip(before).collect();
    let bad = schema::validate(&tree, notes);
    let Target { environment, containers, .. } = target;
    let input =
        compile::Input { environment, tree: &tree, sources: &sources, bad: &bad, containers: *containers, files };
    let plan = compile::compile(&input, map, notes);
    render::formats(&plan, notes);
    Some(plan)
}

/// Compiles a document and runs the rules over its plan, as far as no vault is needed: [`compile()`] → `check::run`.
pub fn check(
    target: &Target,
    files: &dyn Files,
    today: Day,
    map: &mut SourceMap,
    notes: &mut Notes,
) -> Option<(Plan, Undecided)> {
    let plan = compile(target, files, map, notes)?;
    let undecided = check::run(&plan, &NoVault, today, notes);
    Some((plan, undecided))
}

/// Gets every secret that plans need, each item once, whatever it feeds.
pub async fn fetch(plans: &[&Plan], vault: &dyn Vault, lock: &Lock, names: Names) -> Result<Answers, VaultError> {
    let holes: Vec<_> = plans.iter().flat_map(|plan| plan.holes()).collect();
    let batch = Batch::of(holes.iter().map(|hole| &hole.reference));
    vault::fetch(vault, &batch, lock, names).await
}

/// Fills a plan and makes its files: `link::fill` → `emit`. They may be delivered unless `notes` failed.
pub fn render(plan: &Plan, answers: &Answers, selection: &Selection, notes: &mut Notes) -> Vec<Output> {
    let filled = link::fill(plan, answers, notes);
    render::outputs(plan, &filled, selection, notes)
}

/// Fills a plan and makes the files of one host, as `apply` puts them there. They may be applied unless `notes` failed.
pub fn install(plan: &Plan, answers: &Answers, host: &str, notes: &mut Notes) -> Vec<HostFile> {
    let filled = link::fill(plan, answers, notes);
    install::files(plan, &filled, host, notes)
}
