//! 1Password Connect: an async client of its own, as no official one exists for Rust.
//!
//! With ids known, one request an item is the floor; without, one lists the vaults and one a vault's titles. `filter`
//! is not used: one list answers for any number of titles, and no title has to be escaped.

mod http;
mod retry;
mod roots;
mod settings;
mod time;
mod write;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use serde::Deserialize;

use self::http::Request;
use self::retry::Kind;
use super::gather::gather;
use super::item::{Item, ItemSummary, VaultSummary};
use super::{AttachedFileId, BoxFuture, ItemId, Refusal, Vault, VaultError};
use crate::model::Secret;

pub use self::http::Exchange;
pub use self::settings::Settings;
pub use self::time::{Clock, Time};

/// How many requests run at a time.
const AT_ONCE: usize = 16;

/// A client of one Connect server. Its connections, and what is known of the token, live as long as it does.
pub struct Connect {
    /// As the user gave it.
    host: String,
    base: Url,
    client: reqwest::Client,
    authorization: HeaderValue,
    deadline: Duration,
    request_timeout: Duration,
    time: Rc<dyn Time>,
    observe: Box<dyn Fn(&Exchange)>,
    /// When the deadline began to run.
    begun: Cell<Duration>,
    /// Whether the token has been accepted.
    worked: Cell<bool>,
    /// The error after which nothing is asked any more.
    dead: RefCell<Option<VaultError>>,
}

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Connect {
    /// A client; nothing is sent yet. `observe` is told of every attempt.
    pub fn new(
        settings: &Settings,
        time: Rc<dyn Time>,
        observe: impl Fn(&Exchange) + 'static,
    ) -> Result<Self, VaultError> {
        let base = settings.base()?;
        Ok(Self {
            client: settings.client(&base)?,
            authorization: settings.authorization()?,
            host: settings.host.trim().to_string(),
            base,
            deadline: settings.deadline,
            request_timeout: settings.request_timeout,
            observe: Box::new(observe),
            begun: Cell::new(time.now()),
            time,
            worked: Cell::new(false),
            dead: RefCell::new(None),
        })
    }

    /// Lets the deadline begin anew, for a run that speaks to Connect more than once.
    pub fn restart(&self) {
        self.begun.set(self.time.now());
        self.dead.replace(None);
    }

    /// Asks the server for its name and version.
    pub async fn health(&self) -> Result<Health, Refusal> {
        self.json(&get(vec!["health"])).await
    }

    async fn list(&self, vault: &str) -> Result<Vec<ItemSummary>, Refusal> {
        let list: Vec<ItemSummary> = self.json(&get(vec!["v1", "vaults", vault, "items"])).await?;
        self.checked(list.iter().map(|item| item.id.as_str()))?;
        Ok(list)
    }

    async fn item(&self, id: &ItemId) -> Result<Rc<Item>, Refusal> {
        let item: Item = self.json(&get(vec!["v1", "vaults", &id.vault, "items", &id.item])).await?;
        self.is_asked_for(&item, id)?;
        Ok(Rc::new(item))
    }

    async fn file(&self, id: &AttachedFileId) -> Result<Secret<Vec<u8>>, Refusal> {
        let ItemId { vault, item } = &id.item;
        self.send(&get(vec!["v1", "vaults", vault, "items", item, "files", &id.file, "content"])).await
    }

    /// Another item than the one that was asked for must not pass for it.
    fn is_asked_for(&self, item: &Item, id: &ItemId) -> Result<(), Refusal> {
        let home = item.vault.as_ref().map_or("", |vault| vault.id.as_str());
        if item.summary.id == id.item && home == id.vault {
            return Ok(());
        }
        Err(Refusal::Failed(self.answer("another item than the one that was asked for")))
    }

    /// Ids become parts of paths, so that what is none is refused.
    fn checked<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
        let is_id =
            |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if ids.all(is_id) { Ok(()) } else { Err(Refusal::Failed(self.answer("an id that is none"))) }
    }
}

fn get(path: Vec<&str>) -> Request<'_> {
    Request { kind: Kind::Repeatable, method: Method::GET, path, body: None }
}

impl Vault for Connect {
    fn name(&self) -> &'static str {
        "connect"
    }

    fn vaults(&self) -> BoxFuture<'_, Result<Vec<VaultSummary>, VaultError>> {
        Box::pin(async {
            let refused = |refusal| match refusal {
                Refusal::Failed(error) => error,
                Refusal::Missing => VaultError::Status { host: self.host.clone(), status: 404 },
                Refusal::Forbidden => VaultError::Status { host: self.host.clone(), status: 403 },
            };
            let list: Vec<VaultSummary> = self.json(&get(vec!["v1", "vaults"])).await.map_err(refused)?;
            self.checked(list.iter().map(|vault| vault.id.as_str())).map_err(refused)?;
            Ok(list)
        })
    }

    fn summaries<'a>(&'a self, vaults: &'a [String]) -> BoxFuture<'a, Vec<Result<Vec<ItemSummary>, Refusal>>> {
        Box::pin(gather(AT_ONCE, vaults.iter().map(|vault| self.list(vault))))
    }

    fn items<'a>(&'a self, items: &'a [ItemId]) -> BoxFuture<'a, Vec<Result<Rc<Item>, Refusal>>> {
        Box::pin(gather(AT_ONCE, items.iter().map(|id| self.item(id))))
    }

    fn files<'a>(&'a self, files: &'a [AttachedFileId]) -> BoxFuture<'a, Vec<Result<Secret<Vec<u8>>, Refusal>>> {
        Box::pin(gather(AT_ONCE, files.iter().map(|id| self.file(id))))
    }
}

#[cfg(test)]
mod tests;
