//! The lock file: which ids the names of an environment's references stood for. It holds no secret.
//!
//! One line an item, sorted, so that two branches' additions merge as text:
//!
//! ```yaml
//! "op://RapidPro/SMTP": ytrfte14kw1uex5txaore1emkz/wqdwd8qwcpoi32ge1dfnxa9q2a
//! ```

use std::collections::BTreeMap;

use super::ItemId;
use super::names::fold;
use crate::model::Reference;

const HEAD: &str = "# The ids that the names in this environment's references stand for: no secret, commit it.\n\
                    # Written by `rpconf vault lock`, and by `rpconf render` when it learns one.\n";

/// Names of items and the ids they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// By the names as they are compared, so that letter case makes no second entry.
    entries: BTreeMap<(String, String), Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    vault: String,
    item: String,
    id: ItemId,
}

/// A line of a lock file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not `\"op://vault/item\": vault-id/item-id`")]
pub struct LockError {
    /// The line, from 1.
    pub line: usize,
}

impl Lock {
    /// Reads a lock file.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let mut lock = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (vault, item, id) = entry(line).ok_or(LockError { line: at + 1 })?;
            lock.learn(&vault, &item, id);
        }
        Ok(lock)
    }

    /// The lock file's text; the same entries give the same bytes.
    pub fn write(&self) -> String {
        let mut text = HEAD.to_string();
        for Entry { vault, item, id } in self.entries.values() {
            let key = serde_json::Value::from(written(vault, item));
            text.push_str(&format!("{key}: {}/{}\n", id.vault, id.item));
        }
        text
    }

    /// The ids of an item.
    pub fn get(&self, vault: &str, item: &str) -> Option<&ItemId> {
        self.entries.get(&(fold(vault), fold(item))).map(|entry| &entry.id)
    }

    /// Remembers the ids of an item, in place of what was known.
    pub fn learn(&mut self, vault: &str, item: &str, id: ItemId) {
        let key = (fold(vault), fold(item));
        self.entries.insert(key, Entry { vault: vault.to_string(), item: item.to_string(), id });
    }

    /// Takes over another lock's entries; answers whether that changed anything.
    pub fn merge(&mut self, learnt: &Lock) -> bool {
        let mut changed = false;
        for (key, entry) in &learnt.entries {
            if self.entries.get(key).is_none_or(|old| old.id != entry.id) {
                self.entries.insert(key.clone(), entry.clone());
                changed = true;
            }
        }
        changed
    }

    /// How many items it knows.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The item as a reference writes it, without a field.
fn written(vault: &str, item: &str) -> String {
    let whole = Reference::new(vault, item, "x").to_string();
    whole.strip_suffix("/x").unwrap_or(&whole).to_string()
}

fn entry(line: &str) -> Option<(String, String, ItemId)> {
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<String>();
    let key = values.next()?.ok()?;
    let ids = line.get(values.byte_offset()..)?.strip_prefix(':')?.trim();
    let reference = Reference::parse(&format!("{key}/x")).ok()?;
    let (vault, item) = ids.split_once('/')?;
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    let valid = is_id(vault) && is_id(item) && reference.section.is_none();
    valid.then(|| (reference.vault, reference.item, ItemId { vault: vault.to_string(), item: item.to_string() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(vault: &str, item: &str) -> ItemId {
        ItemId { vault: vault.into(), item: item.into() }
    }

    #[test]
    fn what_is_written_is_read_back_sorted() {
        let mut lock = Lock::default();
        for (n, item) in ["b: #1", "A \"quoted\" / one", "  blanks", "käse 🧀", "a?b"].iter().enumerate() {
            lock.learn("RapidPro", item, id("v1", &format!("i{n}")));
        }
        let text = lock.write();
        assert_eq!(Lock::parse(&text), Ok(lock));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines[0], r#""op://RapidPro/  blanks": v1/i2"#);
        assert_eq!(lines[1], r#""op://RapidPro/A \"quoted\" %2F one": v1/i1"#);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for line in [
            "<<<<<<< HEAD",
            "op://v/i: a/b",
            "\"op://v/i\": a",
            "\"op://v/i/s\": a/b",
            "\"op://v/i\": a/b/c",
            "\"v\": a/b",
        ] {
            assert_eq!(Lock::parse(&format!("# head\n\n{line}\n")), Err(LockError { line: 3 }), "{line}");
        }
    }

    #[test]
    fn merging_tells_whether_something_was_learnt() {
        let (mut lock, mut learnt) = (Lock::default(), Lock::default());
        learnt.learn("V", "Item", id("v", "i"));
        assert!(lock.merge(&learnt));
        assert!(!lock.merge(&learnt));
        assert_eq!(lock.get("v", "ITEM"), Some(&id("v", "i")));
        learnt.learn("v", "item", id("v", "i2"));
        assert!(lock.merge(&learnt));
        assert_eq!(lock.len(), 1);
    }
}
