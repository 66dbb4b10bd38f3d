//! The file vault: items in a YAML file, plain for a demo or a test, else encrypted with age.

mod ids;
mod read;
mod seal;
mod write;
mod writer;

use std::rc::Rc;

use super::item::{Item, ItemSummary, VaultSummary};
use super::{AttachedFileId, BoxFuture, ItemId, Refusal, Vault, VaultError};
use crate::diag::{Notes, Severity, SourceMap, Span};
use crate::model::Secret;

pub(crate) use read::VaultContent;
pub use read::{Content, Fault};
pub use seal::{Armor, Key, Recipients, Seal, SealError, decrypt, encrypt, identities, recipients};
pub use write::write;
pub use writer::FileWriter;

/// The items of a vault file.
#[derive(Debug)]
pub struct FileVault {
    vaults: Vec<(VaultSummary, Vec<Rc<Item>>)>,
}

/// Reads a vault file: decrypts it with `key` if it is encrypted, and parses it. `name` stands in messages.
#[expect(clippy::disallowed_methods, reason = "the vault's own text is parsed here")]
pub fn open(name: &str, file: &[u8], key: Option<&Key>) -> Result<Content, VaultError> {
    let sealed = |error| VaultError::Sealed { name: name.to_string(), error };
    match (Seal::of(file).map_err(sealed)?, key) {
        (Seal::None, _) => {
            let faults = || vec!["it is neither UTF-8 text nor a file of age's".to_string()];
            let wrong = |_| VaultError::File { name: name.to_string(), faults: faults() };
            parse(name, std::str::from_utf8(file).map_err(wrong)?, false)
        }
        (Seal::Identities, None) => Err(sealed(SealError::NeedsIdentities)),
        (Seal::Passphrase, None) => Err(sealed(SealError::NeedsPassphrase)),
        (Seal::Identities | Seal::Passphrase, Some(key)) => {
            parse(name, decrypt(file, key).map_err(sealed)?.expose(), true)
        }
    }
}

/// Reads a vault file's text. Messages give places and name keys; no line is shown, as values stand in them.
pub fn parse(name: &str, text: &str, sealed: bool) -> Result<Content, VaultError> {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add(name, text);
    let root = crate::source::parse(file, text, &mut notes);
    let place = |span: Option<Span>| span.map(|span| map.place(span)).map(|at| format!("{}:{}: ", at.line, at.column));
    let fault = |span, what: &str| format!("{}{what}", place(span).unwrap_or_default());
    let wrong = |faults| VaultError::File { name: name.to_string(), faults };
    let root = root.filter(|_| !notes.failed()).ok_or_else(|| {
        let errors = notes.sorted().into_iter().filter(|note| note.severity == Severity::Error);
        wrong(errors.map(|note| fault(note.primary(), &note.message)).collect())
    })?;
    Content::from_tree(&root, sealed)
        .map_err(|faults| wrong(faults.iter().map(|found| fault(Some(found.span), &found.what)).collect()))
}

impl FileVault {
    /// A vault of what a file says.
    pub fn new(content: Content) -> Self {
        let item = |item| serde_json::from_value(serde_json::Value::Object(item)).ok().map(Rc::new);
        let vault = |vault: VaultContent| {
            let summary = VaultSummary { id: vault.id, name: vault.name };
            (summary, vault.items.into_iter().filter_map(item).collect())
        };
        Self { vaults: content.vaults.into_iter().map(vault).collect() }
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
        let vault = FileVault::new(Content::from_tree(&tree(&content()), false).map_err(drop).expect("a vault file"));
        block_on(vault_laws(&vault));
    }

    /// `items` of one vault: the faults that reading them finds.
    fn check(items: Value, expect: &[&str]) {
        let root = json!({"plaintext": true, "vaults": [{"name": "V", "items": items}]});
        let faults = Content::from_tree(&tree(&root), false).map(|_| vec![]).unwrap_or_else(|faults| faults);
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
        let faults = Content::from_tree(&root, false).map(drop).expect_err("a fault");
        assert_eq!(faults[0].what, "a vault file that is not encrypted says `plaintext: true`");
        assert!(Content::from_tree(&root, true).is_ok(), "an encrypted one need not");
    }

    #[test]
    fn ids_that_are_absent_follow_from_the_names() {
        let ids = |items: Value| {
            let root = json!({"plaintext": true, "vaults": [{"name": "V", "items": items}]});
            let vault = FileVault::new(Content::from_tree(&tree(&root), false).map_err(drop).expect("a vault file"));
            let all = vault.vaults.iter().flat_map(|(_, items)| items.iter().map(|item| item.summary.id.clone()));
            all.collect::<Vec<_>>()
        };
        let one = ids(json!([{"title": "A"}, {"title": "B"}, {"title": "A"}]));
        assert_eq!(one[1], ids(json!([{"title": "B"}]))[0], "an item's id does not depend on its neighbours");
        assert_ne!(one[0], one[2], "two items of one title have two ids");
    }

    fn opened(file: &str, expect: &str) {
        let error = open("demo.vault.yml", file.as_bytes(), None).map(drop).expect_err(file);
        assert_eq!(error.to_string(), expect, "{file}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said_with_places() {
        opened(
            "plaintext: true\nvaults:\n  - name: V\n    items:\n      - title: T\n        fields: {a: canary}\n        feilds: []\n",
            "the vault file `demo.vault.yml` cannot be read\n  7:9: an item has no `feilds`; did you mean `fields`",
        );
        opened(
            "plaintext: true\nvaults: []\nvaults: [canary]\n",
            "the vault file `demo.vault.yml` cannot be read\n  3:1: the key `vaults` stands twice in one map",
        );
        opened("vaults: [canary", "the vault file `demo.vault.yml` cannot be read\n  1:9: `[` is never closed");
        opened(
            "-----BEGIN AGE ENCRYPTED FILE-----\ncanary",
            "the vault file `demo.vault.yml` cannot be decrypted: it is not an age file, or damaged",
        );
    }

    #[test]
    fn what_is_encrypted_opens_with_its_key() {
        let key = Key::Identities(vec![age::x25519::Identity::generate()]);
        let text = Secret::new("vaults: [{name: V, items: [{title: T, fields: {a: b}}]}]".to_string());
        let file = encrypt(&text, &key.recipients(), Armor::Text).expect("encrypted");
        assert!(open("v", &file, Some(&key)).is_ok());
        let refused = open("v", &file, None).map(drop).expect_err("no key").to_string();
        assert_eq!(
            refused,
            "the vault file `v` cannot be decrypted: it is encrypted for identities, not by a passphrase"
        );
    }
}
