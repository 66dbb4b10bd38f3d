//! One batch through one backend: items, then the fields and files that references mean in them.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::pick::{Picked, pick};
use super::problem::{Problem, Refusal, VaultError};
use super::resolve::{Resolved, resolve};
use super::{AttachedFileId, Batch, Lock, Vault};
use crate::model::{Reference, Secret};

/// Whether names that the lock does not know may be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// They are looked up, and stale ids too.
    Learn,
    /// They are problems.
    Locked,
}

/// Fetches a batch. Every reference gets an answer of its own; only a vault that cannot be asked at all is an error.
pub async fn fetch(vault: &dyn Vault, batch: &Batch, lock: &Lock, names: Names) -> Result<Answers, VaultError> {
    let resolved = resolve(vault, batch, lock, names).await?;
    let homes = batch.references().iter().zip(batch.homes());
    let found: Vec<Result<Found, Problem>> = homes.map(|(reference, home)| find(&resolved, *home, reference)).collect();

    let ids: BTreeSet<&AttachedFileId> = found.iter().flatten().filter_map(Found::file).collect();
    let ids: Vec<AttachedFileId> = ids.into_iter().cloned().collect();
    let contents = if ids.is_empty() { vec![] } else { vault.files(&ids).await };
    super::problem::final_error(contents.iter().filter_map(|content| content.as_ref().err()))?;
    let contents: Contents = ids.iter().zip(contents).collect();

    let results = found.into_iter().map(|found| found?.text(&contents)).collect();
    Ok(Answers { batch: batch.clone(), results, learnt: resolved.learnt(batch), notices: resolved.notices })
}

type Contents<'a> = BTreeMap<&'a AttachedFileId, Result<Secret<Vec<u8>>, Refusal>>;

/// What a reference found in its item.
enum Found {
    Text(Secret<String>),
    File { id: AttachedFileId, name: String, title: String },
}

fn find(resolved: &Resolved, home: usize, reference: &Reference) -> Result<Found, Problem> {
    let (id, item) = resolved.item(home, reference)?;
    let file = match pick(item, reference)? {
        Picked::Text(secret) => return Ok(Found::Text(secret)),
        Picked::File(file) => file,
    };
    if let Some(content) = &file.content {
        return text(content, &item.summary.title, &file.name).map(Found::Text);
    }
    let id = AttachedFileId { item: id.clone(), file: file.id.clone() };
    Ok(Found::File { id, name: file.name.clone(), title: item.summary.title.clone() })
}

impl Found {
    fn file(&self) -> Option<&AttachedFileId> {
        match self {
            Found::Text(_) => None,
            Found::File { id, .. } => Some(id),
        }
    }

    fn text(self, contents: &Contents<'_>) -> Result<Secret<String>, Problem> {
        match self {
            Found::Text(secret) => Ok(secret),
            Found::File { id, name, title } => match contents.get(&id) {
                Some(Ok(content)) => text(content, &title, &name),
                Some(Err(Refusal::Failed(error))) => Err(Problem::Request(error.clone())),
                Some(Err(Refusal::Missing | Refusal::Forbidden)) | None => {
                    Err(Problem::FieldNotFound { item: title, field: name, labels: vec![] })
                }
            },
        }
    }
}

/// A file's content as text: settings and outputs are UTF-8.
#[expect(clippy::disallowed_methods, reason = "a file's bytes become the text that a setting takes")]
fn text(content: &Secret<Vec<u8>>, item: &str, file: &str) -> Result<Secret<String>, Problem> {
    match std::str::from_utf8(content.expose()) {
        Ok(text) => Ok(Secret::new(text.to_string())),
        Err(_) => Err(Problem::NotText { item: item.to_string(), file: file.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::vault::file::Content;
    use crate::vault::laws::{content, tree};
    use crate::vault::{BoxFuture, FileVault, Item, ItemId, ItemSummary, VaultSummary};

    /// A file vault that remembers what it was asked: `vaults`, a vault's titles, an item.
    struct Asked {
        vault: FileVault,
        questions: RefCell<Vec<&'static str>>,
    }

    impl Asked {
        fn note<T>(&self, question: &'static str, asked: &[T]) {
            self.questions.borrow_mut().extend(asked.iter().map(|_| question));
        }
    }

    impl Vault for Asked {
        fn name(&self) -> &'static str {
            "asked"
        }
        fn vaults(&self) -> BoxFuture<'_, Result<Vec<VaultSummary>, VaultError>> {
            self.note("vaults", &[()]);
            self.vault.vaults()
        }
        fn summaries<'a>(&'a self, vaults: &'a [String]) -> BoxFuture<'a, Vec<Result<Vec<ItemSummary>, Refusal>>> {
            self.note("titles", vaults);
            self.vault.summaries(vaults)
        }
        fn items<'a>(&'a self, items: &'a [ItemId]) -> BoxFuture<'a, Vec<Result<Rc<Item>, Refusal>>> {
            self.note("item", items);
            self.vault.items(items)
        }
        fn files<'a>(&'a self, files: &'a [AttachedFileId]) -> BoxFuture<'a, Vec<Result<Secret<Vec<u8>>, Refusal>>> {
            self.note("file", files);
            self.vault.files(files)
        }
    }

    async fn check(asked: &Asked, references: &[&str], lock: &Lock, expect: &[&str]) -> Lock {
        let parsed: Vec<Reference> = references.iter().map(|text| Reference::parse(text).expect(text)).collect();
        let answers = fetch(asked, &Batch::of(&parsed), lock, Names::Learn).await.expect("answers");
        assert_eq!(asked.questions.take(), expect, "{references:?}");
        answers.learnt
    }

    #[test]
    fn each_thing_is_asked_for_once() {
        let content = Content::from_tree(&tree(&content()), false).map_err(drop).expect("a vault file");
        let vault = FileVault::new(content);
        let asked = Asked { vault, questions: RefCell::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let one_item = ["op://RapidPro/Postgres/server", "op://rapidpro/postgres/password"];
            let lock = check(&asked, &one_item, &Lock::default(), &["vaults", "titles", "item"]).await;
            check(&asked, &one_item, &lock, &["item"]).await;

            let by_id = ["op://RapidPro/By id/password", "op://RapidPro/aaaaaaaaaaaaaaaaaaaaaaaaaa/password"];
            check(&asked, &by_id, &Lock::default(), &["vaults", "titles", "item"]).await;

            let two_vaults = ["op://RapidPro/Postgres/server", "op://Other/Postgres/password"];
            check(&asked, &two_vaults, &lock, &["item", "vaults", "titles", "item"]).await;
            check(&asked, &["op://Nowhere/x/y"], &lock, &["vaults"]).await;
            check(&asked, &[], &lock, &[]).await;
        });
    }
}
