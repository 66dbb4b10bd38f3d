//! The references of one or several plans, grouped so that each item is fetched once.

use std::collections::BTreeMap;

use super::names::fold;
use crate::model::Reference;

/// Distinct references, grouped by the item that they name.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    references: Vec<Reference>,
    /// For each reference, its item among `items`.
    homes: Vec<usize>,
    items: Vec<Wanted>,
    index: BTreeMap<Reference, usize>,
}

/// An item as references name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The vault's name or id.
    pub vault: String,
    /// The item's name or id.
    pub item: String,
}

impl Batch {
    /// Groups references; those that differ in letter case only are one.
    pub fn of<'a>(references: impl IntoIterator<Item = &'a Reference>) -> Self {
        let mut batch = Self::default();
        let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
        for reference in references {
            let key = folded(reference);
            let group = (key.vault.clone(), key.item.clone());
            let next = batch.references.len();
            if *batch.index.entry(key).or_insert(next) != next {
                continue;
            }
            let home = *groups.entry(group).or_insert(batch.items.len());
            if home == batch.items.len() {
                batch.items.push(Wanted { vault: reference.vault.clone(), item: reference.item.clone() });
            }
            batch.references.push(reference.clone());
            batch.homes.push(home);
        }
        batch
    }

    /// The distinct references, in the order in which they came.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// For each reference, the index of its item in [`Batch::items`].
    pub fn homes(&self) -> &[usize] {
        &self.homes
    }

    /// The items that they name, in the order in which they came.
    pub fn items(&self) -> &[Wanted] {
        &self.items
    }

    /// The index of a reference in [`Batch::references`].
    pub fn index(&self, reference: &Reference) -> Option<usize> {
        self.index.get(&folded(reference)).copied()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
    }
}

/// 1Password compares every part of a reference without case.
fn folded(reference: &Reference) -> Reference {
    Reference {
        vault: fold(&reference.vault),
        item: fold(&reference.item),
        section: reference.section.as_deref().map(fold),
        field: fold(&reference.field),
        ..reference.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_stands_once_whatever_the_case() {
        let texts = ["op://V/Db/user", "op://v/db/Password", "op://V/Other/user", "OP://V/DB/USER", "op://V/Db/s/user"];
        let references: Vec<Reference> = texts.iter().map(|t| Reference::parse(t).expect(t)).collect();
        let batch = Batch::of(&references);
        let items: Vec<_> = batch.items().iter().map(|wanted| wanted.item.as_str()).collect();
        assert_eq!(items, ["Db", "Other"]);
        assert_eq!(batch.homes(), [0, 0, 1, 0]);
        assert_eq!(batch.references().len(), 4);
        assert_eq!(batch.index(&references[3]), Some(0), "case does not make another reference");
        assert_eq!(batch.index(&references[4]), Some(3), "a section does");
    }
}
