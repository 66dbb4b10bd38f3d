//! The world's state, and what must hold in it at all times.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use crate::model::Secret;
use crate::rotate::record::Standing;
use crate::rotate::{Accepts, Credential, Maker, Nature};

/// What kind of backend the world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two roles take turns.
    Pair,
    /// One password at a time.
    Single,
    /// The backend makes keys.
    Keys,
    /// Processes accept each other's, with fallbacks.
    Fallbacks,
    /// One value on both sides.
    Token,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Pair, Kind::Single, Kind::Keys, Kind::Fallbacks, Kind::Token];

    pub fn nature(self) -> Nature {
        let (maker, accepts) = match self {
            Kind::Pair => (Maker::Us, Accepts::Both),
            Kind::Single => (Maker::Us, Accepts::One),
            Kind::Keys => (Maker::Backend, Accepts::Both),
            Kind::Fallbacks => (Maker::Us, Accepts::Consumers),
            Kind::Token => (Maker::Us, Accepts::Nobody),
        };
        Nature { maker, accepts }
    }
}

/// Before or after an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

/// What happens to an operator at an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It dies.
    Crash(usize, Moment),
    /// It stops, and goes on when it is polled again.
    Pause(usize, Moment),
    /// The effect happens, and its answer is lost.
    Lost(usize),
    /// A timer renders and reloads, as `apply` does.
    Timer(usize),
}

/// No scenario has so many effects.
const ENDLESS: usize = 300;

/// A user and a password.
pub type Pair = (String, String);

/// What a process or a file was given: the credential, and the fallbacks beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub credential: Pair,
    pub fallbacks: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct State {
    pub kind: Kind,
    pub now: Duration,
    pub standing: Standing,
    pub before: Standing,
    pub stale_until: Duration,
    pub lag: Duration,
    pub valid: BTreeSet<Pair>,
    pub files: Vec<Given>,
    pub running: Vec<Given>,
    /// Processes that read their file some time after the reload: which, what, when.
    pub late: Vec<(usize, Given, Duration)>,
    pub lock: Option<u64>,
    pub locks: u64,
    pub effects: usize,
    pub made: u64,
    pub seed: u64,
    pub violations: Vec<String>,
    pub trace: Vec<String>,
}

/// The world, shared by whoever acts in it.
#[derive(Clone)]
pub struct World(pub Rc<RefCell<State>>);

pub fn credential(pair: &Pair) -> Credential {
    Credential::login(pair.0.clone(), Secret::new(pair.1.clone()))
}

pub fn pair(credential: &Credential) -> Pair {
    (credential.user.clone().unwrap_or_default(), credential.password.expose().clone())
}

pub fn given(kind: Kind, standing: &Standing) -> Given {
    let passwords = |it: &Option<Credential>| it.as_ref().map(|it| it.password.expose().clone());
    let fallbacks = [passwords(&standing.next), passwords(&standing.previous)];
    let fallbacks = fallbacks.into_iter().flatten().filter(|_| kind == Kind::Fallbacks).collect();
    Given { credential: pair(&standing.current), fallbacks }
}

impl World {
    pub fn new(kind: Kind, lag: u64) -> Self {
        let old = ("a".to_string(), "old".to_string());
        let standing = Standing {
            version: 7,
            current: credential(&old),
            next: None,
            previous: None,
            standby: (kind == Kind::Pair).then(|| "b".to_string()),
            record: None,
            last: None,
            key: None,
        };
        let one = given(kind, &standing);
        Self(Rc::new(RefCell::new(State {
            kind,
            now: Duration::from_secs(1_800_000_000),
            before: standing.clone(),
            standing,
            stale_until: Duration::ZERO,
            lag: Duration::from_secs(lag),
            valid: BTreeSet::from([old]),
            files: vec![one.clone(), one.clone()],
            running: vec![one.clone(), one],
            late: vec![],
            lock: None,
            locks: 0,
            effects: 0,
            made: 0,
            seed: 1,
            violations: vec![],
            trace: vec![],
        })))
    }

    /// The same again, to go another way from here.
    pub fn fork(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Something that changes the world.
    pub async fn effect<T>(&self, cut: Option<Cut>, name: &str, act: impl FnOnce(&mut State) -> T) -> (T, bool) {
        let n = {
            let mut state = self.0.borrow_mut();
            state.effects += 1;
            let n = state.effects;
            if n > ENDLESS {
                state.violations.push("it does not end".to_string());
            }
            state.trace.push(format!("{n} {name}"));
            n
        };
        if n > ENDLESS {
            std::future::pending::<()>().await;
        }
        self.cut(cut, n, Moment::Before).await;
        let result = act(&mut self.0.borrow_mut());
        if cut == Some(Cut::Timer(n)) {
            self.timer();
        }
        self.0.borrow_mut().look(name);
        self.cut(cut, n, Moment::After).await;
        (result, cut == Some(Cut::Lost(n)))
    }

    async fn cut(&self, cut: Option<Cut>, n: usize, moment: Moment) {
        match cut {
            Some(Cut::Crash(at, when)) if (at, when) == (n, moment) => std::future::pending().await,
            Some(Cut::Pause(at, when)) if (at, when) == (n, moment) => {
                let mut first = true;
                poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
            }
            _ => {}
        }
    }

    /// What a read sees.
    pub fn read(&self) -> Standing {
        let state = self.0.borrow();
        if state.now < state.stale_until { state.before.clone() } else { state.standing.clone() }
    }

    /// Everybody's files and processes, as an ordinary `apply` would leave them now.
    pub fn timer(&self) {
        let seen = self.read();
        let mut state = self.0.borrow_mut();
        let seen = given(state.kind, &seen);
        let hosts = state.files.len();
        state.files = vec![seen.clone(); hosts];
        state.running = vec![seen; hosts];
        state.late.clear();
    }

    /// Time passes.
    pub fn pass(&self, time: Duration) {
        let mut state = self.0.borrow_mut();
        state.now += time;
        let now = state.now;
        let (due, late) = std::mem::take(&mut state.late).into_iter().partition(|(_, _, when)| *when <= now);
        state.late = late;
        for (host, given, _) in due as Vec<(usize, Given, Duration)> {
            if let Some(running) = state.running.get_mut(host) {
                *running = given;
            }
        }
    }
}

impl State {
    /// The promise.
    fn look(&mut self, name: &str) {
        let mut broken = vec![];
        match self.kind.nature().accepts {
            Accepts::Both => {
                let told =
                    self.files.iter().map(|it| ("a file", it)).chain(self.running.iter().map(|it| ("a process", it)));
                broken.extend(
                    told.filter(|(_, it)| !self.valid.contains(&it.credential))
                        .map(|(who, it)| format!("{who} holds {:?}, which does not log in", it.credential)),
                );
                if !self.valid.contains(&pair(&self.standing.current)) {
                    broken.push("the vault's current credential does not log in".to_string());
                }
            }
            Accepts::Consumers => {
                for signer in &self.running {
                    let known = |reader: &Given| {
                        reader.credential.1 == signer.credential.1 || reader.fallbacks.contains(&signer.credential.1)
                    };
                    if !self.running.iter().all(known) {
                        broken.push(format!("what is signed by {:?} is not read by all", signer.credential));
                    }
                }
            }
            Accepts::One | Accepts::Nobody => {}
        }
        let effects = self.effects;
        self.violations.extend(broken.into_iter().map(|what| format!("after {effects} {name}: {what}")));
    }

    /// What must be so when nothing is open any more.
    pub fn rest(&mut self) {
        let mut broken = vec![];
        let Standing { next, previous, record, current, .. } = &self.standing;
        if next.is_some() || previous.is_some() || record.is_some() {
            broken.push("the vault is not at rest".to_string());
        }
        let current = pair(current);
        if matches!(self.kind, Kind::Pair | Kind::Single | Kind::Keys)
            && self.valid != BTreeSet::from([current.clone()])
        {
            broken.push(format!("valid are {:?}, current is {current:?}", self.valid));
        }
        let told = self.files.iter().chain(&self.running).chain(self.late.iter().map(|(_, it, _)| it));
        for it in told {
            if it.credential != current || !it.fallbacks.is_empty() {
                broken.push(format!("a host was told {it:?}, current is {current:?}"));
            }
        }
        self.violations.extend(broken.into_iter().map(|what| format!("at rest: {what}")));
    }
}
