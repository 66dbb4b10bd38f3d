//! One value into one field.

use super::new_field;
use crate::model::{Reference, Secret};
use crate::vault::{Change, NewItem, Place, Random, Refusal, Section, Writer, Written, new_id};

/// What a put came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The item was made.
    NewItem,
    /// The field was made.
    NewField,
    /// The field was there, without a value.
    Filled,
    /// The field's former value is gone.
    Overwritten,
}

/// Why a value was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutError {
    /// There is one already.
    HasValue,
    /// It is an attached file.
    IsFile,
    /// The vault does not take it.
    Refused(Refusal),
}

/// Writes a value to a reference's place. With `overwrite`, one that is there is lost.
pub async fn put(
    reference: &Reference,
    place: &Place,
    value: Secret<String>,
    overwrite: bool,
    writer: &dyn Writer,
    random: Random<'_>,
) -> Result<(Put, Written), PutError> {
    let (put, written) = match place {
        Place::File => return Err(PutError::IsFile),
        Place::Field { empty: false, .. } if !overwrite => return Err(PutError::HasValue),
        Place::Field { item, field, empty } => {
            let change = Change::Set { field: field.clone(), value };
            (if *empty { Put::Filled } else { Put::Overwritten }, writer.change(item, &[change]).await)
        }
        Place::NoField { item, section } => {
            let change = Change::Add(new_field(&reference.field, None, section.clone(), Some(value)));
            (Put::NewField, writer.change(item, &[change]).await)
        }
        Place::NoItem { vault } => {
            let label = reference.section.clone();
            let section = label.map(|label| Section { id: new_id(random), label });
            let id = section.as_ref().map(|section| section.id.clone());
            let category = "PASSWORD";
            let item = NewItem {
                title: reference.item.clone(),
                category: category.to_string(),
                sections: section.into_iter().collect(),
                fields: vec![new_field(&reference.field, Some(category), id, Some(value))],
            };
            (Put::NewItem, writer.create(vault, &item).await)
        }
    };
    written.map(|written| (put, written)).map_err(PutError::Refused)
}
