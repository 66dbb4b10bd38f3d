//! `rpconf render`: every service's files, all or none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching::{self, Traffic};
use crate::cli::git::Git;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::world::{Found, Stopwatch, suffix};
use crate::deliver::{self, Output, Place, RealDisk, Report};
use crate::diag::{Notes, codes};
use crate::emit::{self, external_secret};
use crate::model::Plan;
use crate::render::{self, Selection};

/// Compile environments into the files that their services read
///
/// Resolves the references, and writes `build/ENV/HOST/SERVICE/…` and `build/ENV/manifest.json`: all files or none,
/// 0600 from the first byte. Files that would not change are not touched.
///
/// Example: rpconf render production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environments: names in `env/`, or paths
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Render every environment in `env/` that has a release
    #[arg(long)]
    all: bool,
    /// Folder to write to instead of `build/ENV`; of several environments, each gets a folder in it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only this service or output; may be given several times
    #[arg(long = "service", value_name = "SERVICE")]
    services: Vec<String>,
    /// Only this host's files
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Format instead of the services' own: systemd shell docker compose dotenv json python python-fragment k8s external-secret ansible-vars
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Provider that ExternalSecrets are for
    #[arg(long, value_name = "PROVIDER", default_value = "sdk")]
    store: Provider,
    /// Print the files instead of writing them
    #[arg(long)]
    stdout: bool,
    /// Let `--stdout` show secrets on a terminal
    #[arg(long)]
    reveal: bool,
    /// Write nothing; exit 6 when a file would change
    #[arg(long)]
    check: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// The operator's providers for 1Password.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Provider {
    /// 1Password's SDK, with a service account
    Sdk,
    /// Connect, which the operator calls deprecated
    Connect,
}

impl From<Provider> for external_secret::Store {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::Sdk => Self::Sdk,
            Provider::Connect => Self::Connect,
        }
    }
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    if args.stdout && session.ui.shows_results() && !args.reveal {
        return Err(Failure::Usage("secrets would be shown on the terminal; add `--reveal` if that is meant".into()));
    }
    let external = args.format.as_deref() == Some(external_secret::NAME);
    if !external && args.format.as_deref().is_some_and(|name| emit::format(name).is_none()) {
        return Err(Failure::Usage(
            emit::NoFormat::Unknown { name: args.format.clone().unwrap_or_default() }.to_string(),
        ));
    }
    let containers =
        external || args.format.as_deref().and_then(emit::format).is_some_and(|format| format.for_containers());
    if containers && args.host.is_some() {
        return Err(Failure::Usage("`--host` names a machine, and this format is for containers".into()));
    }
    let watch = Stopwatch::start();
    let mut found = session.find(&args.environments, args.all)?;
    found.iter_mut().for_each(|found| found.target.containers = containers);
    let review = session.review(found, args.all);
    session.ui.findings(&review.notes, &review.map);
    if review.notes.failed() {
        return Ok(Exit::Document);
    }
    let environments = fetching::planned(&review.environments);
    let compile = watch.elapsed();
    let selections = environments.iter().map(|(_, plan)| selection(args, plan)).collect::<Result<Vec<_>, _>>()?;
    let fetched = if external { None } else { Some(fetching::fetch(session, &args.vault, &environments)?) };
    let watch = Stopwatch::start();
    // Every environment is made before any is written: one that fails leaves all targets as they were.
    let (mut made, mut notes) = (vec![], Notes::default());
    for (at, ((_, plan), selection)) in environments.iter().zip(&selections).enumerate() {
        made.push(match fetched.as_ref().and_then(|fetched| fetched.answers.get(at)) {
            Some(answers) => crate::render(plan, answers, selection, &mut notes),
            None => render::external_secrets(plan, selection, &mut notes),
        });
    }
    session.ui.findings(&notes, &review.map);
    if notes.failed() {
        return Ok(exit_of(&notes));
    }
    let several = environments.len() > 1;
    let traffic = fetched.as_ref().map(|fetched| fetched.traffic.clone()).unwrap_or_default();
    let cost = Cost { compile, traffic, link: watch.elapsed() };
    let mut worst = Exit::Done;
    for ((found, _), outputs) in environments.iter().zip(&made) {
        let writing = Writing { session, args, found, several, cost: &cost };
        worst = worst.max(if args.stdout { print(session, outputs)? } else { writing.write(outputs)? });
    }
    if let Some(fetched) = fetched.filter(|_| !args.stdout && !args.check) {
        fetched.remember(session, &environments);
    }
    Ok(worst)
}

/// A reference that the vault does not answer is the world's no; a value that a place or a format cannot take is the
/// document's fault, and counts before it.
pub fn exit_of(notes: &Notes) -> Exit {
    let only_missing = notes.iter().all(|diagnostic| diagnostic.code == codes::VAULT_MISSING);
    if only_missing { Exit::World } else { Exit::Document }
}

fn selection(args: &Args, plan: &Plan) -> Result<Selection, Failure> {
    let known: Vec<&str> =
        plan.units.iter().map(|u| u.service.name()).chain(plan.files.iter().map(|f| f.name.as_str())).collect();
    if let Some(unknown) = args.services.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::Usage(format!("the plan of `{}` has no service or output `{unknown}`", plan.environment)));
    }
    let placements = plan.units.iter().map(|u| &u.placement).chain(plan.files.iter().map(|f| &f.placement));
    if let Some(host) = &args.host
        && !placements.into_iter().any(|placement| placement.host() == Some(host))
    {
        return Err(Failure::Usage(format!("`{}` has no host `{host}`", plan.environment)));
    }
    let selection = Selection {
        names: args.services.clone(),
        host: args.host.clone(),
        format: args.format.clone(),
        store: args.store.into(),
    };
    let units = plan.units.iter().map(|u| (u.service.name(), &u.placement));
    let mut outputs = units.chain(plan.files.iter().map(|f| (f.name.as_str(), &f.placement)));
    if outputs.any(|(name, placement)| selection.takes(name, placement)) {
        return Ok(selection);
    }
    let names = args.services.join("`, `");
    let host = args.host.as_deref().unwrap_or_default();
    Err(Failure::Usage(format!("`{host}` of `{}` gets nothing of `{names}`", plan.environment)))
}

fn print(session: &Session, outputs: &[Output]) -> Outcome {
    let files: Vec<&Output> = outputs.iter().filter(|output| output.path != Path::new("manifest.json")).collect();
    for output in &files {
        if files.len() > 1 {
            session.ui.result(&format!("==> {} <==\n", output.path.display()))?;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "`--stdout` is asked for, and not shown on a terminal without `--reveal`"
        )]
        session.ui.bytes(output.content.expose())?;
    }
    Ok(Exit::Done)
}

/// What a run cost before it wrote anything.
struct Cost {
    compile: Duration,
    traffic: Traffic,
    link: Duration,
}

/// Writing one environment's files.
struct Writing<'a> {
    session: &'a Session,
    args: &'a Args,
    found: &'a Found,
    several: bool,
    cost: &'a Cost,
}

impl Writing<'_> {
    fn write(&self, outputs: &[Output]) -> Outcome {
        let Writing { session, args, found, .. } = self;
        let environment = &found.target.environment;
        let (disk, folder, whole) = match &args.out {
            Some(out) => {
                let out = if self.several { out.join(environment) } else { out.clone() };
                let (disk, below) = RealDisk::above(&session.at(&out)).map_err(|error| Failure::file(&out, error))?;
                (disk, below, out)
            }
            None => {
                let root = &found.project.root;
                let folder = Path::new("build").join(environment);
                guard(&root.join(&folder), outputs)?;
                let disk = RealDisk::open(root).map_err(|error| Failure::file(root, error))?;
                (disk, folder.clone(), folder)
            }
        };
        let place = Place::folder(&disk, &folder);
        if args.check {
            let changes = deliver::plan(outputs, &place)?;
            for change in &changes.changes {
                session.ui.result(&format!("{}: {}\n", change.path.display(), word(change.difference)))?;
            }
            return Ok(if changes.is_empty() { Exit::Done } else { Exit::Differs });
        }
        let watch = Stopwatch::start();
        let report = deliver::deliver(outputs, &place, &suffix())?;
        self.tell(&whole, &report, watch.elapsed())?;
        Ok(Exit::Done)
    }

    fn tell(&self, folder: &Path, report: &Report, time: Duration) -> Result<(), Failure> {
        let Writing { session, args, found, cost, .. } = self;
        let environment = &found.target.environment;
        if args.json {
            let names =
                |paths: &[PathBuf]| paths.iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>();
            let text = json!({
                "environment": environment,
                "folder": folder.to_string_lossy(),
                "written": names(&report.written),
                "unchanged": names(&report.unchanged),
                "removed": names(&report.removed),
                "mode_fixed": names(&report.mode_fixed),
                "recovered": report.recovered,
                "requests": cost.traffic.requests,
                "retries": cost.traffic.retries,
                "milliseconds": {
                    "compile": millis(cost.compile), "fetch": millis(cost.traffic.time), "link": millis(cost.link),
                    "deliver": millis(time),
                },
            });
            return session.ui.result(&format!("{text:#}\n"));
        }
        for path in &report.written {
            session.ui.result(&format!("wrote {}\n", folder.join(path).display()))?;
        }
        for path in &report.removed {
            session.ui.result(&format!("removed {}\n", folder.join(path).display()))?;
        }
        for path in &report.mode_fixed {
            session.ui.result(&format!("closed {}, which others could read\n", folder.join(path).display()))?;
        }
        if report.recovered {
            session.ui.tell("undid what an earlier run had left unfinished");
        }
        let (written, unchanged) = (report.written.len(), report.unchanged.len());
        session.ui.tell(&match (written, report.removed.len()) {
            (0, 0) => format!("{environment}: {} unchanged", files(unchanged)),
            (_, removed) => {
                format!("{environment}: {} written, {unchanged} unchanged, {removed} removed", files(written))
            }
        });
        Ok(())
    }
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn word(difference: deliver::Difference) -> &'static str {
    match difference {
        deliver::Difference::New => "new",
        deliver::Difference::Changed => "changed",
        deliver::Difference::Loosened => "mode loosened",
        deliver::Difference::Stale => "stale",
    }
}

/// Refuses to write secrets where git would take them up.
fn guard(folder: &Path, outputs: &[Output]) -> Result<(), Failure> {
    let paths: Vec<PathBuf> = outputs.iter().map(|output| output.path.clone()).collect();
    let unignored = deliver::unignored(folder, &paths, &Git)?;
    match unignored.first() {
        None => Ok(()),
        Some(first) => Err(Failure::file(
            folder.join(first),
            "git does not ignore this file, and secrets would be committed; add `/build/` to `.gitignore`, or name a folder by `--out`",
        )),
    }
}
