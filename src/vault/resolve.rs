//! The items that a batch wants: by the ids of the lock, else by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::answers::Notice;
use super::item::{Item, ItemSummary, VaultSummary};
use super::names::{find, nearest};
use super::problem::{Problem, Refusal, Stale, VaultError, final_error};
use super::{Batch, ItemId, Lock, Names, Vault, Wanted};
use crate::model::Reference;

/// Where each wanted item is, or why it is not.
pub(super) struct Resolved {
    found: BTreeMap<usize, Result<ItemId, Problem>>,
    items: BTreeMap<ItemId, Rc<Item>>,
    pub(super) notices: Vec<Notice>,
}

/// Finds and fetches every wanted item, each once.
pub(super) async fn resolve(
    vault: &dyn Vault,
    batch: &Batch,
    lock: &Lock,
    names: Names,
) -> Result<Resolved, VaultError> {
    let mut resolved = Resolved { found: BTreeMap::new(), items: BTreeMap::new(), notices: vec![] };
    resolved.by_lock(vault, batch, lock, names).await?;
    match names {
        Names::Learn => resolved.by_name(vault, batch).await?,
        Names::Locked => resolved.refuse_unlocked(batch),
    }
    Ok(resolved)
}

impl Resolved {
    /// The wanted item that a reference is in.
    pub(super) fn item(&self, home: usize, reference: &Reference) -> Result<(&ItemId, &Rc<Item>), Problem> {
        let id = match self.found.get(&home) {
            Some(Ok(id)) => Some(id),
            Some(Err(problem)) => return Err(problem.clone()),
            None => None,
        };
        let (vault, item) = (reference.vault.clone(), reference.item.clone());
        id.and_then(|id| self.items.get_key_value(id)).ok_or(Problem::ItemNotFound { vault, item, nearest: vec![] })
    }

    /// The ids of every item that was found.
    pub(super) fn learnt(&self, batch: &Batch) -> Lock {
        let mut lock = Lock::default();
        for (n, wanted) in batch.items().iter().enumerate() {
            if let Some(Ok(id)) = self.found.get(&n) {
                lock.learn(&wanted.vault, &wanted.item, id.clone());
            }
        }
        lock
    }

    /// Fetches what the lock knows the ids of.
    async fn by_lock(&mut self, vault: &dyn Vault, batch: &Batch, lock: &Lock, names: Names) -> Result<(), VaultError> {
        let locked = |(n, wanted): (usize, &'_ Wanted)| Some((n, lock.get(&wanted.vault, &wanted.item)?));
        let known: Vec<(usize, &ItemId)> = batch.items().iter().enumerate().filter_map(locked).collect();
        let refusals = self.fetch(vault, known.iter().map(|(_, id)| *id)).await?;
        for (n, id) in known {
            let Some(wanted) = batch.items().get(n) else { continue };
            let at = self.present(id, wanted, &refusals);
            let what = match &at {
                Err(Problem::ItemNotFound { .. }) => Stale::Nothing,
                Err(Problem::ItemArchived { .. }) => Stale::Archived,
                _ => {
                    self.found.insert(n, at);
                    continue;
                }
            };
            let (vault, item) = (wanted.vault.clone(), wanted.item.clone());
            match names {
                Names::Learn => self.notices.push(Notice::LockStale { vault, item, what }),
                Names::Locked => drop(self.found.insert(n, Err(Problem::LockStale { vault, item, what }))),
            }
        }
        Ok(())
    }

    fn refuse_unlocked(&mut self, batch: &Batch) {
        for (n, wanted) in batch.items().iter().enumerate() {
            let (vault, item) = (wanted.vault.clone(), wanted.item.clone());
            self.found.entry(n).or_insert(Err(Problem::NotLocked { vault, item }));
        }
    }

    /// Looks the rest up: one question for the vaults, one a vault for its titles, one for each item.
    async fn by_name(&mut self, vault: &dyn Vault, batch: &Batch) -> Result<(), VaultError> {
        let rest: Vec<(usize, &Wanted)> =
            batch.items().iter().enumerate().filter(|(n, _)| !self.found.contains_key(n)).collect();
        if rest.is_empty() {
            return Ok(());
        }
        let vaults = vault.vaults().await?;
        let ids: BTreeSet<&String> =
            rest.iter().filter_map(|(_, wanted)| Some(&home(&vaults, wanted).ok()?.id)).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let titles: Titles = ids.iter().cloned().zip(vault.summaries(&ids).await).collect();
        final_error(titles.values().filter_map(|list| list.as_ref().err()))?;

        let located: Vec<_> =
            rest.into_iter().map(|(n, wanted)| (n, wanted, locate(&vaults, &titles, wanted))).collect();
        let refusals = self.fetch(vault, located.iter().filter_map(|(_, _, at)| at.as_ref().ok())).await?;
        for (n, wanted, at) in located {
            let at = at.and_then(|id| self.present(&id, wanted, &refusals));
            self.found.insert(n, at);
        }
        Ok(())
    }

    /// Whether an item that was asked for is there; a title can be older than its item, which is archived by now.
    fn present(&self, id: &ItemId, wanted: &Wanted, refusals: &Refusals) -> Result<ItemId, Problem> {
        match (refusals.get(id), self.items.get(id)) {
            (Some(refusal), _) => Err(refused(wanted, refusal)),
            (None, Some(item)) if item.summary.is_active() => Ok(id.clone()),
            (None, Some(_)) => Err(archived(wanted)),
            (None, None) => Err(refused(wanted, &Refusal::Missing)),
        }
    }

    /// Fetches those items that are not here yet, each once, and answers the refusals.
    async fn fetch(&mut self, vault: &dyn Vault, ids: impl Iterator<Item = &ItemId>) -> Result<Refusals, VaultError> {
        let missing: BTreeSet<&ItemId> = ids.filter(|id| !self.items.contains_key(id)).collect();
        let missing: Vec<ItemId> = missing.into_iter().cloned().collect();
        if missing.is_empty() {
            return Ok(Refusals::new());
        }
        let results = vault.items(&missing).await;
        let mut refusals = Refusals::new();
        for (id, result) in missing.into_iter().zip(results) {
            match result {
                Ok(item) => drop(self.items.insert(id, item)),
                Err(refusal) => drop(refusals.insert(id, refusal)),
            }
        }
        final_error(refusals.values())?;
        Ok(refusals)
    }
}

type Refusals = BTreeMap<ItemId, Refusal>;
type Titles = BTreeMap<String, Result<Vec<ItemSummary>, Refusal>>;

fn locate(vaults: &[VaultSummary], titles: &Titles, wanted: &Wanted) -> Result<ItemId, Problem> {
    let vault = home(vaults, wanted)?;
    match titles.get(&vault.id) {
        Some(Ok(list)) => Ok(ItemId { vault: vault.id.clone(), item: titled(list, wanted)?.id.clone() }),
        Some(Err(refusal)) => Err(refused(wanted, refusal)),
        None => Err(refused(wanted, &Refusal::Missing)),
    }
}

/// The vault that a reference names.
pub(super) fn home<'a>(vaults: &'a [VaultSummary], wanted: &Wanted) -> Result<&'a VaultSummary, Problem> {
    let name = || wanted.vault.clone();
    match find(vaults.iter(), &wanted.vault, |v| &v.id, |v| &v.name).as_slice() {
        [one] => Ok(one),
        [] => {
            let nearest = nearest(&wanted.vault, vaults.iter().map(|v| v.name.as_str()));
            Err(Problem::VaultNotFound { vault: name(), nearest })
        }
        several => Err(Problem::VaultAmbiguous { vault: name(), ids: several.iter().map(|v| v.id.clone()).collect() }),
    }
}

/// The item that a reference names; archived ones do not count.
fn titled<'a>(items: &'a [ItemSummary], wanted: &Wanted) -> Result<&'a ItemSummary, Problem> {
    let active = items.iter().filter(|item| item.is_active());
    let (vault, item) = (wanted.vault.clone(), wanted.item.clone());
    match find(active.clone(), &wanted.item, |i| &i.id, |i| &i.title).as_slice() {
        [one] => Ok(one),
        [] if !find(items.iter(), &wanted.item, |i| &i.id, |i| &i.title).is_empty() => Err(archived(wanted)),
        [] => Err(Problem::ItemNotFound { vault, nearest: nearest(&item, active.map(|i| i.title.as_str())), item }),
        several => Err(Problem::ItemAmbiguous { vault, item, ids: several.iter().map(|i| i.id.clone()).collect() }),
    }
}

fn archived(wanted: &Wanted) -> Problem {
    Problem::ItemArchived { item: wanted.item.clone(), vault: wanted.vault.clone() }
}

fn refused(wanted: &Wanted, refusal: &Refusal) -> Problem {
    let (vault, item) = (wanted.vault.clone(), wanted.item.clone());
    match refusal {
        Refusal::Missing => Problem::ItemNotFound { vault, item, nearest: vec![] },
        Refusal::Forbidden => Problem::VaultForbidden { vault },
        Refusal::Failed(error) => Problem::Request(error.clone()),
    }
}
