//! What a plan's references need and a vault lacks: items and fields, planned, then written.
//!
//! Nothing that is there is ever changed: an item gets fields that it lacks, a field keeps its value, or its want of one.

mod builtin;
mod need;
mod put;

use crate::model::{Plan, Reference, Secret};
use crate::vault::{
    Batch, Change, ItemId, NewField, NewItem, Place, Problem, Random, Refusal, Section, Writer, Written, new_id,
};

pub use need::{Made, Need, needs};
pub use put::{Put, PutError, put};

/// An item that lacks something, or is not there.
#[derive(Debug)]
pub struct Lacking {
    /// Its vault, as the references name it.
    pub vault: String,
    /// Its title.
    pub item: String,
    /// Where it is.
    pub at: At,
    /// What it lacks.
    pub fields: Vec<Field>,
}

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// In a vault with this id, once it is made, with this category.
    New {
        /// The vault's id.
        vault: String,
        /// The category.
        category: &'static str,
    },
    /// There.
    Known(ItemId),
}

/// A field that is not there, or has no value.
#[derive(Debug)]
pub struct Field {
    /// The reference.
    pub reference: Reference,
    /// How its value comes to be.
    pub made: Made,
    /// Whether it is there, without a value.
    pub there: bool,
    /// The id of the section that it goes to, where the item has it.
    section: Option<String>,
}

impl Field {
    /// Whether a write makes the field: with a value by chance, or without one.
    pub fn is_made(&self) -> bool {
        !self.there && !matches!(self.made, Made::Not(_))
    }

    fn value(&self, random: Random<'_>) -> Option<Secret<String>> {
        match self.made {
            Made::ByChance(strength) => Some(strength.make(random)),
            Made::ByHand(_) | Made::Not(_) => None,
        }
    }
}

impl Lacking {
    /// Whether a write does something.
    pub fn is_made(&self) -> bool {
        self.fields.iter().any(Field::is_made)
    }
}

/// The references of a plan's document.
pub fn batch(plan: &Plan) -> Batch {
    Batch::of(plan.references.iter().map(|mention| &mention.reference))
}

/// What a vault lacks, in the document's order, and the references whose place cannot be told.
pub fn lacking(
    plan: &Plan,
    batch: &Batch,
    places: Vec<Result<Place, Problem>>,
) -> (Vec<Lacking>, Vec<(Reference, Problem)>) {
    let (mut items, mut problems) = (vec![], vec![]);
    let mut at_home: Vec<Option<usize>> = vec![None; batch.items().len()];
    let each = batch.references().iter().zip(batch.homes()).zip(needs(plan, batch)).zip(places);
    for (((reference, home), need), place) in each {
        let (at, there, section) = match place {
            Ok(Place::Field { item, empty: true, .. }) => (At::Known(item), true, None),
            Ok(Place::Field { .. } | Place::File) => continue,
            Ok(Place::NoField { item, section }) => (At::Known(item), false, section),
            Ok(Place::NoItem { vault }) => (At::New { vault, category: need.category }, false, None),
            Err(problem) => {
                problems.push((reference.clone(), problem));
                continue;
            }
        };
        let Some(slot) = at_home.get_mut(*home) else { continue };
        let index = *slot.get_or_insert_with(|| {
            let (vault, item) = (reference.vault.clone(), reference.item.clone());
            items.push(Lacking { vault, item, at, fields: vec![] });
            items.len() - 1
        });
        if let Some(item) = items.get_mut(index) {
            item.fields.push(Field { reference: reference.clone(), made: need.made, there, section });
        }
    }
    (items, problems)
}

/// Makes what an item lacks, in one request.
pub async fn make(item: &Lacking, writer: &dyn Writer, random: Random<'_>) -> Result<Written, Refusal> {
    let made = item.fields.iter().filter(|field| field.is_made());
    match &item.at {
        At::Known(id) => {
            let mut new =
                |field: &Field| new_field(&field.reference.field, None, field.section.clone(), field.value(random));
            let changes: Vec<Change> = made.map(|field| Change::Add(new(field))).collect();
            writer.change(id, &changes).await
        }
        At::New { vault, category } => {
            let mut new = NewItem { title: item.item.clone(), category: category.to_string(), ..NewItem::default() };
            for field in made {
                let section = field.reference.section.as_ref().map(|label| section(&mut new.sections, label, random));
                new.fields.push(new_field(&field.reference.field, Some(category), section, field.value(random)));
            }
            writer.create(vault, &new).await
        }
    }
}

/// The id of a section, which is added when it is new.
fn section(sections: &mut Vec<Section>, label: &str, random: Random<'_>) -> String {
    if let Some(known) = sections.iter().find(|section| crate::vault::same_name(&section.label, label)) {
        return known.id.clone();
    }
    let id = new_id(random);
    sections.push(Section { id: id.clone(), label: label.to_string() });
    id
}

/// A field, as 1Password itself would make it where the item's category has it.
fn new_field(name: &str, category: Option<&str>, section: Option<String>, value: Option<Secret<String>>) -> NewField {
    let built_in = category.filter(|_| section.is_none()).and_then(|category| builtin::find(category, name));
    NewField {
        id: built_in.map(|known| known.id.to_string()),
        label: built_in.map_or(name, |known| known.label).to_string(),
        kind: if builtin::is_secret(name) { "CONCEALED" } else { "STRING" }.to_string(),
        purpose: built_in.map_or("", |known| known.purpose).to_string(),
        section: section.map(|id| Section { id, label: String::new() }),
        value,
        generate: None,
    }
}
