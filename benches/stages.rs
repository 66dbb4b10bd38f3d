//! What each stage takes: production's document from text to a plan, from a plan to files, and the catalog's answers.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark makes its own world, and fails by panicking"
)]

use std::path::Path;

use divan::Bencher;
use rpconf::Target;
use rpconf::catalog::{self, Service, Version};
use rpconf::check::{self, Day, NoVault};
use rpconf::diag::{Notes, SourceMap};
use rpconf::emit::{self, Document, Format, Line};
use rpconf::link::{self, FilledPlan};
use rpconf::model::{Filled, Plan, Setting};
use rpconf::source::{self, FileError, Files};
use rpconf::vault::{Answers, FileVault, Lock, Names, file};

const DOCUMENT: &str = "env/production.yml";

fn main() {
    divan::main();
}

/// The repository's own files.
struct Repository;

impl Files for Repository {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        std::fs::read(root().join(path)).map_err(|error| FileError::Io(error.to_string()))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn checked() -> Plan {
    let target = Target { environment: "production".into(), path: DOCUMENT.into(), containers: false };
    rpconf::compile(&target, &Repository, &mut SourceMap::default(), &mut Notes::default()).expect("a plan")
}

fn answers(plan: &Plan) -> Answers {
    let text = std::fs::read_to_string(root().join("tests/vaults/production.vault.yml")).expect("the vault");
    let vault = FileVault::new(file::parse("production", &text, false).expect("a vault"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(rpconf::fetch(&[plan], &vault, &Lock::default(), Names::Learn)).expect("answers")
}

#[divan::bench]
fn load() {
    source::load(&Repository, DOCUMENT, &mut SourceMap::default(), &mut Notes::default()).expect("a tree");
}

/// Load, structure, compile; the schema's validator is built at the first run only.
#[divan::bench]
fn compile() -> Plan {
    checked()
}

/// Every rule over the plan.
#[divan::bench]
fn rules(bencher: Bencher) {
    let plan = checked();
    bencher.bench_local(|| check::run(&plan, &NoVault, Day::from_unix(0), &mut Notes::default()));
}

/// Every rule over ten, a hundred and a thousand machines: what a setting takes stays the same.
#[divan::bench(args = [10, 100, 1000])]
fn rules_by_machines(bencher: Bencher, machines: usize) {
    let hosts: String = (0..machines)
        .map(|n| format!("  w{n}: {{internal: 10.9.{}.{}, services: [courier, archiver]}}\n", n / 200, n % 200 + 1))
        .collect();
    let files = Generated(format!("extends: production\nrelease: \"9.2\"\nhosts:\n{hosts}"));
    let target = Target { environment: "many".into(), path: "env/many.yml".into(), containers: false };
    let plan = rpconf::compile(&target, &files, &mut SourceMap::default(), &mut Notes::default()).expect("a plan");
    let settings: usize = plan.units.iter().map(|unit| unit.settings.len()).sum();
    bencher
        .counter(divan::counter::ItemsCount::new(settings))
        .bench_local(|| check::run(&plan, &NoVault, Day::from_unix(0), &mut Notes::default()));
}

/// The repository's files and one more, `env/many.yml`.
struct Generated(String);

impl Files for Generated {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if path == "env/many.yml" { Ok(self.0.clone().into_bytes()) } else { Repository.read(path) }
    }
}

#[divan::bench]
fn fetch_from_a_file(bencher: Bencher) {
    let plan = checked();
    bencher.bench_local(|| answers(&plan));
}

#[divan::bench]
fn fill(bencher: Bencher) {
    let plan = checked();
    let answers = answers(&plan);
    bencher.bench_local(|| filled(&plan, &answers).units.len());
}

fn filled<'p>(plan: &'p Plan, answers: &Answers) -> FilledPlan<'p> {
    link::fill(plan, answers, &mut Notes::default())
}

/// Every service's file that a format is for.
#[divan::bench(args = emit::FORMATS.iter().map(|format| format.name()))]
fn emit(bencher: Bencher, format: &str) {
    let plan = checked();
    let filled = filled(&plan, &answers(&plan));
    let format = emit::format(format).expect("a format");
    let services = filled.units.iter().filter(|unit| format.readers().take(unit.unit.service));
    let units: Vec<(Service, Vec<Line<'_>>)> = services
        .map(|unit| (unit.unit.service, unit.settings.iter().map(|(setting, value)| line(setting, value)).collect()))
        .collect();
    bencher.bench_local(|| units.iter().map(|(service, lines)| written(format, *service, lines)).sum::<usize>());
}

fn line<'a>(setting: &'a Setting, value: &'a Filled) -> Line<'a> {
    Line { name: &setting.name, value, variable: setting.variable, secret: setting.secret }
}

fn written(format: &dyn Format, service: Service, lines: &[Line<'_>]) -> usize {
    format.write(&Document { service, environment: "production", lines }).expect("bytes").len()
}

#[divan::bench]
fn catalog_every_django_setting() -> usize {
    let version = Version::parse("9.2.5").expect("a version");
    catalog::of(Service::Django).settings_at(version).count()
}

#[divan::bench(args = ["COURIER_REDIS", "COURIER_REDSI", "MAILROOM_DB"])]
fn catalog_fate_of_a_name(name: &str) {
    let version = Version::parse("9.2.1").expect("a version");
    divan::black_box(catalog::of(Service::Courier).fate(name, version));
}
