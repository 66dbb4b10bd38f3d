//! Settings that the document writes by the services' own names: renamed where the release has another name, removed
//! where it has none.

use std::collections::BTreeMap;

use super::carry::{self, How};
use super::draft::{Draft, item};
use super::item::{Done, Item, Kind};
use super::report::CALLED;
use super::{at, yaml};
use crate::catalog::{self, Fate, Secrecy, Version};
use crate::model::Service;
use crate::model::shape::is_setting_name;
use crate::source::{Entry, Node, Typed};

/// Rewrites the names of every service that the new release has.
pub fn rewrite(draft: &mut Draft<'_>) {
    for service in Service::ALL {
        if let Some(version) = draft.new.version(service) {
            of_service(draft, service, version);
        }
    }
}

/// The settings that a document writes for a service.
pub fn written(tree: &std::rc::Rc<Node>, service: Service) -> Vec<Entry> {
    let section = at(tree, &format!("services.{service}"));
    let entries = section.and_then(|node| node.mapping().cloned()).unwrap_or_default().entries;
    entries.into_iter().filter(|entry| is_setting_name(&entry.key.value)).collect()
}

/// Settings whose value only a person can say, by the new name: the old ones, with what they held.
type Asked = BTreeMap<&'static str, Vec<(Entry, String)>>;

fn of_service(draft: &mut Draft<'_>, service: Service, version: Version) {
    let entries = written(&draft.tree, service);
    let mut taken: Vec<&str> = entries.iter().map(|entry| entry.key.value.as_str()).collect();
    let mut asked = Asked::new();
    for entry in &entries {
        let name = entry.key.value.as_str();
        let base = Item { span: Some(entry.key.span), done: Done::Edited, ..item(Some(service), Kind::Renamed, name) };
        match catalog::of(service).fate(name, version) {
            Fate::Renamed { to, release, note } => {
                let base = Item { to: owned(&to), release: Some(release), ..base };
                let how = if entry.value.is_null() { carry::how(name, &to, None) } else { carry::how(name, &to, note) };
                match (how, to.as_slice()) {
                    (How::Carry, [only]) if !taken.contains(only) => {
                        taken.push(only);
                        draft.rename(service, entry, only);
                        draft.tell(Item { what: renamed(&to, note), ..base });
                    }
                    (How::Ask, [only]) if !taken.contains(only) || asked.contains_key(only) => {
                        taken.push(only);
                        asked.entry(only).or_default().push((entry.clone(), note.unwrap_or_default().to_string()));
                        draft.tell(Item { what: renamed(&to, note), done: Done::FillIn, ..base });
                    }
                    (how, _) => {
                        draft.remove(service, entry);
                        draft.tell(Item { what: superseded(how, &to, note), ..base });
                    }
                }
            }
            Fate::Removed { release } => {
                draft.remove(service, entry);
                let what = format!("nothing reads it from {release} on");
                draft.tell(Item { kind: Kind::Removed, release: Some(release), what, ..base });
            }
            _ => {}
        }
    }
    for (to, from) in asked {
        ask(draft, service, to, &from);
    }
}

/// The first of the old names becomes the new one, with a marker that says what all of them held.
fn ask(draft: &mut Draft<'_>, service: Service, to: &str, from: &[(Entry, String)]) {
    let mut was = vec![];
    for (at, (entry, _)) in from.iter().enumerate() {
        let name = &entry.key.value;
        was.push(shown(service, name, &entry.value).map_or_else(|| name.clone(), |value| format!("{name} {value}")));
        match at {
            0 => draft.rename(service, entry, to),
            _ => draft.remove(service, entry),
        }
    }
    if let Some((entry, note)) = from.first() {
        let help = crate::schema::help(&format!("services.{service}.{to}")).unwrap_or_default();
        draft.mark(&entry.value, &format!("{}; {note}; it was {}", super::facts::lower(&help), was.join(", ")));
    }
}

/// An open value as a marker repeats it; nothing of what may be a secret, and nothing long.
pub fn shown(service: Service, name: &str, value: &Node) -> Option<String> {
    let open = catalog::of(service).setting(name).is_some_and(|setting| setting.secrecy == Secrecy::Open);
    let simple = value.scalar().is_some_and(|scalar| scalar.text.len() <= 80 && !scalar.text.contains('\n'));
    match value.scalar() {
        Some(scalar) if open && simple && scalar.typed == Typed::String => Some(scalar.text.clone()),
        _ => Some(yaml::line(value).replace('"', "'")).filter(|line| open && line.len() <= 120),
    }
}

fn owned(names: &[&'static str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

fn renamed(to: &[&str], note: Option<&str>) -> String {
    let note = note.map(|note| format!("; {note}")).unwrap_or_default();
    format!("{CALLED}`{}`{note}", to.join("`, `"))
}

fn superseded(how: How, to: &[&str], note: Option<&str>) -> String {
    let names = to.join("`, `");
    match how {
        How::Derive if to.len() > 1 => format!("`{names}` do its work and are derived; this line goes"),
        How::Derive => format!("`{names}` does its work and is derived; this line goes"),
        How::End => format!("this line goes: {}", note.unwrap_or("nothing does its work any more")),
        How::Carry | How::Ask => format!("`{names}` is written already; this line goes"),
    }
}
