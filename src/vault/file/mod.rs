//! The file vault: items in a YAML file, plain for a demo or a test, else encrypted with age.

mod ids;
mod read;
mod seal;

use std::rc::Rc;

use super::item::{Item, ItemSummary, VaultSummary};
use super::{AttachedFileId, BoxFuture, ItemId, Refusal, Vault, VaultError};
use crate::model::Secret;
use crate::source::Node;

pub use read::Fault;
pub use seal::{Armor, Key, Recipients, Seal, SealError, decrypt, encrypt, identities, recipients};

/// A vault file's content.
#[derive(Debug)]
pub struct FileVault {
    recipients: Vec<String>,
    vaults: Vec<(VaultSummary, Vec<Rc<Item>>)>,
}

impl FileVault {
    /// Reads the tree of a vault file. `sealed` tells that it was encrypted, and so need not say `plaintext: true`.
    pub fn from_tree(root: &Node, sealed: bool) -> Result<Self, Vec<Fault>> {
        let content = read::read(root, sealed)?;
        let mut faults = vec![];
        let mut vaults = vec![];
        for vault in content.vaults {
            let summary = VaultSummary { id: vault.id, name: vault.name };
            let mut items = vec![];
            for (item, span) in vault.items {
                // serde's own message quotes the value that it stumbled over.
                match serde_json::from_value(serde_json::Value::Object(item)) {
                    Ok(item) => items.push(Rc::new(item)),
                    Err(_) => faults.push(Fault { span, what: "this is not an item as Connect has them".into() }),
                }
            }
            vaults.push((summary, items));
        }
        if faults.is_empty() { Ok(Self { recipients: content.recipients, vaults }) } else { Err(faults) }
    }

    /// The age recipients that the file lists under `recipients`: age itself does not tell whom a file is encrypted
    /// for, so this is how an edit keeps them.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    fn items_of(&self, vault: &str) -> Option<&[Rc<Item>]> {
        self.vaults.iter().find(|(summary, _)| summary.id == vault).map(|(_, items)| items.as_slice())
    }
}

impl Vault for FileVault {
    fn name(&self) -> &'static str {
        "file"
    }

    fn vaults(&self) -> BoxFuture<'_, Result<Vec<VaultSummary>, VaultError>> {
        Box::pin(async { Ok(self.vaults.iter().map(|(summary, _)| summary.clone()).collect()) })
    }

    fn summaries<'a>(&'a self, vaults: &'a [String]) -> BoxFuture<'a, Vec<Result<Vec<ItemSummary>, Refusal>>> {
        let list = |id: &String| {
            let items = self.items_of(id).ok_or(Refusal::Missing)?;
            Ok(items.iter().map(|item| item.summary.clone()).collect())
        };
        Box::pin(async move { vaults.iter().map(list).collect() })
    }

    fn items<'a>(&'a self, items: &'a [ItemId]) -> BoxFuture<'a, Vec<Result<Rc<Item>, Refusal>>> {
        let find = |id: &ItemId| {
            let mut items = self.items_of(&id.vault).unwrap_or_default().iter();
            items.find(|item| item.summary.id == id.item).cloned().ok_or(Refusal::Missing)
        };
        Box::pin(async move { items.iter().map(find).collect() })
    }

    fn files<'a>(&'a self, files: &'a [AttachedFileId]) -> BoxFuture<'a, Vec<Result<Secret<Vec<u8>>, Refusal>>> {
        // Every file came with its content.
        Box::pin(async move { files.iter().map(|_| Err(Refusal::Missing)).collect() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::vault::laws::{content, tree, vault_laws};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn the_file_vault_keeps_the_laws() {
        let vault = FileVault::from_tree(&tree(&content()), false).expect("a vault file");
        block_on(vault_laws(&vault));
    }

    /// `items` of one vault: the faults that reading them finds.
    fn check(items: Value, expect: &[&str]) {
        let root = json!({"plaintext": true, "vaults": [{"name": "V", "items": items}]});
        let faults = FileVault::from_tree(&tree(&root), false).map(|_| vec![]).unwrap_or_else(|faults| faults);
        let faults: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(faults, expect, "{root}");
    }

    #[test]
    fn faults_name_keys_and_never_values() {
        check(json!([{"title": "T", "fields": [{"label": "a", "value": 5432}]}]), &[]);
        check(
            json!([{"title": "T", "fields": [{"lable": "a", "id": "x"}]}]),
            &["a field has no `lable`; did you mean `label`"],
        );
        check(json!([{"title": "T", "fields": [{"value": "canary"}]}]), &["a field has a `label` or an `id`"]);
        check(json!([{"title": "T", "fields": {"a": ["canary"]}}]), &["`a` is one text, not a list or a map"]);
        check(json!([{"title": "T", "fields": "canary"}]), &["`fields` is a list"]);
        check(json!([{"fields": []}]), &["an item has a `title`"]);
        check(json!(["canary"]), &["an item is a map"]);
        check(json!([{"title": "T", "version": "canary"}]), &["this is not an item as Connect has them"]);
        check(
            json!([{"title": "T", "files": [{"name": "f", "content": "canary!"}]}]),
            &["a file has either `content`, in base64, or `text`"],
        );
        check(
            json!([{"id": "i", "title": "T"}, {"id": "i", "title": "U"}]),
            &["another item of this vault has the same id"],
        );
    }

    #[test]
    fn a_plain_file_says_so() {
        let root = tree(&json!({"vaults": []}));
        let faults = FileVault::from_tree(&root, false).expect_err("a fault");
        assert_eq!(faults[0].what, "a vault file that is not encrypted says `plaintext: true`");
        assert!(FileVault::from_tree(&root, true).is_ok(), "an encrypted one need not");
    }

    #[test]
    fn ids_that_are_absent_follow_from_the_names() {
        let ids = |items: Value| {
            let root = json!({"plaintext": true, "vaults": [{"name": "V", "items": items}]});
            let vault = FileVault::from_tree(&tree(&root), false).expect("a vault file");
            let all = vault.vaults.iter().flat_map(|(_, items)| items.iter().map(|item| item.summary.id.clone()));
            all.collect::<Vec<_>>()
        };
        let one = ids(json!([{"title": "A"}, {"title": "B"}, {"title": "A"}]));
        assert_eq!(one[1], ids(json!([{"title": "B"}]))[0], "an item's id does not depend on its neighbours");
        assert_ne!(one[0], one[2], "two items of one title have two ids");
    }
}
