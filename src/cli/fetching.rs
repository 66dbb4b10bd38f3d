//! Gets the secrets of environments: one batch for all that share a vault, with their lock files read, and written by
//! whoever writes targets.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use super::exit::Failure;
use super::session::{Checked, Session};
use super::vaults::{self, VaultArgs};
use super::world::{self, Found, Stopwatch};
use crate::model::{Plan, Reference};
use crate::source::FileError;
use crate::vault::connect::Exchange;
use crate::vault::{Answers, Batch, Lock, Names};

/// What was asked of a vault, in numbers.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// Requests that were sent, the repeated ones too.
    pub requests: u32,
    /// Requests that repeated one that failed.
    pub retries: u32,
    /// How long it took.
    pub time: Duration,
}

/// The answers for some environments.
pub struct Fetched {
    /// For each environment, in order.
    pub answers: Vec<Rc<Answers>>,
    /// What it cost.
    pub traffic: Traffic,
    remote: Vec<bool>,
}

/// Fetches all holes of environments' plans.
pub fn fetch(session: &Session, args: &VaultArgs, environments: &[(&Found, &Plan)]) -> Result<Fetched, Failure> {
    let watch = Stopwatch::start();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (found, plan)) in environments.iter().enumerate() {
        groups.entry(vaults::identity(args, &plan.vault, &found.folder)).or_default().push(index);
    }
    let traffic = Rc::new(RefCell::new(Traffic::default()));
    let mut answers: Vec<Option<(Rc<Answers>, bool)>> = environments.iter().map(|_| None).collect();
    for members in groups.values() {
        let group: Vec<(&Found, &Plan)> =
            members.iter().filter_map(|index| environments.get(*index).copied()).collect();
        let (got, remote) = fetch_group(session, args, &group, &traffic)?;
        for index in members {
            if let Some(slot) = answers.get_mut(*index) {
                *slot = Some((Rc::clone(&got), remote));
            }
        }
    }
    let (answers, remote) = answers.into_iter().flatten().unzip();
    let mut traffic = traffic.borrow().clone();
    traffic.time = watch.elapsed();
    Ok(Fetched { answers, traffic, remote })
}

fn fetch_group(
    session: &Session,
    args: &VaultArgs,
    group: &[(&Found, &Plan)],
    traffic: &Rc<RefCell<Traffic>>,
) -> Result<(Rc<Answers>, bool), Failure> {
    let Some((found, plan)) = group.first() else {
        return Err(Failure::Usage("no environment to fetch for".into()));
    };
    let (count, talk) = (Rc::clone(traffic), session.ui.verbosity() > 0);
    let observe = move |exchange: &Exchange| {
        let mut traffic = count.borrow_mut();
        traffic.requests += 1;
        traffic.retries += u32::from(exchange.attempt > 1);
        if talk {
            super::ui::exchange(exchange);
        }
    };
    let open = vaults::open(args, &plan.vault, &found.folder, &session.here, observe)?;
    let mut lock = Lock::default();
    if open.remote {
        for (found, _) in group {
            lock.merge(&read_lock(found)?);
        }
    }
    let names = if args.locked { Names::Locked } else { Names::Learn };
    let plans: Vec<&Plan> = group.iter().map(|(_, plan)| *plan).collect();
    let answers = session.wait(open.remote, crate::fetch(&plans, open.vault.as_ref(), &lock, names))??;
    answers.notices().iter().for_each(|notice| session.ui.warn(&notice.to_string()));
    Ok((Rc::new(answers), open.remote))
}

impl Fetched {
    /// Remembers what was learnt, in each environment's lock file. Targets are written already: a lock that cannot be
    /// written costs the next run a round trip and is a warning.
    pub fn remember(&self, session: &Session, environments: &[(&Found, &Plan)]) {
        for (((found, plan), answers), remote) in environments.iter().zip(&self.answers).zip(&self.remote) {
            if *remote && let Err(failure) = remember(found, plan, answers) {
                session.ui.warn(&format!("the lock file was not written: {failure}"));
            }
        }
    }
}

/// Writes an environment's lock file when its own items taught something; answers whether it did.
pub fn remember(found: &Found, plan: &Plan, answers: &Answers) -> Result<bool, Failure> {
    let holes = plan.holes();
    let mut learnt = Lock::default();
    for item in Batch::of(holes.iter().map(|hole| &hole.reference)).items() {
        if let Some(id) = answers.learnt().get(&item.vault, &item.item) {
            learnt.learn(&item.vault, &item.item, id.clone());
        }
    }
    let mut lock = read_lock(found)?;
    if !lock.merge(&learnt) {
        return Ok(false);
    }
    world::write_public(&lock_path(found), lock.write().into_bytes())?;
    Ok(true)
}

/// An environment's lock file; an empty one when there is none.
pub fn read_lock(found: &Found) -> Result<Lock, Failure> {
    let path = lock_path(found);
    let bytes = match world::read_bounded(&path, crate::source::MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(FileError::NotFound) => return Ok(Lock::default()),
        Err(error) => return Err(Failure::file(path, error)),
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::file(&path, "it is not UTF-8"))?;
    Lock::parse(&text).map_err(|error| Failure::file(&path, error))
}

fn lock_path(found: &Found) -> PathBuf {
    found.folder.join(format!("{}.lock", found.target.environment))
}

/// The environments of a review that have a plan.
pub fn planned(environments: &[Checked]) -> Vec<(&Found, &Plan)> {
    environments.iter().filter_map(|checked| Some((&checked.found, checked.plan.as_ref()?))).collect()
}

/// Whether a plan cannot do without a reference.
pub fn needed(plan: &Plan, reference: &Reference) -> bool {
    plan.holes().iter().any(|hole| hole.reference == *reference && !hole.optional)
}
