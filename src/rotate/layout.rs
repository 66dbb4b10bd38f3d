//! How an item holds a rotation: the fields that references name, and the section `rpconf-rotation` beside them.
//!
//! The item is the only place with plaintext, and all that another machine needs to go on.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{Key, Standing};
use super::{Credential, Write};
use crate::model::{Attribute, Reference, Secret};
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

/// Where a reference's item has a value as long as a rotation of it is open.
pub fn mark(reference: &Reference) -> Reference {
    let (section, field) = (Some(SECTION.to_string()), RECORD.0.to_string());
    Reference { section, field, attribute: Attribute::Value, openssh: false, ..reference.clone() }
}

/// What an item says.
pub fn read(item: &Item, layout: &Layout) -> Result<Standing, String> {
    let password = field_in(item, &layout.password).map_err(|problem| problem.to_string())?;
    let user = layout.user.as_ref().map(|user| field_in(item, user)).transpose();
    let user = user.map_err(|problem| problem.to_string())?;
    let current = Credential {
        user: user.and_then(text).or_else(|| layout.fixed_user.clone()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rotate::record::{Direction, Last, Record, State};
    use crate::vault::file::Content;
    use crate::vault::laws::tree;
    use crate::vault::serve::Outside;
    use crate::vault::{FileVault, FileWriter, ItemId, Vault, Writer};

    /// A vault file with one item; what was written to it last.
    struct Paper(std::rc::Rc<std::cell::RefCell<String>>);

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    fn layout() -> Layout {
        let user = Some(Reference::new("V", "P", "username"));
        Layout { user, fixed_user: None, password: Reference::new("V", "P", "password") }
    }

    impl Paper {
        fn new() -> Self {
            let root = json!({"plaintext": true, "vaults": [{"name": "V", "id": "v", "items": [{"id": "p", "title": "P", "fields": [
                {"id": "username", "label": "username", "value": "a"},
                {"id": "password", "label": "password", "value": "old"},
                {"label": "notes", "value": "keep me"},
            ]}]}]});
            Self(std::rc::Rc::new(std::cell::RefCell::new(root.to_string())))
        }

        fn content(&self) -> Content {
            crate::vault::file::parse("v", &self.0.borrow(), false).expect("a vault file")
        }

        fn read(&self) -> (std::rc::Rc<Item>, Standing) {
            let id = ItemId { vault: "v".into(), item: "p".into() };
            let item = block_on(FileVault::new(self.content()).items(&[id])).remove(0).expect("an item");
            let standing = read(&item, &layout()).expect("a standing");
            (item, standing)
        }

        fn write(&self, write: &Write) -> Standing {
            let (item, seen) = self.read();
            let changes = changes(&item, &layout(), write, &seen).expect("changes");
            let paper = std::rc::Rc::downgrade(&self.0);
            let (send, got) = std::sync::mpsc::channel();
            let outside = Outside {
                now: Box::new(|| 0),
                random: {
                    let mut next = 0u8;
                    Box::new(move |bytes| {
                        bytes.iter_mut().for_each(|byte| {
                            next = next.wrapping_mul(5).wrapping_add(3);
                            *byte = next % 200;
                        })
                    })
                },
                save: Box::new(move |text| send.send(text.expose().clone()).map_err(|error| error.to_string())),
            };
            let id = ItemId { vault: "v".into(), item: "p".into() };
            block_on(FileWriter::new("v", self.content(), outside).change(&id, &changes)).expect("written");
            if let Some(paper) = paper.upgrade() {
                paper.replace(got.recv().expect("a text"));
            }
            self.read().1
        }
    }

    fn shown(standing: &Standing) -> String {
        let one = |it: &Option<Credential>| {
            it.as_ref().map_or("-".to_string(), |it| {
                let verifier = it.verifier.as_ref().map(|it| format!("/{}", it.expose())).unwrap_or_default();
                format!("{}:{}{verifier}", it.user.as_deref().unwrap_or("?"), it.password.expose())
            })
        };
        let current = one(&Some(standing.current.clone()));
        let state = standing.record.as_ref().map_or("-".to_string(), |record| format!("{:?}", record.state));
        format!("{state} {current} next {} previous {}", one(&standing.next), one(&standing.previous))
    }

    fn record(state: State) -> Record {
        let text = |text: &str| text.to_string();
        Record {
            v: 1,
            id: text("01J"),
            state,
            direction: Direction::Forward,
            strategy: text("role-pair"),
            epoch: 1,
            by: text("me@here"),
            at: text("2027-01-01T00:00:00Z"),
            tool: text("rpconf"),
            cur_fp: text("k1:0"),
            next_fp: text("k1:1"),
            base_version: 1,
            retire_after: 0,
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_what_is_others_stays() {
        let paper = Paper::new();
        let next = Credential {
            verifier: Some(Secret::new("SCRAM".into())),
            ..Credential::login("b", Secret::new("new".to_string()))
        };
        let check = |write: Write, expect: &str| {
            let standing = paper.write(&write);
            assert_eq!(shown(&standing), expect, "{write:?}");
            assert!(paper.0.borrow().contains("keep me"), "what is not ours stays");
        };
        let key = Some(Key(Secret::new("key".into())));
        check(Write::Stage { record: record(State::Staged), next, key }, "Staged a:old next b:new/SCRAM previous -");
        check(Write::Promote { record: record(State::Promoted) }, "Promoted b:new/SCRAM next - previous a:old");
        check(Write::Demote { record: record(State::Staged) }, "Staged a:old next b:new/SCRAM previous -");
        check(Write::Promote { record: record(State::Promoted) }, "Promoted b:new/SCRAM next - previous a:old");
        let mark = Write::Retire { record: record(State::Retiring), drop_previous: false };
        check(mark, "Retiring b:new/SCRAM next - previous a:old");
        let text = |text: &str| text.to_string();
        let last = Last { id: text("01J"), at: text("t"), by: text("me"), fp: text("k1:1"), epoch: 1 };
        check(Write::Finish { last, standby: Some("a".into()) }, "- b:new next - previous -");
        let standing = paper.read().1;
        assert_eq!(standing.standby.as_deref(), Some("a"));
        assert_eq!(standing.last.map(|last| last.epoch), Some(1));
        assert!(!paper.0.borrow().contains("old"), "the old value is gone");
    }

    #[test]
    fn a_record_of_another_version_is_an_error() {
        let root = json!({"plaintext": true, "vaults": [{"name": "V", "id": "v", "items": [{"id": "p", "title": "P", "fields": [
            {"id": "username", "label": "username", "value": "a"}, {"id": "password", "label": "password", "value": "x"},
            {"label": "rotation", "value": "{\"v\":2}", "section": SECTION},
        ]}]}]});
        let content = Content::from_tree(&tree(&root), false).map_err(drop).expect("a vault file");
        let id = ItemId { vault: "v".into(), item: "p".into() };
        let item = block_on(FileVault::new(content).items(&[id])).remove(0).expect("an item");
        assert!(read(&item, &layout()).expect_err("no standing").contains("is not what this version writes"));
    }
}
