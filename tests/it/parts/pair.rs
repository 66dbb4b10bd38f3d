//! A RapidPro database with its roles, and a driver that does the phases of a rotation in their order.

use std::rc::Rc;

use rpconf::model::Secret;
use rpconf::rotate::strategies::postgres::{AdvisoryLock, Backend, InPlace, RolePair, Server, SslMode};
use rpconf::rotate::{Credential, Fault, Guard, Lock as _, Login, Standing, Strategy};

use crate::deployment::awkward_secret;
use crate::parts::outside::{World, standing};
use crate::parts::postgres::Postgres;

/// The role that a RapidPro of old logs in by, and whose everything is.
pub const OWNER: &str = "temba";

/// A cluster with RapidPro's database in it: its owner has a password of every printable character and settings of its
/// own, and `rotator` may create roles and is no superuser.
pub fn deployed(owner: &str, settings: &[&str]) -> Postgres {
    let postgres = Postgres::start(settings);
    let quoted = awkward_secret().replace('\'', "''");
    for sql in [
        &format!("set log_statement = 'none'; create role \"{owner}\" login password '{quoted}'"),
        &format!("alter role \"{owner}\" set lock_timeout = '5000'"),
        &format!("create database rapidpro owner \"{owner}\""),
        &format!("alter role \"{owner}\" in database rapidpro set search_path = \"$user\", public"),
        "set log_statement = 'none'; create role rotator login createrole password 'changes-0'",
        "grant pg_read_all_stats, pg_signal_backend to rotator",
        // Since PostgreSQL 16, creating roles is not enough to change others'.
        &format!(
            "do $$ begin if current_setting('server_version_num')::int >= 160000 then
                execute 'grant \"{owner}\" to rotator with admin option, inherit false, set false';
            end if; end $$"
        ),
    ] {
        postgres.sql("postgres", sql);
    }
    postgres.sql(
        "rapidpro",
        &format!(
            "set role \"{owner}\"; create table orgs_org (id serial primary key, name text); create extension hstore;
             insert into orgs_org (name) values ('Nyaruka'); create table contacts_contact (id int, fields hstore)"
        ),
    );
    postgres
}

/// A login.
pub fn login(user: &str, password: &str) -> Credential {
    Credential::login(user, Secret::new(password.to_string()))
}

/// Who may change roles.
pub fn admin() -> Credential {
    login("rotator", "changes-0")
}

/// The server as a document names it.
pub fn server(port: u16) -> Server {
    Server { host: "127.0.0.1".into(), port, database: "rapidpro".into(), sslmode: SslMode::Prefer, ca: None }
}

/// The lock of `production/postgres`, for one operator.
pub fn lock(port: u16, who: &str) -> AdvisoryLock {
    AdvisoryLock::new(server(port), admin(), "production", "postgres", who)
}

/// What both strategies need, with changes on that lock's connection.
pub fn backend(port: u16, lock: &AdvisoryLock) -> Backend {
    Backend {
        server: server(port),
        pooler: None,
        admin: admin(),
        held: lock.held(),
        outside: Rc::new(World),
        kill_stragglers: false,
    }
}

/// A rotation that is driven by hand.
pub struct Driver<S> {
    pub strategy: S,
    pub standing: Standing,
    pub lock: AdvisoryLock,
    guard: Option<Box<dyn Guard>>,
}

impl Driver<RolePair> {
    /// By turns, from the owner's credential on.
    pub fn pair(postgres: &Postgres, owner: &str) -> Self {
        Self::new(postgres.port, login(owner, &awkward_secret()), |backend| RolePair { backend })
    }

    /// Prepares the pair.
    pub async fn adopt(&mut self) {
        self.locked(async |this| {
            let plan = this.strategy.plan_adoption(&this.standing).await?;
            this.strategy.adopt(&plan).await
        })
        .await
        .expect("adopted");
    }
}

impl Driver<InPlace> {
    /// One login.
    pub fn in_place(postgres: &Postgres, owner: &str) -> Self {
        Self::new(postgres.port, login(owner, &awkward_secret()), |backend| InPlace { backend })
    }
}

impl<S: Strategy> Driver<S> {
    fn new(port: u16, current: Credential, strategy: impl Fn(Backend) -> S) -> Self {
        let lock = lock(port, "ann@laptop 01J");
        Self { strategy: strategy(backend(port, &lock)), standing: standing(current), lock, guard: None }
    }

    /// Takes the lock, when it is not held.
    pub async fn take_lock(&mut self) {
        if self.guard.is_none() {
            self.guard = Some(self.lock.acquire().await.expect("the lock"));
        }
    }

    /// The lock that is held.
    pub fn guard(&self) -> &dyn Guard {
        self.guard.as_deref().expect("the lock")
    }

    /// Lets it go, as a process does that ends.
    pub fn let_go(&mut self) {
        self.guard = None;
    }

    /// Does something under the lock, twice: each call may be repeated.
    async fn locked<T>(&mut self, call: impl AsyncFn(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.take_lock().await;
        call(self).await?;
        call(self).await
    }

    /// GENERATE and STAGE.
    pub async fn stage(&mut self) {
        let survey = self.strategy.survey(&self.standing).await.expect("a survey");
        assert_eq!(survey.blocked, []);
        let made = self.strategy.generate(&self.standing).await.expect("a value");
        self.standing.next = Some(made.credential);
    }

    /// APPLY.
    pub async fn apply(&mut self) -> Result<(), Fault> {
        let (next, current) = (self.next(), self.standing.current.clone());
        self.locked(async |this| this.strategy.apply(&next, &current).await).await
    }

    /// VERIFY.
    pub async fn verify(&mut self) -> Result<(), Fault> {
        let next = self.next();
        self.locked(async |this| this.strategy.verify(&next).await).await
    }

    /// PROMOTE.
    pub fn promote(&mut self) {
        let next = self.standing.next.take().expect("a next");
        self.standing.previous = Some(std::mem::replace(&mut self.standing.current, next));
    }

    /// CONFIRM's measure.
    pub async fn left(&self) -> u64 {
        let previous = self.standing.previous.as_ref().expect("a previous");
        let left =
            self.strategy.gauge(previous, &self.standing.current, std::time::Duration::ZERO).await.expect("a gauge");
        left.iter().map(|consumer| consumer.connections).sum()
    }

    /// RETIRE and UNLOCK.
    pub async fn retire(&mut self) {
        let previous = self.standing.previous.take().expect("a previous");
        let keep = self.standing.current.clone();
        self.locked(async |this| this.strategy.retire(&previous, &keep, std::time::Duration::ZERO).await)
            .await
            .expect("retired");
        self.standing.standby = self.strategy.standby(&previous, &keep);
        self.let_go();
    }

    /// Rolls back before PROMOTE.
    pub async fn undo(&mut self) {
        let (next, keep) = (self.standing.next.take().expect("a next"), self.standing.current.clone());
        self.locked(async |this| this.strategy.undo(&next, &keep).await).await.expect("undone");
        self.let_go();
    }

    /// All of it, with nobody using the database.
    pub async fn rotate(&mut self) {
        self.stage().await;
        self.apply().await.expect("applied");
        assert_eq!(self.both().await, [Login::Works, self.beside()]);
        self.verify().await.expect("verified");
        self.promote();
        self.retire().await;
        assert_eq!(self.strategy.login(&self.standing.current).await, Login::Works);
    }

    /// Whether next and current log in.
    pub async fn both(&self) -> [Login; 2] {
        [self.strategy.login(&self.next()).await, self.strategy.login(&self.standing.current).await]
    }

    fn beside(&self) -> Login {
        match self.strategy.nature().accepts {
            rpconf::rotate::Accepts::Both => Login::Works,
            _ => Login::Refused,
        }
    }

    /// The value that was made.
    pub fn next(&self) -> Credential {
        self.standing.next.clone().expect("a next")
    }
}

/// The text of a secret, for tests that look for it where it must not be.
pub fn text(secret: &Secret<String>) -> &str {
    secret.expose()
}
