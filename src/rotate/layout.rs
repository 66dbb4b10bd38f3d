//! How an item holds a rotation: the fields that references name, and the section `rpconf-rotation` beside them.
//!
//! The item is the only place with plaintext, and all that another machine needs to go on.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{Key, Standing};
use super::{Credential, Write};
use crate::model::{Reference, Secret};
use crate::vault::{Change, Field, Item, NewField, Section, field_in};

/// Id and label of the section.
pub const SECTION: &str = "rpconf-rotation";

/// Which fields hold the credential.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The user's, when it is in the same item.
    pub user: Option<Reference>,
    /// The user, when the document names it outright.
    pub fixed_user: Option<String>,
    /// The password's.
    pub password: Reference,
}

/// Labels of the section's fields, with the types that they get.
const RECORD: Label = Label("rotation", "STRING");
const LAST: Label = Label("last_rotation", "STRING");
const STANDBY: Label = Label("standby_username", "STRING");
const KEY: Label = Label("fingerprint_key", "CONCEALED");
const VERIFIER: Label = Label("verifier", "CONCEALED");
const NEXT: [Label; 3] =
    [Label("next_username", "STRING"), Label("next_password", "CONCEALED"), Label("next_verifier", "CONCEALED")];
const PREVIOUS: [Label; 3] =
    [Label("prev_username", "STRING"), Label("prev_password", "CONCEALED"), Label("prev_verifier", "CONCEALED")];

#[derive(Clone, Copy)]
struct Label(&'static str, &'static str);

/// What an item says.
pub fn read(item: &Item, layout: &Layout) -> Result<Standing, String> {
    let password = field_in(item, &layout.password).map_err(|problem| problem.to_string())?;
    let user = layout.user.as_ref().map(|user| field_in(item, user)).transpose();
    let user = user.map_err(|problem| problem.to_string())?;
    let current = Credential {
        user: user.and_then(|field| text(field)).or_else(|| layout.fixed_user.clone()),
        password: copy(password).ok_or_else(|| format!("the field `{}` is empty", layout.password.field))?,
        verifier: own(item, VERIFIER).and_then(copy),
    };
    Ok(Standing {
        version: item.summary.version,
        current,
        next: credential(item, NEXT),
        previous: credential(item, PREVIOUS),
        standby: own(item, STANDBY).and_then(text),
        record: json(item, RECORD)?,
        last: json(item, LAST)?,
        key: own(item, KEY).and_then(copy).map(Key),
    })
}

/// What has to be changed in an item, all in one request. Every value of the new state is said, also where the item says
/// it already: what it says may have been read too early.
pub fn changes(item: &Item, layout: &Layout, write: &Write, seen: &Standing) -> Result<Vec<Change>, String> {
    let after = after(write, seen);
    let mut changes = Changes { item, list: vec![] };
    if !item.sections.iter().any(|section| section.id == SECTION || section.label == SECTION) {
        let section = Section { id: SECTION.into(), label: SECTION.into() };
        changes.list.push(Change::AddSection { section, first: item.sections.is_empty() });
    }
    if let Some(reference) = &layout.user {
        changes.named(reference, after.current.user.clone().map(Secret::new))?;
    }
    changes.named(&layout.password, Some(copied(&after.current.password)))?;
    changes.own(VERIFIER, after.current.verifier.as_ref().map(copied));
    changes.credential(NEXT, after.next.as_ref());
    changes.credential(PREVIOUS, after.previous.as_ref());
    changes.own(STANDBY, after.standby.map(Secret::new));
    changes.own(KEY, after.key.map(|key| key.0));
    changes.own(LAST, after.last.as_ref().map(written).transpose()?);
    changes.own(RECORD, after.record.as_ref().map(written).transpose()?);
    Ok(changes.list)
}

/// The state that a write leads to.
pub fn after(write: &Write, seen: &Standing) -> Standing {
    let seen = seen.clone();
    match write.clone() {
        Write::Stage { record, next, key } => {
            Standing { record: Some(record), next: Some(next), previous: None, key: seen.key.clone().or(key), ..seen }
        }
        Write::Promote { record } => {
            let Some(next) = seen.next.clone() else { return seen };
            let previous = Some(seen.current.clone());
            Standing { record: Some(record), current: next, next: None, previous, ..seen }
        }
        Write::Demote { record } => {
            let Some(previous) = seen.previous.clone() else { return seen };
            let next = Some(seen.current.clone());
            Standing { record: Some(record), current: previous, next, previous: None, ..seen }
        }
        Write::Abandon { record, drop_next } => {
            let next = seen.next.clone().filter(|_| !drop_next);
            Standing { record: Some(record), next, previous: None, ..seen }
        }
        Write::Retire { record, drop_previous } => {
            let previous = seen.previous.clone().filter(|_| !drop_previous);
            Standing { record: Some(record), next: None, previous, ..seen }
        }
        Write::Finish { last, standby } => {
            let standby = standby.or(seen.standby.clone());
            let current = Credential { verifier: None, ..seen.current.clone() };
            Standing { record: None, current, next: None, previous: None, last: Some(last), standby, ..seen }
        }
        Write::Clear => {
            let current = Credential { verifier: None, ..seen.current.clone() };
            Standing { record: None, current, next: None, previous: None, ..seen }
        }
    }
}

struct Changes<'a> {
    item: &'a Item,
    list: Vec<Change>,
}

impl Changes<'_> {
    /// A field that a reference names; it is there, since it was read.
    fn named(&mut self, reference: &Reference, value: Option<Secret<String>>) -> Result<(), String> {
        let field = field_in(self.item, reference).map_err(|problem| problem.to_string())?.id.clone();
        self.list.extend(value.map(|value| Change::Set { field, value }));
        Ok(())
    }

    fn credential(&mut self, [user, password, verifier]: [Label; 3], credential: Option<&Credential>) {
        self.own(user, credential.and_then(|it| it.user.clone()).map(Secret::new));
        self.own(password, credential.map(|it| copied(&it.password)));
        self.own(verifier, credential.and_then(|it| it.verifier.as_ref()).map(copied));
    }

    /// A field of the section.
    fn own(&mut self, label: Label, value: Option<Secret<String>>) {
        let field = own(self.item, label).map(|field| field.id.clone());
        self.list.extend(match (field, value) {
            (None, None) => None,
            (Some(field), Some(value)) => Some(Change::Set { field, value }),
            (Some(field), None) => Some(Change::Remove { field }),
            (None, Some(value)) => Some(Change::Add(NewField {
                label: label.0.into(),
                kind: label.1.into(),
                section: Some(Section { id: SECTION.into(), label: SECTION.into() }),
                value: Some(value),
                ..NewField::default()
            })),
        });
    }
}

fn own(item: &Item, label: Label) -> Option<&Field> {
    let inside = |section: &Section| section.id == SECTION || item.section_name(section) == SECTION;
    item.fields.iter().find(|field| field.label == label.0 && field.section.as_ref().is_some_and(inside))
}

fn credential(item: &Item, [user, password, verifier]: [Label; 3]) -> Option<Credential> {
    Some(Credential {
        user: own(item, user).and_then(text),
        password: own(item, password).and_then(copy)?,
        verifier: own(item, verifier).and_then(copy),
    })
}

fn json<T: DeserializeOwned>(item: &Item, label: Label) -> Result<Option<T>, String> {
    let Some(text) = own(item, label).and_then(text) else { return Ok(None) };
    let unread = |_| format!("the field `{}` of section `{SECTION}` is not what this version writes", label.0);
    serde_json::from_str(&text).map(Some).map_err(unread)
}

fn written<T: Serialize>(value: &T) -> Result<Secret<String>, String> {
    serde_json::to_string(value).map(Secret::new).map_err(|error| error.to_string())
}

/// A field's value; an empty one is none.
fn copy(field: &Field) -> Option<Secret<String>> {
    field.value.as_ref().map(copied).filter(|value| !is_empty(value))
}

/// The value of a field that holds no secret.
#[expect(clippy::disallowed_methods, reason = "names and records, which are no secrets")]
fn text(field: &Field) -> Option<String> {
    copy(field).map(|value| value.expose().clone())
}

#[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
fn is_empty(value: &Secret<String>) -> bool {
    value.expose().is_empty()
}

#[expect(clippy::disallowed_methods, reason = "a copy of a secret is a secret")]
fn copied(value: &Secret<String>) -> Secret<String> {
    Secret::new(value.expose().clone())
}
