//! Writing to a vault file, by the very code with which `vault serve` writes: what is no item there is none here.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::Content;
use crate::vault::change::{Change, NewItem, Writer, Written, patch};
use crate::vault::serve::{Options, Outside, State, Write, apply};
use crate::vault::{BoxFuture, ItemId, Refusal, VaultError};

/// A vault file that is written to. Each write goes to the file, all of it or nothing.
pub struct FileWriter {
    name: String,
    state: RefCell<State>,
}

impl FileWriter {
    /// A writer of the file that `content` was read from; `name` stands in messages.
    pub fn new(name: &str, content: Content, outside: Outside) -> Self {
        Self { name: name.to_string(), state: RefCell::new(State::new(content, Options::default(), outside)) }
    }

    fn create_now(&self, vault: &str, item: &NewItem) -> Result<Written, Refusal> {
        let Value::Object(body) = item.body(vault) else { return Err(Refusal::Missing) };
        let mut state = self.state.borrow_mut();
        let item = state.accept(vault, &body, None).map_err(|why| self.failed(why))?;
        self.put(&mut state, vault, item)
    }

    fn change_now(&self, id: &ItemId, changes: &[Change]) -> Result<Written, Refusal> {
        let mut state = self.state.borrow_mut();
        let old: Map<String, Value> = state.item(&id.vault, &id.item).cloned().ok_or(Refusal::Missing)?;
        let mut patched = old.clone();
        apply(&mut patched, &patch(changes)).map_err(|why| self.failed(why))?;
        let item = state.accept(&id.vault, &patched, Some(&old)).map_err(|why| self.failed(why))?;
        self.put(&mut state, &id.vault, item)
    }

    fn put(&self, state: &mut State, vault: &str, item: Map<String, Value>) -> Result<Written, Refusal> {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_string();
        let version = item.get("version").and_then(Value::as_u64).unwrap_or_default();
        state.write(vault, &id, Write::Put(item)).map_err(|why| self.failed(why))?;
        Ok(Written { item: ItemId { vault: vault.to_string(), item: id }, version })
    }

    fn failed(&self, why: String) -> Refusal {
        Refusal::Failed(VaultError::Write { name: self.name.clone(), why })
    }
}

impl Writer for FileWriter {
    fn create<'a>(&'a self, vault: &'a str, item: &'a NewItem) -> BoxFuture<'a, Result<Written, Refusal>> {
        Box::pin(async move { self.create_now(vault, item) })
    }

    fn change<'a>(&'a self, id: &'a ItemId, changes: &'a [Change]) -> BoxFuture<'a, Result<Written, Refusal>> {
        Box::pin(async move { self.change_now(id, changes) })
    }
}
