//! One Redis server: a connection to it, and an answer's meaning. What a server says to an error is never shown: it quotes
//! its arguments (`unknown command 'x', with args beginning with: …`).

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, FromRedisValue, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo, RedisError,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::super::super::{Credential, Fault};
use super::server::Info;

/// How connections of rotations are called, in every run's list of clients.
pub(super) const OURS: &str = "rpconf-rotate";

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Why a server did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// The password is not taken.
    #[error("{0} refuses the password")]
    Refused(Address),
    /// No answer, or none for now.
    #[error("{0}")]
    Unreachable(String),
    /// The user may not.
    #[error("{0}")]
    Denied(String),
    /// The server does not know the command.
    #[error("{0} does not know `{1}`")]
    Unknown(Address, String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        let words = trouble.to_string();
        match trouble {
            Trouble::Unreachable(_) => Self::Unreachable(words),
            Trouble::Refused(_) | Trouble::Denied(_) => Self::Denied(words),
            Trouble::Unknown(..) | Trouble::Other(_) => Self::Unfit(words),
        }
    }
}

/// A server that was connected to.
pub(super) struct Node {
    pub(super) address: Address,
    /// What it tells about itself; empty before a login.
    pub(super) info: Info,
    connection: MultiplexedConnection,
    patience: Duration,
}

impl Node {
    /// Connects, and is nobody yet. The login is a command of its own, so that its refusal is told from other trouble.
    pub(super) async fn connect(address: &Address, patience: Duration) -> Result<Self, Trouble> {
        let settings = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(patience)).set_response_timeout(Some(patience));
        let connected = async {
            let info = ConnectionAddr::Tcp(address.host.clone(), address.port).into_connection_info()?;
            let client = Client::open(info.set_redis_settings(settings))?;
            client.get_multiplexed_async_connection_with_config(&config).await
        };
        let connection = connected.await.map_err(|error| trouble(address, "", &error))?;
        Ok(Self { address: address.clone(), info: Info::default(), connection, patience })
    }

    /// Connects and logs in by the first credential that is taken.
    pub(super) async fn login(
        address: &Address,
        patience: Duration,
        credentials: &[&Credential],
    ) -> Result<Self, Trouble> {
        let mut node = Self::connect(address, patience).await?;
        for credential in credentials {
            match node.auth(credential).await {
                Err(Trouble::Refused(_)) => {}
                done => {
                    done?;
                    node.info = Info::read(&node.ask::<String>(&["INFO"]).await?);
                    // Another operator's run may be stopped with its connections open. A user may lack the command.
                    let _ = node.ask::<()>(&["CLIENT", "SETNAME", OURS]).await;
                    return Ok(node);
                }
            }
        }
        Err(Trouble::Refused(address.clone()))
    }

    /// Whether a new connection is let in by this credential.
    pub(super) async fn again(&self, credential: &Credential) -> Result<(), Trouble> {
        Self::connect(&self.address, self.patience).await?.auth(credential).await
    }

    /// Sends a command. Its words but the first two are not for messages.
    pub(super) async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> Result<T, Trouble> {
        let (name, rest) = words.split_first().unwrap_or((&"", &[]));
        let shown = match (*name, rest.first()) {
            ("ACL" | "CONFIG" | "CLIENT", Some(second)) => format!("{name} {second}"),
            _ => (*name).to_string(),
        };
        let mut command = redis::cmd(name);
        command.arg(rest);
        let answer = command.query_async(&mut self.connection.clone()).await;
        answer.map_err(|error| trouble(&self.address, &shown, &error))
    }

    #[expect(clippy::disallowed_methods, reason = "a login sends the password to the server")]
    async fn auth(&self, credential: &Credential) -> Result<(), Trouble> {
        let password = credential.password.expose();
        match &credential.user {
            // What the services send: they ignore a URL's user.
            None => self.ask(&["AUTH", password]).await,
            Some(user) => self.ask(&["AUTH", user, password]).await,
        }
    }
}

/// The digest that an ACL holds in place of a password.
#[expect(clippy::disallowed_methods, reason = "a digest goes to the server in place of the password")]
pub(super) fn digest(credential: &Credential) -> Zeroizing<String> {
    let digest = Sha256::digest(credential.password.expose().as_bytes());
    Zeroizing::new(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two credentials have one password.
pub(super) fn same(one: &Credential, other: &Credential) -> bool {
    digest(one) == digest(other)
}

/// The name of a credential's user at the server.
pub(super) fn user(credential: &Credential) -> &str {
    credential.user.as_deref().unwrap_or("default")
}

fn trouble(address: &Address, command: &str, error: &RedisError) -> Trouble {
    let detail = error.detail().unwrap_or_default();
    match error.code() {
        None if error.is_connection_refusal() => Trouble::Unreachable(format!("{address} refuses connections")),
        None if error.is_timeout() => Trouble::Unreachable(format!("{address} does not answer")),
        None if error.is_io_error() => Trouble::Unreachable(format!("the connection to {address} broke")),
        None => Trouble::Other(format!("{address} answers something else than Redis would")),
        Some("WRONGPASS" | "NOAUTH") => Trouble::Refused(address.clone()),
        Some("NOPERM") => Trouble::Denied(format!("the user may not run `{command}` at {address}")),
        Some("DENIED") => Trouble::Denied(format!("{address} is in protected mode")),
        Some(code @ ("LOADING" | "MASTERDOWN" | "BUSY" | "TRYAGAIN")) => {
            Trouble::Unreachable(format!("{address} is not ready: {code}"))
        }
        // Before 6.0, and where nobody needs a password.
        Some("ERR") if command == "AUTH" => Trouble::Refused(address.clone()),
        Some("ERR") if detail.starts_with("unknown") || detail.starts_with("Unknown") => {
            Trouble::Unknown(address.clone(), command.to_string())
        }
        Some("ERR") if detail.starts_with("max number of clients") => {
            Trouble::Unreachable(format!("{address} has no connection left"))
        }
        Some(code) => Trouble::Other(format!("{address} answers `{code}` to `{command}`")),
    }
}
