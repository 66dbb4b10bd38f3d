//! An operator: the engine's parts over a world.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::world::{Cut, Kind, World, credential, given, pair};
use crate::rotate::layout;
use crate::rotate::record::Standing;
use crate::rotate::{
    Accepts, Consumer, Credential, Delivery, Engine, Fault, Generated, Goal, Guard, Holder, Journal, Lock, LockError,
    Login, Nature, Outside, Patience, Ran, Retirement, Step, Store, StoreError, Strategy, Survey, View, Wish, Write,
    decide,
};
use crate::vault::BoxFuture;

/// One operator on one machine.
#[derive(Clone)]
pub struct Operator {
    pub world: World,
    pub name: &'static str,
    pub cut: Option<Cut>,
    pub journal: Rc<RefCell<Vec<String>>>,
    pub decide: fn(&View, Goal) -> Step,
    pub patience: Patience,
    pub back: bool,
    /// A wrong strategy: the backend gets a value before the vault has it.
    pub hasty: bool,
    /// The lock that it holds, of each run its own.
    pub lock: Rc<RefCell<u64>>,
}

pub type Run = Pin<Box<dyn Future<Output = Ran>>>;

impl Operator {
    pub fn new(world: &World, name: &'static str) -> Self {
        Self {
            world: world.clone(),
            name,
            cut: None,
            journal: Rc::default(),
            decide,
            patience: Patience::default(),
            back: false,
            hasty: false,
            lock: Rc::default(),
        }
    }

    /// The same operator with the same journal in another world.
    pub fn moved(&self, world: &World) -> Self {
        let journal = Rc::new(RefCell::new(self.journal.borrow().clone()));
        Self { world: world.clone(), journal, ..self.clone() }
    }

    /// Begins a run; nothing happens before it is polled.
    pub fn start(mut self) -> Run {
        self.lock = Rc::default();
        Box::pin(async move {
            let wish = Wish {
                back: self.back,
                take_over: true,
                accept_gap: true,
                // The operator of a machine without the journal says so.
                orphans_since: (self.name == "two").then_some(0),
                operator: self.name.to_string(),
                ..Wish::default()
            };
            let engine = Engine {
                store: &self,
                strategy: &self,
                lock: &self,
                delivery: &self,
                journal: &self,
                outside: &self,
                patience: self.patience,
                wish,
                decide: self.decide,
                listen: &|_| {},
                interrupted: &|| false,
            };
            engine.run().await
        })
    }

    /// Runs until the end; none when the operator died, or stopped, on the way.
    pub fn run(self) -> Option<Ran> {
        let world = self.world.clone();
        let ran = poll(&mut self.start());
        if ran.is_none() {
            // A dead holder's connection dies with it.
            world.0.borrow_mut().lock = None;
        }
        ran
    }

    fn kind(&self) -> Kind {
        self.world.0.borrow().kind
    }

    fn fenced(&self) -> Result<(), Fault> {
        let held = self.world.0.borrow().lock == Some(*self.lock.borrow());
        if held { Ok(()) } else { Err(Fault::LockLost("it is not held any more".into())) }
    }

    /// An effect at the backend, which the lock's own connection carries.
    async fn at_backend(&self, name: &str, act: impl FnOnce(&mut super::world::State)) -> Result<(), Fault> {
        let (done, lost) = self
            .world
            .effect(self.cut, name, |state| {
                let held = state.lock == Some(*self.lock.borrow());
                if held {
                    act(state);
                }
                held
            })
            .await;
        match (done, lost) {
            (false, _) => Err(Fault::LockLost("the connection is gone".into())),
            (true, true) => Err(Fault::Unreachable("the answer was lost".into())),
            (true, false) => Ok(()),
        }
    }
}

pub fn poll(run: &mut Run) -> Option<Ran> {
    match run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ran) => Some(ran),
        Poll::Pending => None,
    }
}

impl Store for Operator {
    fn read(&self) -> BoxFuture<'_, Result<Standing, StoreError>> {
        Box::pin(async { Ok(self.world.read()) })
    }

    fn write<'a>(&'a self, write: &'a Write, seen: &'a Standing) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let act = |state: &mut super::world::State| {
                // As the real client does: a read, a comparison, and a write that goes on top of whatever is there.
                let visible = if state.now < state.stale_until { &state.before } else { &state.standing };
                if visible.version != seen.version {
                    return Err(StoreError::Conflict);
                }
                state.before = state.standing.clone();
                state.stale_until = state.now + state.lag;
                let version = state.standing.version + 1;
                state.standing = Standing { version, ..layout::after(write, seen) };
                Ok(version)
            };
            let (answer, lost) = self.world.effect(self.cut, "vault write", act).await;
            if lost { Err(StoreError::Unknown("the answer was lost".into())) } else { answer }
        })
    }
}

impl Strategy for Operator {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn nature(&self) -> Nature {
        self.world.0.borrow().kind.nature()
    }

    fn survey<'a>(&'a self, _: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(async { Ok(Survey::default()) })
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        Box::pin(async move {
            let kind = self.world.0.borrow().kind;
            let user = match kind {
                Kind::Pair => standing.standby.clone().unwrap_or_default(),
                Kind::Keys => format!("key{}", self.world.0.borrow().made + 1),
                _ => pair(&standing.current).0,
            };
            let made = (user, format!("new{}", self.world.0.borrow().made + 1));
            self.world.0.borrow_mut().made += 1;
            if kind == Kind::Keys || self.hasty {
                let made = made.clone();
                self.at_backend("create", |state| _ = state.valid.insert(made)).await?;
            }
            Ok(Generated { credential: credential(&made), name: Some(made.0) })
        })
    }

    fn orphans<'a>(&'a self, standing: &'a Standing, _: u64) -> BoxFuture<'a, Result<Vec<String>, Fault>> {
        Box::pin(async move {
            let current = pair(&standing.current);
            let state = self.world.0.borrow();
            Ok(state.valid.iter().filter(|it| **it != current).map(|it| it.0.clone()).collect())
        })
    }

    fn discard<'a>(&'a self, orphan: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move { self.at_backend("discard", |state| state.valid.retain(|it| it.0 != orphan)).await })
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        let works = self.world.0.borrow().valid.contains(&pair(credential));
        Box::pin(async move { if works { Login::Works } else { Login::Refused } })
    }

    fn apply<'a>(&'a self, credential: &'a Credential, _: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let it = pair(credential);
            let act = move |state: &mut super::world::State| {
                // A role has one password; a backend of one password has no second role either.
                let one = state.kind.nature().accepts == Accepts::One;
                state.valid.retain(|known| !one && known.0 != it.0);
                state.valid.insert(it);
            };
            self.at_backend("apply", act).await
        })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            match self.login(credential).await {
                Login::Works => Ok(()),
                _ => Err(Fault::Unfit("it does not log in".into())),
            }
        })
    }

    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        _: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        let old = pair(old);
        let on_old = self.world.0.borrow().running.iter().filter(|it| it.credential == old).count() as u64;
        let consumer = Consumer { name: "service".into(), address: "host".into(), connections: on_old };
        Box::pin(async move { Ok(if on_old == 0 { vec![] } else { vec![consumer] }) })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        _: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async move {
            let it = pair(credential);
            self.at_backend("retire", move |state| _ = state.valid.remove(&it)).await?;
            Ok(Retirement::Done)
        })
    }

    fn standby(&self, retired: &Credential, _: &Credential) -> Option<String> {
        (self.world.0.borrow().kind == Kind::Pair).then(|| pair(retired).0)
    }
}

struct Held(Operator);

impl Lock for Operator {
    fn acquire(&self) -> BoxFuture<'_, Result<Box<dyn Guard>, LockError>> {
        Box::pin(async {
            let mut state = self.world.0.borrow_mut();
            if state.lock.is_some_and(|holder| holder != *self.lock.borrow()) {
                return Err(LockError::Held(Holder { who: "another".into(), since: "then".into() }));
            }
            state.locks += 1;
            state.lock = Some(state.locks);
            self.lock.replace(state.locks);
            Ok(Box::new(Held(self.clone())) as Box<dyn Guard>)
        })
    }
}

impl Guard for Held {
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            // A place to be stopped at, right before what it guards.
            self.0.world.effect(self.0.cut, "check", |_| ()).await;
            self.0.fenced()
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.0.world.0.borrow_mut();
        if state.lock == Some(*self.0.lock.borrow()) {
            state.lock = None;
        }
    }
}

impl Delivery for Operator {
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn render<'a>(&'a self, _: &'a dyn Guard) -> BoxFuture<'a, Result<usize, Fault>> {
        Box::pin(async {
            let hosts = self.world.0.borrow().files.len();
            for host in 0..hosts {
                let seen = given(self.kind(), &self.world.read());
                // What was fetched a while ago is not written by whoever lost the lock since.
                self.at_backend("render", |state| state.files[host] = seen).await?;
            }
            Ok(hosts)
        })
    }

    fn reload(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            let hosts = self.world.0.borrow().files.len();
            for host in 0..hosts {
                let act = |state: &mut super::world::State| {
                    // The last host's process takes a while to drain.
                    let drains = host + 1 == hosts && state.kind.nature().accepts == Accepts::Both;
                    state.late.retain(|(late, ..)| *late != host);
                    match drains {
                        true => state.late.push((host, state.files[host].clone(), state.now + Duration::from_secs(9))),
                        false => state.running[host] = state.files[host].clone(),
                    }
                };
                self.world.effect(self.cut, "reload", act).await;
            }
            Ok(())
        })
    }
}

impl Journal for Operator {
    fn lines(&self) -> Result<Vec<String>, Fault> {
        Ok(self.journal.borrow().clone())
    }

    fn append(&self, line: &str) -> Result<(), Fault> {
        assert!(!line.contains("new") && !line.contains("\"old\""), "a value is in the journal: {line}");
        self.journal.borrow_mut().push(line.to_string());
        Ok(())
    }
}

impl Outside for Operator {
    fn now(&self) -> Duration {
        self.world.0.borrow().now
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.world.pass(time);
        Box::pin(async {})
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut state = self.world.0.borrow_mut();
        for byte in bytes {
            state.seed = state.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state.seed >> 33) as u8;
        }
    }
}
