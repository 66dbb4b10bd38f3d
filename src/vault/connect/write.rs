//! Writing: single fields by PATCH, whole items by POST and PUT, DELETE.
//!
//! Connect has no If-Match: two writers do not notice each other, and a read after a write may return the old item for
//! seconds. Whoever writes reads back until it sees its own version.

use reqwest::Method;
use serde_json::Value;

use super::Connect;
use super::http::Request;
use super::retry::Kind;
use crate::model::Secret;
use crate::vault::change::{Change, NewItem, Writer, Written, patch};
use crate::vault::{BoxFuture, Item, ItemId, Refusal};

impl Connect {
    /// Changes fields of an item. Sent again only where it cannot have been carried out.
    pub async fn patch(&self, id: &ItemId, changes: &[Change]) -> Result<Item, Refusal> {
        let path = vec!["v1", "vaults", &id.vault, "items", &id.item];
        self.write(Method::PATCH, path, Some(id), patch(changes)).await
    }

    /// Creates an item. Sent again only where it cannot have been carried out.
    pub async fn create(&self, vault: &str, item: &NewItem) -> Result<Item, Refusal> {
        self.write(Method::POST, vec!["v1", "vaults", vault, "items"], None, item.body(vault)).await
    }

    /// Replaces an item by `whole`, JSON as Connect has it. What is not in it is lost: prefer [`Connect::patch`].
    pub async fn replace(&self, id: &ItemId, whole: &Secret<String>) -> Result<Item, Refusal> {
        let path = vec!["v1", "vaults", &id.vault, "items", &id.item];
        let item: Item = self.json(&Request { kind: Kind::Once, method: Method::PUT, path, body: Some(whole) }).await?;
        self.is_asked_for(&item, id)?;
        Ok(item)
    }

    /// Deletes an item. Sent again like a read: what is gone stays so.
    pub async fn delete(&self, id: &ItemId) -> Result<(), Refusal> {
        let path = vec!["v1", "vaults", &id.vault, "items", &id.item];
        let request = Request { kind: Kind::Repeatable, method: Method::DELETE, path, body: None };
        self.send(&request).await.map(drop)
    }

    async fn write(&self, method: Method, path: Vec<&str>, id: Option<&ItemId>, body: Value) -> Result<Item, Refusal> {
        let body = Secret::new(body.to_string());
        let item: Item = self.json(&Request { kind: Kind::Once, method, path, body: Some(&body) }).await?;
        match id {
            Some(id) => self.is_asked_for(&item, id)?,
            None => self.checked([item.summary.id.as_str()].into_iter())?,
        }
        Ok(item)
    }
}

impl Writer for Connect {
    fn create<'a>(&'a self, vault: &'a str, item: &'a NewItem) -> BoxFuture<'a, Result<Written, Refusal>> {
        Box::pin(async move {
            let summary = self.create(vault, item).await?.summary;
            let item = ItemId { vault: vault.to_string(), item: summary.id };
            Ok(Written { item, version: summary.version })
        })
    }

    fn change<'a>(&'a self, id: &'a ItemId, changes: &'a [Change]) -> BoxFuture<'a, Result<Written, Refusal>> {
        Box::pin(async move {
            let version = self.patch(id, changes).await?.summary.version;
            Ok(Written { item: id.clone(), version })
        })
    }
}
