//! Connections, as libpq makes them: `sslmode` means here what it means to every other consumer.

use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::SslMode as Wire;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

use super::session::Session;
use super::tls;
use crate::model::Secret;
use crate::rotate::Credential;

/// How long a server may take to let someone in.
const PATIENCE: Duration = Duration::from_secs(15);
/// A connection that holds a lock must not outlive the network: dead after a minute at most.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A server, and a database of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Host name, address, or the folder of its socket.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The application's database.
    pub database: String,
    /// How connections are encrypted.
    pub sslmode: SslMode,
    /// Certificates of authorities in PEM, for `verify-ca` and `verify-full`.
    pub ca: Option<Vec<u8>>,
}

/// libpq's `sslmode` (PostgreSQL 34.19.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted only if the server refuses otherwise.
    Allow,
    /// Encrypted if the server can; libpq's default.
    Prefer,
    /// Encrypted; the certificate may be anyone's.
    Require,
    /// Encrypted, the certificate signed by a known authority.
    VerifyCa,
    /// As `verify-ca`, and made out to this host.
    VerifyFull,
}

impl FromStr for SslMode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return Err(()),
        })
    }
}

/// Why there is no connection. Words never hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ConnectError {
    /// The server knows no such role, or the password is wrong, or the role may not log in.
    #[error("{0}")]
    Refused(String),
    /// The server lets this role, or this host, not into this database; another may do.
    #[error("{0}")]
    Closed(String),
    /// Nobody answered, or something else was wrong.
    #[error("{0}")]
    Unreachable(String),
}

impl Server {
    /// The same server, another database.
    fn at(&self, database: &str) -> Self {
        Self { database: database.into(), ..self.clone() }
    }

    /// Logs in.
    pub(super) async fn connect(&self, who: &Credential, application: &str) -> Result<Rc<Session>, ConnectError> {
        let attempt = |wire| self.attempt(wire, who, application);
        // As libpq does: another try only when the server's own rules refused the first, never after a wrong password.
        match self.sslmode {
            SslMode::Disable => attempt(Wire::Disable).await,
            SslMode::Allow => match attempt(Wire::Disable).await {
                Err(ConnectError::Closed(_)) => attempt(Wire::Require).await,
                done => done,
            },
            SslMode::Prefer => match attempt(Wire::Prefer).await {
                Err(ConnectError::Closed(_)) => attempt(Wire::Disable).await,
                done => done,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => attempt(Wire::Require).await,
        }
    }

    /// Logs in to the database `postgres`, or where there is none, or none for this role, to the application's: roles,
    /// sessions and locks are seen from each.
    pub(super) async fn connect_anywhere(
        &self,
        who: &Credential,
        application: &str,
    ) -> Result<Rc<Session>, ConnectError> {
        match self.at("postgres").connect(who, application).await {
            Err(ConnectError::Closed(_)) => self.connect(who, application).await,
            opened => opened,
        }
    }

    async fn attempt(&self, wire: Wire, who: &Credential, application: &str) -> Result<Rc<Session>, ConnectError> {
        let config = self.config(wire, who, application);
        let opened = tokio::time::timeout(PATIENCE, async {
            // The task ends with its connection, which ends with the session.
            if wire == Wire::Disable || self.host.starts_with('/') {
                let (client, connection) = config.connect(NoTls).await.map_err(|error| self.reason(&error))?;
                tokio::spawn(async move { drop(connection.await) });
                return Ok(client);
            }
            let tls = tls::connector(self.sslmode, self.ca.as_deref()).map_err(ConnectError::Unreachable)?;
            let (client, connection) = config.connect(tls).await.map_err(|error| self.reason(&error))?;
            tokio::spawn(async move { drop(connection.await) });
            Ok(client)
        });
        match opened.await {
            Ok(client) => Ok(Rc::new(Session::new(client?))),
            Err(_) => Err(ConnectError::Unreachable(format!("{self} does not answer"))),
        }
    }

    fn config(&self, wire: Wire, who: &Credential, application: &str) -> Config {
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.database)
            .user(who.user.as_deref().unwrap_or_default())
            .password(bytes(&who.password))
            .application_name(application)
            .ssl_mode(wire)
            .connect_timeout(PATIENCE)
            .keepalives(true)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
        config
    }

    fn reason(&self, error: &tokio_postgres::Error) -> ConnectError {
        let Some(answer) = error.as_db_error() else {
            return ConnectError::Unreachable(format!("{self}: {}", causes(error)));
        };
        let words = answer.message().to_string();
        // The function that reports `pg_hba.conf`'s refusals, with the same code as those of a role that may not log in.
        let by_rule = answer.routine() == Some("ClientAuthentication");
        let code = answer.code();
        if by_rule || [SqlState::INVALID_CATALOG_NAME, SqlState::INSUFFICIENT_PRIVILEGE].contains(code) {
            ConnectError::Closed(words)
        } else if [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION].contains(code) {
            ConnectError::Refused(words)
        } else {
            ConnectError::Unreachable(format!("{self}: {words}"))
        }
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgreSQL at {}:{}", self.host, self.port)
    }
}

/// An error of the client library with what is behind it: `error connecting to server: Connection refused`.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !words.ends_with(&text) {
            words = format!("{words}: {text}");
        }
        cause = next.source();
    }
    words
}

#[expect(clippy::disallowed_methods, reason = "a login takes the password itself; SCRAM keeps it off the wire")]
fn bytes(password: &Secret<String>) -> &[u8] {
    password.expose().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expect: Result<SslMode, ()>) {
        assert_eq!(word.parse(), expect, "{word}");
    }

    #[test]
    fn words_are_libpqs() {
        check("disable", Ok(SslMode::Disable));
        check("verify-full", Ok(SslMode::VerifyFull));
        check("VERIFY-FULL", Err(()));
        check("", Err(()));
    }
}
