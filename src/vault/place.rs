//! Where references' values stand, or would stand: what a writer asks before it writes.

use super::batch::Wanted;
use super::item::{Field, Item};
use super::pick::{Part, part, sections};
use super::problem::{Problem, VaultError};
use super::resolve::{home, resolve};
use super::{Batch, ItemId, Lock, Names, Vault};
use crate::model::{Reference, Secret};

/// Where a reference's value stands, or would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A field that is there.
    Field {
        /// Its item.
        item: ItemId,
        /// Its id.
        field: String,
        /// Whether it has no value.
        empty: bool,
    },
    /// An attached file.
    File,
    /// The item is there; the field is not.
    NoField {
        /// The item.
        item: ItemId,
        /// The id of the section that the reference names.
        section: Option<String>,
    },
    /// The vault is there; the item is not.
    NoItem {
        /// The vault's id.
        vault: String,
    },
}

/// Finds the place of each of a batch's references, in its order. A name that cannot be told from another, an archived
/// item and whatever may not be read are problems.
pub async fn places(
    vault: &dyn Vault,
    batch: &Batch,
    lock: &Lock,
    names: Names,
) -> Result<Vec<Result<Place, Problem>>, VaultError> {
    let resolved = resolve(vault, batch, lock, names).await?;
    let found = batch.references().iter().zip(batch.homes()).map(|(reference, at)| resolved.item(*at, reference));
    let found: Vec<Result<Place, Problem>> = found
        .zip(batch.references())
        .map(|(at, reference)| at.and_then(|(id, item)| in_item(id, item, reference)))
        .collect();
    if !found.iter().any(|place| matches!(place, Err(Problem::ItemNotFound { .. }))) {
        return Ok(found);
    }
    let vaults = vault.vaults().await?;
    let absent = |(place, reference): (Result<Place, Problem>, &Reference)| match place {
        // A title of an id's form would be taken for the id of another item.
        Err(Problem::ItemNotFound { .. }) if !is_id(&reference.item) => {
            let wanted = Wanted { vault: reference.vault.clone(), item: reference.item.clone() };
            home(&vaults, &wanted).map(|vault| Place::NoItem { vault: vault.id.clone() })
        }
        other => other,
    };
    Ok(found.into_iter().zip(batch.references()).map(absent).collect())
}

/// The field that a reference means inside its item.
pub fn field_in<'a>(item: &'a Item, reference: &Reference) -> Result<&'a Field, Problem> {
    match part(item, reference)? {
        Part::Field(field) => Ok(field),
        Part::File(_) => Err(Problem::FieldNotFound {
            item: item.summary.title.clone(),
            field: reference.field.clone(),
            labels: vec![],
        }),
    }
}

fn in_item(id: &ItemId, item: &Item, reference: &Reference) -> Result<Place, Problem> {
    match part(item, reference) {
        Ok(Part::Field(field)) => {
            let empty = field.value.as_ref().is_none_or(is_empty);
            Ok(Place::Field { item: id.clone(), field: field.id.clone(), empty })
        }
        Ok(Part::File(_)) => Ok(Place::File),
        Err(Problem::FieldNotFound { .. }) if !is_id(&reference.field) => {
            let named = reference.section.as_ref().map(|wanted| sections(item, wanted)).transpose()?;
            let section = named.and_then(|named| named.first().map(|section| section.id.clone()));
            Ok(Place::NoField { item: id.clone(), section })
        }
        Err(problem) => Err(problem),
    }
}

#[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
fn is_empty(value: &Secret<String>) -> bool {
    value.expose().is_empty()
}

fn is_id(name: &str) -> bool {
    name.len() == 26 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::FileVault;
    use crate::vault::file::Content;
    use crate::vault::laws::{content, tree};

    /// A word for the place, or a part of the message.
    fn check(text: &str, expect: Result<&str, &str>) {
        let vault = FileVault::new(Content::from_tree(&tree(&content()), false).map_err(drop).expect("a vault file"));
        let reference = Reference::parse(text).expect(text);
        let batch = Batch::of([&reference]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let found =
            runtime.block_on(places(&vault, &batch, &Lock::default(), Names::Learn)).expect("answers").remove(0);
        let shown = found.map(|place| match place {
            Place::Field { field, empty, .. } => format!("{field}{}", if empty { ", empty" } else { "" }),
            Place::File => "a file".to_string(),
            Place::NoField { section, .. } => {
                format!("no field{}", section.map(|id| format!(" in {id}")).unwrap_or_default())
            }
            Place::NoItem { .. } => "no item".to_string(),
        });
        match (&shown, expect) {
            (Err(problem), Err(part)) => assert!(problem.to_string().contains(part), "{text}: {problem}"),
            _ => assert_eq!(shown.as_deref().map_err(ToString::to_string), expect.map_err(str::to_string), "{text}"),
        }
    }

    #[test]
    fn every_reference_has_a_place_or_a_reason() {
        check("op://RapidPro/Postgres/server", Ok("hostname"));
        check("op://RapidPro/Postgres/Replica/login", Ok("r1"));
        check("op://RapidPro/rapidpro.pem/key", Ok("a file"));
        check("op://RapidPro/Postgres/new", Ok("no field"));
        check("op://RapidPro/Postgres/replica/new", Ok("no field in s1"));
        check("op://rapidpro/New/password", Ok("no item"));
        check("op://RapidPro/Postgres/Nowhere/new", Err("has no section `Nowhere`"));
        check("op://RapidPro/Twice/password", Err("2 items"));
        check("op://RapidPro/Gone/password", Err("is archived"));
        check("op://Nowhere/New/password", Err("no vault `Nowhere`"));
        check("op://RapidPro/cccccccccccccccccccccccccc/password", Err("no item `cccccccccccccccccccccccccc`"));
    }
}
