//! What is written to a vault: changes of fields, new items, in Connect's JSON form, which a vault file keeps too.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::connect::Time;
use super::{BoxFuture, ItemId, Refusal, Section, Vault};
use crate::model::Secret;

/// A backend that can be written to. Nothing is ever replaced but a field's value, and that only by [`Change::Set`].
pub trait Writer {
    /// Creates an item in the vault with this id.
    fn create<'a>(&'a self, vault: &'a str, item: &'a NewItem) -> BoxFuture<'a, Result<Written, Refusal>>;

    /// Changes fields of an item, all or none.
    fn change<'a>(&'a self, id: &'a ItemId, changes: &'a [Change]) -> BoxFuture<'a, Result<Written, Refusal>>;
}

/// What a write left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The item.
    pub item: ItemId,
    /// Its version since then.
    pub version: u64,
}

/// How often a written item is read again, and how long the pause in between is.
const READS: (u32, Duration) = (20, Duration::from_millis(500));

impl Written {
    /// Waits until reads show it: Connect answers from a copy of its own, which lags seconds behind its writes. Answers
    /// whether they do.
    pub async fn shows(&self, vault: &dyn Vault, time: &dyn Time) -> bool {
        for _ in 0..READS.0 {
            let read = vault.items(std::slice::from_ref(&self.item)).await;
            if read.iter().flatten().any(|item| item.summary.version >= self.version) {
                return true;
            }
            time.sleep(READS.1).await;
        }
        false
    }
}

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
    /// Adds a section.
    AddSection {
        /// It.
        section: Section,
        /// Whether the item has none yet: there is no list then that it could be added to.
        first: bool,
    },
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

/// Changes as one patch.
pub(super) fn patch(changes: &[Change]) -> Value {
    changes.iter().map(operation).collect()
}

impl NewItem {
    /// The item as it is sent.
    pub(super) fn body(&self, vault: &str) -> Value {
        let sections = self.sections.iter().map(|section| json!({"id": section.id, "label": section.label}));
        json!({
            "vault": {"id": vault}, "title": self.title, "category": self.category,
            "sections": sections.collect::<Vec<_>>(), "fields": self.fields.iter().map(field).collect::<Vec<_>>(),
        })
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
        Change::AddSection { section, first } => {
            let value = json!({"id": section.id, "label": section.label});
            json!({"op": "add", "path": "/sections", "value": if *first { json!([value]) } else { value }})
        }
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
