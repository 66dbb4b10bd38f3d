//! Writing: single fields by PATCH, whole items by POST and PUT, DELETE.
//!
//! Connect has no If-Match: two writers do not notice each other, and a read after a write may return the old item for
//! seconds. Whoever writes reads back until it sees its own version.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::Connect;
use super::http::Request;
use super::retry::Kind;
use crate::model::Secret;
use crate::vault::{Item, ItemId, Refusal, Section};

/// One change of an item's fields. Several travel in one request and bump the version by one.
#[derive(Debug)]
pub enum Change {
    /// Gives a field a value.
    Set {
        /// The field's id.
        field: String,
        /// Its new value.
        value: Secret<String>,
    },
    /// Takes a field's value away and leaves the field.
    Clear {
        /// The field's id.
        field: String,
    },
    /// Adds a field.
    Add(NewField),
    /// Removes a field.
    Remove {
        /// The field's id.
        field: String,
    },
}

/// A field to be written.
#[derive(Debug, Default)]
pub struct NewField {
    /// Given by the server when absent.
    pub id: Option<String>,
    /// What people see.
    pub label: String,
    /// `STRING`, `CONCEALED`, …; `STRING` when empty.
    pub kind: String,
    /// `USERNAME`, `PASSWORD`, `NOTES`, or nothing.
    pub purpose: String,
    /// Where it stands.
    pub section: Option<Section>,
    /// Its value.
    pub value: Option<Secret<String>>,
    /// Lets the server generate a value of so many characters.
    pub generate: Option<u8>,
}

/// An item to be created.
#[derive(Debug, Default)]
pub struct NewItem {
    /// Its title.
    pub title: String,
    /// `LOGIN`, `DATABASE`, …
    pub category: String,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its fields.
    pub fields: Vec<NewField>,
}

impl Connect {
    /// Changes fields of an item. Sent again only where it cannot have been carried out.
    pub async fn patch(&self, id: &ItemId, changes: &[Change]) -> Result<Item, Refusal> {
        let operations: Vec<Value> = changes.iter().map(operation).collect();
        let path = vec!["v1", "vaults", &id.vault, "items", &id.item];
        self.write(Method::PATCH, path, Some(id), Value::from(operations)).await
    }

    /// Creates an item. Sent again only where it cannot have been carried out.
    pub async fn create(&self, vault: &str, item: &NewItem) -> Result<Item, Refusal> {
        let sections = item.sections.iter().map(|section| json!({"id": section.id, "label": section.label}));
        let body = json!({
            "vault": {"id": vault}, "title": item.title, "category": item.category,
            "sections": sections.collect::<Vec<_>>(), "fields": item.fields.iter().map(field).collect::<Vec<_>>(),
        });
        self.write(Method::POST, vec!["v1", "vaults", vault, "items"], None, body).await
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

/// A change as RFC 6902 has it, with Connect's field ids in the path.
#[expect(clippy::disallowed_methods, reason = "the value is written to the vault")]
fn operation(change: &Change) -> Value {
    let path = |field: &str, rest: &str| format!("/fields/{}{rest}", field.replace('~', "~0").replace('/', "~1"));
    match change {
        // `add` also replaces what is there, and works where there is no value yet (RFC 6902, 4.1).
        Change::Set { field, value } => json!({"op": "add", "path": path(field, "/value"), "value": value.expose()}),
        Change::Clear { field } => json!({"op": "remove", "path": path(field, "/value")}),
        Change::Add(new) => json!({"op": "add", "path": "/fields", "value": field(new)}),
        Change::Remove { field } => json!({"op": "remove", "path": path(field, "")}),
    }
}

#[expect(clippy::disallowed_methods, reason = "the value is written to the vault")]
fn field(new: &NewField) -> Value {
    let mut field = Map::new();
    let mut text = |key: &str, value: &str| {
        if !value.is_empty() {
            field.insert(key.to_string(), value.into());
        }
    };
    text("id", new.id.as_deref().unwrap_or_default());
    text("label", &new.label);
    text("type", if new.kind.is_empty() { "STRING" } else { &new.kind });
    text("purpose", &new.purpose);
    text("value", new.value.as_ref().map_or("", |value| value.expose()));
    if let Some(section) = &new.section {
        field.insert("section".into(), json!({"id": section.id}));
    }
    if let Some(length) = new.generate {
        field.insert("generate".into(), true.into());
        field.insert("recipe".into(), json!({"length": length, "characterSets": ["LETTERS", "DIGITS"]}));
    }
    field.into()
}
