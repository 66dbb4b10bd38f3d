//! `rpconf run`: a command with a service's settings, which stand in no file.

use std::ffi::OsString;

use crate::cli::child::{self, Program};
use crate::cli::exit::Failure;
use crate::cli::memory::MemoryFolder;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::{env, fetching};
use crate::diag::Notes;
use crate::model::{Plan, Secret, Service, Unit};
use crate::run::{self, Environment, Needles};
use crate::{link, render};

/// Run a command with a service's settings
///
/// The command gets the service's variables in its environment; nothing is written. For Django, and for Celery, a
/// settings module that begins with upstream's own stands in memory while the command runs, and
/// DJANGO_SETTINGS_MODULE names it. On a terminal the command gets a terminal. Its signals and its exit code are passed
/// on. Secrets in its output are masked, also where they are percent-encoded or in base64.
///
/// Example: rpconf run production django -- python manage.py shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Service whose settings the command gets
    #[arg(value_name = "SERVICE")]
    service: String,
    /// Host whose settings they are, where the service runs on several
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Leave the output as it is, secrets included
    #[arg(long)]
    no_masking: bool,
    #[command(flatten)]
    vault: VaultArgs,
    /// Command, word by word
    #[arg(value_name = "COMMAND", last = true, required = true)]
    command: Vec<OsString>,
}

/// What of this process's environment is no business of a command.
const OWN: &[&str] = &["OP_CONNECT_TOKEN", "RPCONF_AGE_PASSPHRASE"];

/// Runs the command, and answers its exit code.
pub fn run(session: &Session, args: &Args) -> Result<u8, Failure> {
    let (found, mut plan, map) = match session.plan(&args.environment)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit as u8),
    };
    plan.units = vec![unit(&plan, args)?];
    plan.files.clear();
    child::no_core_dumps();
    let fetched = fetching::fetch(session, &args.vault, &[(&found, &plan)])?;
    let Some(answers) = fetched.answers.first() else { return Ok(0) };
    let mut notes = Notes::default();
    let filled = link::fill(&plan, answers, &mut notes);
    let Some(filled) = filled.units.first() else { return Ok(0) };
    let environment = run::environment(filled, &plan.environment);
    if let Err(unwritable) = &environment {
        render::refused(filled.unit, "environment", unwritable, &mut notes);
    }
    session.ui.findings(&notes, &map);
    let (false, Ok(environment)) = (notes.failed(), environment) else {
        return Ok(super::render::exit_of(&notes) as u8);
    };
    let (fetched, written) = run::secrets(filled, answers);
    let needles = Needles::new(fetched.into_iter().chain(&written));
    start(args, environment, needles)
}

fn start(args: &Args, environment: Environment, needles: Needles) -> Result<u8, Failure> {
    let masked = (!args.no_masking).then_some(needles);
    let command = args.command.clone();
    match environment {
        Environment::Variables(variables) => {
            let variables = variables.into_iter().map(|(name, value)| (name.into(), value)).collect();
            let program = Program { command, variables, without: OWN };
            if masked.is_none() { child::become_it(&program) } else { child::run(&program, masked) }
        }
        Environment::Module(text) => {
            // The folder is removed when the child has ended, so that this process stays, masking or not.
            let folder = MemoryFolder::new()?;
            #[expect(
                clippy::disallowed_methods,
                reason = "the module that the child reads, 0600 in a 0700 folder in memory"
            )]
            folder.write(&format!("{}.py", run::MODULE), text.expose().as_bytes())?;
            let before = env::text("PYTHONPATH").map(|path| format!(":{path}")).unwrap_or_default();
            let path = format!("{}{before}", folder.path().display());
            let variables = [("PYTHONPATH", path), ("DJANGO_SETTINGS_MODULE", run::MODULE.to_string())];
            let variables = variables.into_iter().map(|(name, value)| (name.into(), Secret::new(value))).collect();
            child::run(&Program { command, variables, without: OWN }, masked)
        }
    }
}

/// The service on the host that is asked for, or on its only one.
fn unit(plan: &Plan, args: &Args) -> Result<Unit, Failure> {
    let service = match args.service.as_str() {
        "celery" | "beat" => Some(Service::Django),
        name => Service::parse(name),
    };
    let on = |unit: &&Unit| args.host.as_deref().is_none_or(|host| unit.placement.host() == Some(host));
    let units: Vec<&Unit> = plan.units.iter().filter(|unit| Some(unit.service) == service).collect();
    let hosts = || {
        let hosts: Vec<_> =
            units.iter().filter_map(|unit| unit.placement.host()).map(|host| format!("`{host}`")).collect();
        hosts.join(", ")
    };
    let asked: Vec<&Unit> = units.iter().copied().filter(on).collect();
    match asked.as_slice() {
        [unit] => Ok((*unit).clone()),
        [] if units.is_empty() => {
            Err(Failure::Usage(format!("the plan of `{}` has no service `{}`", plan.environment, args.service)))
        }
        [] => Err(Failure::Usage(format!("`{}` runs on {}", args.service, hosts()))),
        _ => Err(Failure::Usage(format!("`{}` runs on {}: choose one by `--host`", args.service, hosts()))),
    }
}

/// The hidden step towards a command on a terminal of its own.
#[derive(Debug, clap::Args)]
pub struct LeadArgs {
    /// Command, word by word
    #[arg(last = true)]
    command: Vec<OsString>,
}

/// Takes the terminal, and becomes the command.
pub fn lead(args: &LeadArgs) -> Result<u8, Failure> {
    child::lead(&args.command)
}
