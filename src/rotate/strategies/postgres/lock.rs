//! The lock of each target: an advisory lock of PostgreSQL, which every RapidPro has.
//!
//! It lives and dies with its connection: a killed holder frees it in milliseconds. A holder that was stopped keeps it, and
//! [`AdvisoryLock::unlock`] ends its connection; when it wakes up it finds that out, as every change of a role runs on this
//! very connection ([`Held`]), and other backends' changes come after [`Guard::check`].

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

use super::connect::Server;
use super::session::{QueryError, Session};
use crate::rotate::{Credential, Fault, Guard, Holder, Lock, LockError};
use crate::vault::BoxFuture;

/// The lock of one target of one environment.
#[derive(Debug)]
pub struct AdvisoryLock {
    server: Server,
    admin: Credential,
    place: String,
    who: String,
    held: Held,
}

/// The connection that holds the lock, for whoever makes changes: when the lock is gone, so is the connection.
#[derive(Debug, Clone, Default)]
pub struct Held(Rc<RefCell<Weak<Session>>>);

impl Held {
    /// The connection, while the lock is held.
    pub(super) fn session(&self) -> Option<Rc<Session>> {
        self.0.borrow().upgrade()
    }
}

impl AdvisoryLock {
    /// `who` is what a loser is told: the operator, the host, the rotation. PostgreSQL keeps 63 bytes, ASCII, of it and
    /// what is around it.
    pub fn new(server: Server, admin: Credential, environment: &str, target: &str, who: &str) -> Self {
        let place = format!("{environment}/{target}");
        Self { server, admin, place, who: who.into(), held: Held::default() }
    }

    /// Where the strategies of this run find the connection.
    pub fn held(&self) -> Held {
        self.held.clone()
    }

    /// Who holds it.
    pub async fn holder(&self) -> Result<Option<Holder>, LockError> {
        Ok(self.other(&*self.open().await?).await?.map(|(_, holder)| holder))
    }

    /// Ends the holder's connection, and so takes the lock from it; answers whose it was.
    pub async fn unlock(&self) -> Result<Option<Holder>, LockError> {
        let session = self.open().await?;
        let Some((pid, holder)) = self.other(&session).await? else { return Ok(None) };
        session.run(&format!("SELECT pg_terminate_backend({pid})")).await.map_err(unreachable)?;
        for _ in 0..50 {
            match self.other(&session).await? {
                Some((still, _)) if still == pid => session.run("SELECT pg_sleep(0.1)").await.map_err(unreachable)?,
                _ => return Ok(Some(holder)),
            };
        }
        Err(LockError::Unreachable(format!("{} does not let go of the lock", holder.who)))
    }

    async fn take(&self) -> Result<Box<dyn Guard>, LockError> {
        let session = self.open().await?;
        session.run(SETTINGS).await.map_err(unreachable)?;
        let taken = session.run(&format!("SELECT pg_try_advisory_lock({})", self.key())).await.map_err(unreachable)?;
        // Locks are a database's own: whoever could not enter `postgres` and went to the application's has got the same key beside us. Two who come at
        // once both see that, and both let go.
        let other = self.other(&session).await?;
        match (taken.as_deref(), other) {
            (_, Some((_, holder))) => Err(LockError::Held(holder)),
            (Some("t"), None) => {
                *self.held.0.borrow_mut() = Rc::downgrade(&session);
                Ok(Box::new(Advisory { session, key: self.key() }))
            }
            // Whoever had it let go between the two questions.
            (_, None) => Err(LockError::Unreachable("the lock is just being let go of: try again".into())),
        }
    }

    async fn open(&self) -> Result<Rc<Session>, LockError> {
        let opened = self.server.connect_anywhere(&self.admin, &self.application()).await;
        opened.map_err(|error| LockError::Unreachable(error.to_string()))
    }

    /// What the connection is called: what says most comes first, as the end is cut off.
    fn application(&self) -> String {
        let mut name = format!("rpconf {} {}", self.who, self.place);
        name.retain(|letter| (' '..='~').contains(&letter));
        name.truncate(63);
        name
    }

    async fn other(&self, session: &Session) -> Result<Option<(i32, Holder)>, LockError> {
        let found = session.rows(HOLDER, &[&self.key()]).await.map_err(unreachable)?;
        found.first().map(|row| self.read(row)).transpose().map_err(|error| LockError::Unreachable(error.to_string()))
    }

    fn read(&self, row: &Row) -> Result<(i32, Holder), tokio_postgres::Error> {
        let (pid, name, since): (i32, Option<String>, Option<String>) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let who = name.as_deref().and_then(|name| name.strip_prefix("rpconf ")).map(|name| {
            // The place may be cut off.
            let cut = name.rfind(' ').filter(|at| self.place.starts_with(name.get(at + 1..).unwrap_or_default()));
            cut.map_or(name, |at| name.get(..at).unwrap_or_default()).to_string()
        });
        let who = who.unwrap_or_else(|| format!("the session of PostgreSQL's process {pid}"));
        Ok((pid, Holder { who, since: since.unwrap_or_else(|| "a time that this admin may not see".into()) }))
    }

    fn key(&self) -> i64 {
        let digest = Sha256::digest(format!("rpconf/{}", self.place));
        digest.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
    }
}

impl Lock for AdvisoryLock {
    fn acquire(&self) -> BoxFuture<'_, Result<Box<dyn Guard>, LockError>> {
        Box::pin(self.take())
    }
}

/// A session that is only there to be there must not be ended for being idle (PostgreSQL 14 can), a dead network be noticed,
/// and a change not wait behind another of the same role.
const SETTINGS: &str = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
    SET lock_timeout = '3s'; SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '15s';
    SELECT set_config('idle_session_timeout', '0', false)
    WHERE current_setting('server_version_num')::int >= 140000";

/// Who else holds a key, in whichever database.
const HOLDER: &str = "SELECT l.pid, a.application_name,
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
    FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
        AND ((l.classid::bigint << 32) | l.objid::bigint) = $1
    ORDER BY a.backend_start LIMIT 1";

/// A lock that is held, by being connected.
struct Advisory {
    session: Rc<Session>,
    key: i64,
}

impl Guard for Advisory {
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            let mine = format!(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
                    AND pid = pg_backend_pid() AND ((classid::bigint << 32) | objid::bigint) = {}",
                self.key
            );
            match self.session.run(&mine).await {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(Fault::LockLost("the server let go of it".into())),
                Err(error) => Err(Fault::LockLost(error.to_string())),
            }
        })
    }
}

fn unreachable(error: QueryError) -> LockError {
    LockError::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::connect::SslMode;
    use super::*;
    use crate::model::Secret;

    fn lock(environment: &str, who: &str) -> AdvisoryLock {
        let server =
            Server { host: "db".into(), port: 5432, database: "temba".into(), sslmode: SslMode::Prefer, ca: None };
        AdvisoryLock::new(server, Credential::login("admin", Secret::new("x".into())), environment, "postgres", who)
    }

    #[test]
    fn each_target_has_its_key_for_ever() {
        assert_eq!(lock("production", "a").key(), lock("production", "b").key());
        assert_ne!(lock("production", "a").key(), lock("staging", "a").key());
        // Another one would let an older rpconf in beside a newer one.
        assert_eq!(lock("production", "a").key(), 5_469_135_669_531_385_167);
    }

    #[test]
    fn the_name_is_what_postgresql_keeps_of_it() {
        assert_eq!(lock("production", "ann@laptop 01J").application(), "rpconf ann@laptop 01J production/postgres");
        assert_eq!(lock("production", "änn@laptop").application(), "rpconf nn@laptop production/postgres");
        assert_eq!(lock("production", &"x".repeat(80)).application().len(), 63);
    }
}
