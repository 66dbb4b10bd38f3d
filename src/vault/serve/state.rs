//! What the server keeps: the file's content, what was just written over, and who asked for what.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::fault::Fault;
use super::item::{Json, Stamp, accept};
use super::recipe::new_uuid;
use super::token::Token;
use crate::model::Secret;
use crate::model::moment::rfc3339;
use crate::vault::file::{Content, VaultContent, write};

/// How many requests the activity remembers.
const REMEMBERED: usize = 1000;

/// What the server does besides the plain thing.
#[derive(Debug, Default)]
pub struct Options {
    /// Who may ask; without a token, nobody.
    pub tokens: Vec<Token>,
    /// How long each answer is held back.
    pub latency: std::time::Duration,
    /// What goes wrong, the first that fits.
    pub faults: Vec<Fault>,
    /// How many reads of an item still get the old one after a write, as Connect's own copy of the data lags behind.
    pub stale_reads: u32,
}

/// Fills a buffer with random bytes.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;
/// Puts a file's new text in the place of the old one, all or nothing.
pub type Save = Box<dyn FnMut(&Secret<String>) -> Result<(), String> + Send>;

/// What the server needs of the outside world.
pub struct Outside {
    /// Seconds since 1970.
    pub now: Box<dyn Fn() -> u64 + Send>,
    /// For ids and generated values.
    pub random: Random,
    /// For the vault file.
    pub save: Save,
}

/// How much was asked of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests so far.
    pub requests: usize,
    /// Requests being answered.
    pub running: usize,
    /// The most that were being answered at a time.
    pub most: usize,
    /// Connections so far.
    pub connections: usize,
}

/// What a write does to an item.
pub(in crate::vault) enum Write {
    Put(Json),
    Delete,
}

pub(in crate::vault) struct State {
    content: Content,
    pub(super) tokens: Vec<Token>,
    pub(super) faults: Vec<Fault>,
    stale_reads: u32,
    /// By item: what was there before the last write, and how many reads still get it.
    stale: BTreeMap<String, (Option<Json>, u32)>,
    pub(super) activity: VecDeque<Value>,
    pub(super) counters: Counters,
    outside: Outside,
}

impl State {
    pub(in crate::vault) fn new(content: Content, options: Options, outside: Outside) -> Self {
        Self {
            content,
            tokens: options.tokens,
            faults: options.faults,
            stale_reads: options.stale_reads,
            stale: BTreeMap::new(),
            activity: VecDeque::new(),
            counters: Counters::default(),
            outside,
        }
    }

    pub(super) fn vaults(&self) -> &[VaultContent] {
        &self.content.vaults
    }

    pub(super) fn vault(&self, id: &str) -> Option<&VaultContent> {
        self.content.vaults.iter().find(|vault| vault.id == id)
    }

    /// An item as it is.
    pub(in crate::vault) fn item(&self, vault: &str, id: &str) -> Option<&Json> {
        self.vault(vault)?.items.iter().find(|item| has_id(item, id))
    }

    /// An item as a read sees it, which may be an older one.
    pub(super) fn read(&mut self, vault: &str, id: &str) -> Option<Json> {
        if let Some((old, left)) = self.stale.get_mut(id).filter(|(_, left)| *left > 0) {
            *left -= 1;
            return old.clone();
        }
        self.item(vault, id).cloned()
    }

    /// Checks what a client sent against the item that it follows.
    pub(in crate::vault) fn accept(&mut self, vault: &str, sent: &Json, old: Option<&Json>) -> Result<Json, String> {
        let now = rfc3339((self.outside.now)());
        accept(sent, old, Stamp { vault, now: &now, random: &mut self.outside.random })
    }

    /// Writes an item to memory and file, or to neither.
    pub(in crate::vault) fn write(&mut self, vault: &str, id: &str, write_: Write) -> Result<(), String> {
        let Some(at) = self.content.vaults.iter().position(|v| v.id == vault) else { return Ok(()) };
        let Some(items) = self.content.vaults.get_mut(at).map(|vault| &mut vault.items) else { return Ok(()) };
        let before = items.clone();
        let place = items.iter().position(|item| has_id(item, id));
        let old = match (write_, place) {
            (Write::Put(item), Some(place)) => items.get_mut(place).map(|old| std::mem::replace(old, item)),
            (Write::Put(item), None) => {
                items.push(item);
                None
            }
            (Write::Delete, Some(place)) => Some(items.remove(place)),
            (Write::Delete, None) => None,
        };
        if let Err(error) = (self.outside.save)(&write(&self.content)) {
            if let Some(vault) = self.content.vaults.get_mut(at) {
                vault.items = before;
            }
            return Err(error);
        }
        self.stale.insert(id.to_string(), (old, self.stale_reads));
        Ok(())
    }

    /// Remembers a request.
    pub(super) fn remember(&mut self, action: &str, allowed: bool, resource: Value, agent: &str) {
        let request = json!({
            "requestId": new_uuid(&mut self.outside.random),
            "timestamp": rfc3339((self.outside.now)()),
            "action": action,
            "result": if allowed { "SUCCESS" } else { "DENY" },
            "actor": {"userAgent": agent},
            "resource": resource,
        });
        self.activity.push_front(request);
        self.activity.truncate(REMEMBERED);
    }
}

fn has_id(item: &Json, id: &str) -> bool {
    item.get("id").and_then(Value::as_str) == Some(id)
}
