//! What the strategies of PostgreSQL share: logins, sessions, and the one way in which a role is changed.

use std::rc::Rc;

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::connect::{ConnectError, Server};
use super::lock::Held;
use super::names;
use super::scram;
use super::session::{QueryError, Session, literal, name};
use crate::model::Secret;
use crate::rotate::{Consumer, Credential, Fault, Login, Outside};

/// What our own sessions are called; nobody counts them as consumers.
const OURS: &str = "rpconf rotate";

/// A database, and who may change its roles.
#[derive(Clone)]
pub struct Backend {
    /// The server itself, not a pooler in front of it.
    pub server: Server,
    /// The pooler that some consumers go through.
    pub pooler: Option<Server>,
    /// A role that may change the application's.
    pub admin: Credential,
    /// The connection that changes are made on, from [`AdvisoryLock::held`](super::AdvisoryLock::held).
    pub held: Held,
    /// Chance, for passwords and salts.
    pub outside: Rc<dyn Outside>,
    /// Whether sessions that are left on a retired login are ended.
    pub kill_stragglers: bool,
}

impl Backend {
    /// Logs in, and out.
    pub(super) async fn login(&self, who: &Credential) -> Login {
        match self.enter(who).await {
            Ok(_) => Login::Works,
            Err(ConnectError::Refused(_)) => Login::Refused,
            Err(error) => Login::Unknown(error.to_string()),
        }
    }

    /// A session in the application's database.
    pub(super) async fn enter(&self, who: &Credential) -> Result<Rc<Session>, ConnectError> {
        self.server.connect(who, OURS).await
    }

    /// The admin's session, for reading.
    pub(super) async fn watch(&self) -> Result<Rc<Session>, Fault> {
        let opened = self.server.connect_anywhere(&self.admin, OURS).await;
        opened.map_err(|error| match error {
            ConnectError::Refused(words) => Fault::Denied(format!("the admin cannot log in: {words}")),
            ConnectError::Closed(words) | ConnectError::Unreachable(words) => Fault::Unreachable(words),
        })
    }

    /// A password of ours, for a role.
    pub(super) fn generate(&self, user: &str) -> Credential {
        let password = crate::rotate::password(&*self.outside);
        let verifier = Some(scram::verifier(&password, &*self.outside));
        Credential { verifier, ..Credential::login(user, password) }
    }

    /// `PASSWORD '…'`, with the verifier that the credential carries; a legacy password gets its first one here.
    #[expect(clippy::disallowed_methods, reason = "the verifier goes to the server, which has no parameters for it")]
    pub(super) fn clause(&self, credential: &Credential) -> Result<Secret<String>, Fault> {
        let made;
        let verifier = match &credential.verifier {
            Some(kept) => kept,
            None => {
                made = scram::verifier(&credential.password, &*self.outside);
                &made
            }
        };
        scram::prove(verifier, &credential.password)?;
        Ok(Secret::new(format!("PASSWORD {}", literal(verifier.expose()))))
    }

    /// Makes a role's password valid: `more` is said of the role beside it, `after` is run in the same transaction.
    #[expect(clippy::disallowed_methods, reason = "the statement holds the verifier")]
    pub(super) async fn set(&self, credential: &Credential, more: &str, after: &[String]) -> Result<(), Fault> {
        let clause = self.clause(credential)?;
        let role = names::user(credential)?;
        let alter = Secret::new(format!("ALTER ROLE {} {more} {}", name(role), clause.expose()));
        let done = self.transaction(std::iter::once(alter.expose().as_str()).chain(after.iter().map(String::as_str)));
        done.await.map_err(|error| match error {
            // What password policies say no with: of their own, or by way of an exception.
            QueryError::Refused { code, words } if is_policy(&code) => Fault::Rejected(words),
            error => changed(error),
        })
    }

    /// Changes roles, all or nothing, on the connection that holds the lock.
    pub(super) async fn change(&self, statements: &[String]) -> Result<(), Fault> {
        self.transaction(statements.iter().map(String::as_str)).await.map_err(changed)
    }

    async fn transaction<'a>(&self, statements: impl Iterator<Item = &'a str>) -> Result<(), QueryError> {
        let session = self.held.session().ok_or_else(|| QueryError::Lost("it is not held".into()))?;
        let work = async {
            // Each in a message of its own: a message is logged whole, before the first of its statements is run.
            session.run("BEGIN").await?;
            session.run("SET LOCAL lock_timeout = '3s'").await?;
            if session.run("SHOW is_superuser").await?.as_deref() == Some("on") {
                session.run(QUIET).await?;
            }
            for statement in statements {
                session.run(statement).await?;
            }
            session.run("COMMIT").await.map(drop)
        };
        let done = work.await;
        if matches!(done, Err(QueryError::Refused { .. })) {
            session.run("ROLLBACK").await?;
        }
        done
    }

    /// Who is logged in by a role: whom, and how many of each. With `until`, seconds
    /// since 1970, only sessions that began before.
    pub(super) async fn sessions(&self, role: &str, until: Option<&str>) -> Result<Vec<Consumer>, Fault> {
        let session = self.watch().await?;
        let rows = session.rows(&format!("{SESSIONS} {ACTIVE} GROUP BY 1, 2 ORDER BY 1, 2"), &[&role, &until]).await?;
        Ok(rows.iter().filter_map(consumer).collect())
    }

    /// Ends sessions of a role; those who came back are somebody else's.
    pub(super) async fn kill(&self, role: &str, until: Option<&str>) -> Result<(), Fault> {
        let session = self.held.session().ok_or_else(|| Fault::LockLost("it is not held".into()))?;
        session.rows(&format!("SELECT pg_terminate_backend(pid) {ACTIVE}"), &[&role, &until]).await?;
        Ok(())
    }
}

/// A refusal while a role is changed; a broken connection took the lock with it.
fn changed(error: QueryError) -> Fault {
    match error {
        QueryError::Lost(words) => Fault::LockLost(words),
        QueryError::Refused { code, words } if code == SqlState::UNDEFINED_OBJECT => {
            Fault::Unfit(format!("{words}: run `rpconf rotate adopt` first"))
        }
        error => error.into(),
    }
}

fn is_policy(code: &SqlState) -> bool {
    ["22", "28", "P0"].iter().any(|class| code.code().starts_with(class))
}

/// A superuser can keep even the verifier out of the log: it is no password, but proves the server to clients.
const QUIET: &str = "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1;
    SET LOCAL log_min_error_statement = 'panic'; SET LOCAL pg_stat_statements.track_utility = off";

/// Sessions of a role that are not ours.
const ACTIVE: &str = "FROM pg_stat_activity
    WHERE usename = $1 AND pid <> pg_backend_pid() AND application_name NOT LIKE 'rpconf %'
        AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')
        AND ($2::text IS NULL OR backend_start IS NULL OR backend_start < to_timestamp($2::text::float8))";

/// PostgreSQL shows addresses and times of others' sessions to members of their role and of `pg_read_all_stats` only.
const SESSIONS: &str = "SELECT coalesce(nullif(application_name, ''), '(no name)') AS name,
        CASE WHEN backend_start IS NULL THEN '(hidden)' ELSE coalesce(host(client_addr), 'local') END AS address,
        count(*) AS connections";

fn consumer(row: &Row) -> Option<Consumer> {
    let connections: i64 = row.try_get("connections").ok()?;
    Some(Consumer {
        name: row.try_get("name").ok()?,
        address: row.try_get("address").ok()?,
        connections: u64::try_from(connections).ok()?,
    })
}
