//! A rotation from its parts to its end.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Options, block_on};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::machine::{self, Open};
use crate::cli::rotation::{
    Begun, Choice, Edge, Hosts, LocalLock, Parts, Refused, Resources, StateFolder, TargetState, Teller, Unmade, begin,
};
use crate::cli::session::Session;
use crate::cli::{env, fetching, world};
use crate::model::Plan;
use crate::model::moment::rfc3339;
use crate::rotate::strategies::postgres::AdvisoryLock;
use crate::rotate::strategies::secret_key::LONGEST_SIGNATURE;
use crate::rotate::{
    Accepts, Access as _, Engine, Fault, Guard, Lock, LockError, Ran, Report, State, Stop, Store as _, Strategy, Wish,
    decide,
};
use crate::vault::BoxFuture;

/// What a verb wants of the engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mode {
    /// The old credential back.
    pub back: bool,
    /// Also what another operator began.
    pub take_over: bool,
    /// What was put off is due now.
    pub finish: bool,
    /// Nothing new is begun.
    pub only_open: bool,
    /// Files and units are left to the next target.
    pub hold: bool,
    /// Only before anybody was told.
    pub abort: bool,
}

/// Runs it.
pub fn run(session: &Session, environment: &str, target: &str, options: &Options, mode: Mode) -> Outcome {
    block_on(session, async {
        match begin(session, &options.vault, environment, target).await? {
            Ok(begun) => drive(session, &begun, options, mode).await,
            Err(Refused::Document(exit)) => Ok(exit),
            Err(Refused::Blocked(blocked)) => {
                let teller = Teller::new(session, options.json, environment, target);
                teller.end(&stopped(Stop::Blocked(vec![blocked])))
            }
        }
    })?
}

fn stopped(stop: Stop) -> Ran {
    Ran { report: Report::default(), result: Err(stop), left: None }
}

async fn drive(session: &Session, begun: &Begun, options: &Options, mode: Mode) -> Outcome {
    let (environment, target) = (begun.plan.environment.as_str(), begun.target.name);
    let teller = Teller::new(session, options.json, environment, target);
    let (edge, operator) = (Edge, operator());
    let store = begun.store(&edge);
    let standing = match store.read().await {
        Ok(standing) => standing,
        Err(error) => return teller.end(&stopped(Stop::Vault(error.into()))),
    };
    if let (true, Some(record)) = (mode.abort, &standing.record)
        && record.state != State::Staged
    {
        let help = format!("`rpconf rotate rollback {environment} {target}` brings the old one back");
        return Err(Failure::Usage(format!("the new credential was handed out already; {help}")));
    }
    let parts = match parts(begun, options, standing.record.as_ref().map(|record| record.strategy.as_str()), &operator)
        .await?
    {
        Ok(parts) => parts,
        Err(blocked) => return teller.end(&stopped(Stop::Blocked(vec![blocked]))),
    };
    let state = StateFolder::find(options.state.as_deref())?;
    let files = state.target(environment, target)?;
    let lock = Both { local: &files, remote: &parts.lock, who: &operator };
    let here = here(&begun.plan, options)?;
    let open = here.as_ref().map(|_| Open::for_writing(session, &options.machine.root)).transpose()?;
    let host = open.as_ref().map(|open| open.host(environment));
    let hosts = Hosts::new(begun, here.zip(host.as_ref()), Duration::from_secs(options.timeout));
    if let Some(blocked) = hosts.unreached() {
        return teller.end(&stopped(Stop::Blocked(vec![blocked])));
    }
    let interrupted = Cell::new(false);
    let engine = Engine {
        store: &store,
        strategy: parts.strategy.as_ref(),
        lock: &lock,
        delivery: &hosts,
        journal: &files,
        outside: &edge,
        patience: options.patience(begun.access.is_file()),
        wish: Wish {
            back: mode.back,
            take_over: mode.take_over,
            only_open: mode.only_open,
            finish: mode.finish,
            hold: mode.hold,
            retire_after: options.retire_after.unwrap_or_else(|| outlives(parts.strategy.as_ref())),
            ignore: options.ignore_consumer.clone(),
            orphans_since: None,
            accept_gap: options.accept_gap,
            operator: operator.clone(),
            tool: format!("rpconf {}", env!("CARGO_PKG_VERSION")),
        },
        decide,
        listen: &|event| teller.tell(event),
        interrupted: &|| interrupted.get(),
    };
    let began = world::seconds_since_1970();
    let ran = tokio::select! {
        // A signal is looked for before the next step is.
        biased;
        () = stops(&interrupted, session) => stopped(Stop::Interrupted),
        ran = engine.run() => ran,
    };
    if !ran.report.phases.is_empty() {
        state.audit(&record(begun, &ran, &operator, began))?;
    }
    teller.end(&ran)
}

/// Fetches what the document says of resources, and makes the parts.
pub async fn parts(
    begun: &Begun,
    options: &Options,
    open: Option<&str>,
    operator: &str,
) -> Result<Result<Parts, crate::rotate::Blocked>, Failure> {
    let (vault, _) = begun.access.open().map_err(|why| Failure::file("the vault", why))?;
    let lock = fetching::read_lock(&begun.found)?;
    let resources = Resources::fetch(&begun.plan, vault.as_ref(), &lock).await?;
    let choice = Choice {
        environment: &begun.plan.environment,
        target: begun.target,
        strategy: open.or(options.strategy.as_deref()),
        operator,
        kill_stragglers: options.kill_stragglers,
        disabled_for: options.disabled_for,
        apart: options.spread(),
        user_stays: begun.layout.user.is_none(),
        inside: here(&begun.plan, options)?.is_some(),
    };
    match Parts::make(&resources, &choice) {
        Ok(parts) => Ok(Ok(parts)),
        Err(Unmade::Blocked(blocked)) => Ok(Err(blocked)),
        Err(Unmade::Failed(failure)) => Err(failure),
    }
}

/// The host that this machine is, if it is one: a laptop is none.
pub fn here(plan: &Plan, options: &Options) -> Result<Option<String>, Failure> {
    match machine::host_of(plan, &options.machine) {
        Ok(name) => Ok(Some(name)),
        Err(failure) if options.machine.host.is_some() => Err(failure),
        Err(_) => Ok(None),
    }
}

/// How long something that was made by the old credential may still come in: nothing but signatures does.
fn outlives(strategy: &dyn Strategy) -> Duration {
    match strategy.nature().accepts {
        Accepts::Consumers => LONGEST_SIGNATURE,
        Accepts::Both | Accepts::One | Accepts::Nobody => Duration::ZERO,
    }
}

/// Who does this, and where.
pub fn operator() -> String {
    let user = env::text("USER").unwrap_or_else(|| "someone".into());
    let host = machine::own_name().unwrap_or_else(|| "somewhere".into());
    format!("{user}@{host}")
}

/// Notes that the operator wants to stop: the call that is under way ends first.
async fn stops(interrupted: &Cell<bool>, session: &Session) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        interrupted.set(true);
        session.ui.tell("stopping after this step");
    }
}

fn record(begun: &Begun, ran: &Ran, operator: &str, began: u64) -> serde_json::Value {
    let outcome = match &ran.result {
        Ok(outcome) => outcome.name(),
        Err(Stop::Rejected(_)) => "aborted",
        Err(_) => "halted",
    };
    json!({
        "id": ran.report.id,
        "env": begun.plan.environment,
        "target": begun.target.name,
        "strategy": ran.report.strategy,
        "operator": operator,
        "started": rfc3339(began),
        "ended": rfc3339(world::seconds_since_1970()),
        "outcome": outcome,
        "why": ran.result.as_ref().err().map(ToString::to_string),
        "item": begun.id.item,
        "versions": ran.report.versions,
        "cred": {"old": ran.report.old, "new": ran.report.new},
        "phases": ran.report.phases,
        "gap_ms": ran.report.gap_ms,
        "consumers_ignored": ran.report.ignored,
        "tool": format!("rpconf {}", env!("CARGO_PKG_VERSION")),
    })
}

/// The lock of this machine, which answers at once, and the one at the database.
struct Both<'a> {
    local: &'a TargetState,
    remote: &'a AdvisoryLock,
    who: &'a str,
}

struct BothHeld {
    remote: Box<dyn Guard>,
    _local: LocalLock,
}

impl Lock for Both<'_> {
    fn acquire(&self) -> BoxFuture<'_, Result<Box<dyn Guard>, LockError>> {
        Box::pin(async {
            let local = self.local.lock(self.who)?;
            let remote = self.remote.acquire().await?;
            Ok(Box::new(BothHeld { remote, _local: local }) as Box<dyn Guard>)
        })
    }
}

impl Guard for BothHeld {
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.remote.check()
    }
}
