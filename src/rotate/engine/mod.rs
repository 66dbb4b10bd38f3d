//! The loop around [`decide`]: observe, ask it, do the step, write down what was done.

mod perform;

use std::time::Duration;

use super::event::{Event, Named, PhaseReport, Report};
use super::fingerprint::fingerprint;
use super::journal::{Entry, Journal, Kind, Trail};
use super::record::{Record, Standing, State};
use super::settle::{Patience, Settling};
use super::strategy::{Accepts, Blocked, Login, Maker};
use super::{
    Credential, Delivery, Done, Fault, Goal, Guard, Halt, Holder, Lock, LockError, Outcome, Outside, Step, Store,
    StoreError, Strategy, View,
};
use crate::model::moment::{rfc3339, seconds};

/// How often what others changed is looked at again before giving up.
const ROUNDS: u32 = 5;

/// The steps that write to the vault; after a crash in any other there is no write whose arrival could be waited for.
const WRITES: [&str; 7] = ["stage", "promote", "abandon", "demote", "mark", "finish", "clear"];

/// A rotation's parts.
pub struct Engine<'a> {
    /// The vault item.
    pub store: &'a dyn Store,
    /// The backend.
    pub strategy: &'a dyn Strategy,
    /// What keeps two operators apart.
    pub lock: &'a dyn Lock,
    /// The consumers.
    pub delivery: &'a dyn Delivery,
    /// What is on its way.
    pub journal: &'a dyn Journal,
    /// Time and chance.
    pub outside: &'a dyn Outside,
    /// How long each thing is waited for.
    pub patience: Patience,
    /// What is wanted.
    pub wish: Wish,
    /// The state machine; [`super::decide`] but in tests that try wrong ones.
    pub decide: fn(&View, Goal) -> Step,
    /// Who is told.
    pub listen: &'a dyn Fn(&Event),
    /// Whether the operator asked to stop: looked at between steps.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// What the operator wants.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The old credential back, instead of the new one in.
    pub back: bool,
    /// Whether a rotation that somebody else began is taken over.
    pub take_over: bool,
    /// Whether an open rotation is gone on with only, and none is begun.
    pub only_open: bool,
    /// Whether files and units are left to another rotation, which is about to follow: units are restarted once for all.
    /// Only where both credentials work meanwhile.
    pub hold: bool,
    /// Whether a retirement that was put off is due now.
    pub finish: bool,
    /// How long the old credential stays valid after promotion.
    pub retire_after: Duration,
    /// Consumers that may stay on the old one: names, or `name@address`.
    pub ignore: Vec<String>,
    /// Since when values that nobody staged are taken for orphans of a rotation whose journal is lost, in seconds since
    /// 1970.
    pub orphans_since: Option<u64>,
    /// Whether a rotation with a gap is accepted.
    pub accept_gap: bool,
    /// `operator@host`.
    pub operator: String,
    /// This program, with its version.
    pub tool: String,
}

/// Why a rotation did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Something stands in the way; nothing was changed.
    #[error("it cannot start")]
    Blocked(Vec<Blocked>),
    /// Another operator is at work.
    #[error("{} holds the lock since {}", .0.who, .0.since)]
    Held(Holder),
    /// The lock cannot be asked for; nothing was changed.
    #[error("the lock cannot be taken: {0}")]
    NoLock(String),
    /// A rotation is open that somebody else began.
    #[error("{} began rotation {} at {} and has not ended it", .0.by, .0.id, .0.at)]
    Foreign(Box<Record>),
    /// Somebody else went on with this rotation meanwhile.
    #[error("somebody else went on with this rotation meanwhile")]
    Taken,
    /// What was observed leaves no safe step.
    #[error("{}", why(*.0))]
    Halted(Halt),
    /// A step failed.
    #[error("`{}` failed: {fault}", step.name())]
    Failed {
        /// Which.
        step: Step,
        /// Why.
        fault: Fault,
    },
    /// The vault item could not be read.
    #[error("{0}")]
    Vault(Fault),
    /// The backend will never take the value; it was taken back.
    #[error("the backend rejects the new value: {0}; it was taken back, and a new rotation makes another one")]
    Rejected(String),
    /// The operator stopped it.
    #[error("interrupted")]
    Interrupted,
}

/// What a halt means, in words.
fn why(halt: Halt) -> &'static str {
    match halt {
        Halt::Drift => {
            "the vault's credential does not log in, and no rotation is open: vault and backend have drifted apart"
        }
        Halt::Edited => "the credential in the vault was edited by hand since the rotation began",
        Halt::Unreachable => "a backend does not answer, so that nobody knows which credential is valid",
        Halt::BothDead => "neither credential logs in, though the current one was set again",
        Halt::NotAccepted => "the new credential was set and is refused",
        Halt::NewRevoked => "the new credential was revoked by someone else; the old one works: roll back",
        Halt::OldRevoked => "the old credential does not log in any more: there is no way back",
        Halt::TooLate => "the old credential is being revoked: there is no way back; begin a new rotation afterwards",
    }
}

/// A run that ended.
#[derive(Debug)]
pub struct Ran {
    /// What was done.
    pub report: Report,
    /// What it came to.
    pub result: Result<Outcome, Stop>,
    /// The open rotation's state when the run ended.
    pub left: Option<State>,
}

impl Engine<'_> {
    /// Goes on until the end, or until it cannot.
    pub async fn run(&self) -> Ran {
        let report = Report {
            strategy: self.strategy.name().to_string(),
            ignored: self.wish.ignore.clone(),
            ..Report::default()
        };
        match Drive::begin(self).await {
            Ok(mut drive) => {
                drive.report = Report { versions: (drive.standing.version, 0), ..report };
                drive.name_both();
                let result = drive.go().await;
                drive.report.versions.1 = drive.standing.version;
                let left = drive.standing.record.as_ref().map(|record| record.state);
                Ran { report: drive.report, result, left }
            }
            Err(stop) => Ran { report, result: Err(stop), left: None },
        }
    }

    async fn acquire(&self) -> Result<Box<dyn Guard>, Stop> {
        self.lock.acquire().await.map_err(|error| match error {
            LockError::Held(holder) => Stop::Held(holder),
            LockError::Unreachable(why) => Stop::NoLock(why),
        })
    }

    fn settling(&self) -> Settling<'_> {
        Settling { store: self.store, outside: self.outside, patience: &self.patience }
    }

    fn now(&self) -> u64 {
        self.outside.now().as_secs()
    }
}

/// A run under way.
struct Drive<'a> {
    engine: &'a Engine<'a>,
    trail: Trail<'a>,
    guard: Option<Box<dyn Guard>>,
    standing: Standing,
    done: Done,
    report: Report,
    /// The rotation that this run drives, once there is one.
    id: Option<String>,
    back: bool,
    rejected: Option<String>,
    /// The step that is under way, and the id of a rotation that it begins.
    under_way: Option<(Step, Option<String>)>,
    /// Since when logins may fail.
    gap: Option<Duration>,
    /// Since when this run has told everybody.
    told: Option<Duration>,
}

/// Steps that change something outside this machine.
fn changes(step: Step) -> bool {
    !matches!(step, Step::Verify | Step::Render | Step::Reload | Step::Confirm | Step::End(_) | Step::Halt(_))
}

impl<'a> Drive<'a> {
    async fn begin(engine: &'a Engine<'a>) -> Result<Drive<'a>, Stop> {
        let trail = Trail::open(engine.journal).map_err(Stop::Vault)?;
        let standing = engine.store.read().await.map_err(|error| Stop::Vault(error.into()))?;
        if standing.record.is_none() && !engine.wish.back && !engine.wish.only_open {
            engine.plan(&standing).await?;
        }
        let guard = engine.acquire().await?;
        (engine.listen)(&Event::Settling);
        let settling = engine.settling();
        if let Some(sent) = trail.unfinished().filter(|sent| WRITES.contains(&sent.phase.as_str())) {
            // The last run may have sent a write whose answer it never saw.
            settling.until(|read| read.version > sent.ver).await.map_err(Stop::Vault)?;
        }
        let standing = settling.twice().await.map_err(Stop::Vault)?;
        let id = standing.record.as_ref().map(|record| record.id.clone());
        if let Some(record) = &standing.record {
            if record.by != engine.wish.operator && !engine.wish.take_over {
                return Err(Stop::Foreign(Box::new(record.clone())));
            }
            (engine.listen)(&Event::Resumed { id: record.id.clone(), by: record.by.clone() });
        }
        let back = engine.wish.back;
        let (done, report) = (Done::default(), Report::default());
        Ok(Drive {
            engine,
            trail,
            guard: Some(guard),
            standing,
            done,
            report,
            id,
            back,
            rejected: None,
            under_way: None,
            gap: None,
            told: None,
        })
    }

    async fn go(&mut self) -> Result<Outcome, Stop> {
        let mut rounds = 0;
        loop {
            if (self.engine.interrupted)() {
                return Err(Stop::Interrupted);
            }
            if self.engine.wish.only_open && self.id.is_none() {
                return Ok(Outcome::Nothing);
            }
            let view = self.observe().await?;
            match (self.engine.decide)(&view, self.goal()) {
                Step::End(outcome) => {
                    return self.rejected.take().map_or(Ok(outcome), |why| Err(Stop::Rejected(why)));
                }
                Step::Halt(halt) => return Err(Stop::Halted(halt)),
                Step::Render if self.holds() => return Ok(Outcome::Held),
                step => match self.step(step).await {
                    Ok(true) => {}
                    Ok(false) => return Ok(Outcome::Deferred),
                    Err(Fault::Rejected(why)) => {
                        self.rejected = Some(why);
                        self.back = true;
                    }
                    Err(Fault::Store(StoreError::Conflict)) if rounds < ROUNDS => rounds += 1,
                    Err(Fault::LockLost(_)) if rounds < ROUNDS => {
                        rounds += 1;
                        self.lock_again().await?;
                    }
                    Err(_) if (self.engine.interrupted)() => return Err(Stop::Interrupted),
                    Err(fault) => return Err(Stop::Failed { step, fault }),
                },
            }
        }
    }

    fn holds(&self) -> bool {
        let handed_out = |record: &Record| record.state == State::Promoted && !self.back;
        let promoted = self.standing.record.as_ref().is_some_and(handed_out);
        self.engine.wish.hold && promoted && self.engine.strategy.nature().accepts == Accepts::Both
    }

    /// A lock is lost with its connection. Whoever had it meanwhile may have gone on.
    async fn lock_again(&mut self) -> Result<(), Stop> {
        // The one on this machine is still held, and could not be taken twice.
        self.guard = None;
        self.guard = Some(self.engine.acquire().await?);
        // Nothing was begun: whatever happened meanwhile, this run was not part of it.
        if self.id.is_none() {
            return Err(Stop::Taken);
        }
        self.standing = self.engine.settling().twice().await.map_err(Stop::Vault)?;
        self.done = Done { closed: self.done.closed, ..Done::default() };
        Ok(())
    }

    fn guard(&self) -> Result<&dyn Guard, Fault> {
        self.guard.as_deref().ok_or_else(|| Fault::LockLost("it could not be taken again".into()))
    }

    fn goal(&self) -> Goal {
        if self.back {
            return Goal::Back;
        }
        let due = |record: &Record| seconds(&record.at).unwrap_or(0) + record.retire_after <= self.engine.now();
        let promoted = self.standing.record.as_ref().filter(|record| record.state == State::Promoted);
        Goal::Forward { defer: promoted.is_some_and(|record| !self.engine.wish.finish && !due(record)) }
    }

    async fn observe(&self) -> Result<View, Stop> {
        let (engine, standing) = (self.engine, &self.standing);
        let record = standing.record.as_ref();
        if self.done.closed.is_none() && record.map(|record| &record.id) != self.id.as_ref() {
            return Err(Stop::Taken);
        }
        if let Some(record) = record.filter(|record| record.strategy != engine.strategy.name()) {
            let fault = Fault::Unfit(format!("the open rotation is one by `{}`", record.strategy));
            return Err(Stop::Vault(fault));
        }
        let nature = engine.strategy.nature();
        let untested = self.done.closed.is_some() || matches!(nature.accepts, Accepts::Consumers | Accepts::Nobody);
        let (current, other) = match (untested, standing.other()) {
            (true, _) => (Login::Untested, Login::Untested),
            (false, None) => (engine.login(&standing.current).await, Login::Refused),
            (false, Some(other)) => (engine.login(&standing.current).await, engine.login(other).await),
        };
        if let (false, Some(record)) = (untested, record) {
            let promoted = record.state != State::Staged;
            (engine.listen)(&Event::Health { current: current.clone(), other: other.clone(), promoted });
        }
        let orphan = match self.orphans_since().filter(|_| record.is_none() && self.done.closed.is_none()) {
            Some(since) => !engine.strategy.orphans(standing, since).await.map_err(Stop::Vault)?.is_empty(),
            None => false,
        };
        let open = record.map(|record| (record.state, record.direction));
        let (edited, forgets) = (edited(standing), engine.strategy.forgets());
        Ok(View { open, nature, current, other, edited, forgets, orphan, done: self.done })
    }

    /// Since when a value may have been made that nobody staged, in seconds since 1970.
    fn orphans_since(&self) -> Option<u64> {
        let made = self.trail.made_since().and_then(seconds);
        let known = self.engine.wish.orphans_since.into_iter().chain(made).min();
        known.filter(|_| self.engine.strategy.nature().maker == Maker::Backend)
    }

    /// Does one step; false when the rest is due later.
    async fn step(&mut self, step: Step) -> Result<bool, Fault> {
        let (engine, began) = (self.engine, self.engine.outside.now());
        (engine.listen)(&Event::Begun(step));
        if changes(step) {
            self.guard()?.check().await?;
        }
        let planned = (step == Step::Stage).then(|| super::fingerprint::new_id(engine.outside));
        self.note(Kind::Intent, step, planned.as_deref(), None)?;
        self.under_way = Some((step, planned.clone()));
        let result = self.perform(step, planned).await;
        let ended = engine.outside.now();
        let words = match &result {
            Ok(did) => did.clone().unwrap_or_else(|| "done".to_string()),
            Err(fault) => fault.to_string(),
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (began, ended) = (millis(began), millis(ended));
        self.report.phases.push(PhaseReport { name: step.name(), began, ended, result: words.clone() });
        match result {
            Ok(did) => {
                self.note(Kind::Done, step, None, None)?;
                (engine.listen)(&Event::Ended(step, words));
                Ok(did.is_some())
            }
            // What nobody knows the end of stays open in the journal: the next run waits for it.
            Err(Fault::Store(StoreError::Unknown(why))) => Err(Fault::Store(StoreError::Unknown(why))),
            Err(fault) => {
                self.note(Kind::Error, step, None, Some(fault.to_string()))?;
                Err(fault)
            }
        }
    }

    /// The item has another version than the step began with: whoever has to wait for the write to be visible waits for a
    /// later one than that.
    fn note_again(&mut self) -> Result<(), Fault> {
        let Some((step, planned)) = self.under_way.clone() else { return Ok(()) };
        self.note(Kind::Intent, step, planned.as_deref(), None)
    }

    fn note(&mut self, ev: Kind, step: Step, id: Option<&str>, why: Option<String>) -> Result<(), Fault> {
        let subject = self.standing.other().unwrap_or(&self.standing.current);
        let fp = self.standing.key.as_ref().map(|key| fingerprint(key, subject));
        self.trail.write(Entry {
            seq: 0,
            prev: String::new(),
            t: rfc3339(self.engine.now()),
            id: id.or(self.id.as_deref()).unwrap_or_default().to_string(),
            ev,
            phase: step.name().to_string(),
            ver: self.standing.version,
            user: subject.user.clone(),
            fp,
            why,
        })
    }

    fn name_both(&mut self) {
        let standing = &self.standing;
        let named = |credential: &Credential| Named {
            user: credential.user.clone(),
            fp: standing.key.as_ref().map(|key| fingerprint(key, credential)).unwrap_or_default(),
        };
        let current = named(&standing.current);
        let other = standing.other().map(named);
        let promoted = standing.record.as_ref().is_some_and(|record| record.state != State::Staged);
        (self.report.old, self.report.new) = match (other, promoted) {
            (Some(other), true) => (other, current),
            (Some(other), false) => (current, other),
            (None, _) => (current, Named::default()),
        };
        self.report.id = self.id.clone().unwrap_or_default();
    }
}

/// Whether a value is not the one that the record speaks of.
fn edited(standing: &Standing) -> bool {
    let Some(record) = &standing.record else { return false };
    let Some(key) = &standing.key else { return true };
    let other = standing.other().is_some_and(|other| fingerprint(key, other) != record.next_fp);
    other || fingerprint(key, &standing.current) != record.cur_fp
}

impl Engine<'_> {
    /// PLAN: everything that stands in the way, before anything is changed.
    async fn plan(&self, standing: &Standing) -> Result<(), Stop> {
        let survey = self.strategy.survey(standing).await.map_err(Stop::Vault)?;
        let mut blocked = survey.blocked;
        if let (Some(gap), false) = (survey.gap, self.wish.accept_gap) {
            let help = "accept that by `--accept-gap`".to_string();
            blocked.push(Blocked { what: format!("logins will fail for a while: {gap}"), help });
        }
        if let Err(fault) = self.delivery.ready().await {
            let help = "`rpconf apply --check` on that host tells the same".to_string();
            blocked.push(Blocked { what: fault.to_string(), help });
        }
        if blocked.is_empty() { Ok(()) } else { Err(Stop::Blocked(blocked)) }
    }

    /// Logs in; asks again while nobody answers.
    async fn login(&self, credential: &Credential) -> Login {
        let mut left = self.patience.tries;
        loop {
            left = left.saturating_sub(1);
            match self.strategy.login(credential).await {
                Login::Unknown(_) if left > 0 => self.outside.sleep(self.patience.pause).await,
                known => return known,
            }
        }
    }
}
