//! What differs between the two plans, setting by setting, held against the catalog's history.

use std::collections::BTreeSet;

use super::carry::{self, How};
use super::draft::{Draft, item};
use super::item::{Done, Item, Kind};
use super::report::CALLED;
use super::settings::written;
use crate::catalog::{self, Catalog, Fate, Form, Literal, Preset, Setting as Entry, Version};
use crate::model::{Fact, Origin, Service, Setting, Value};

/// Tells of every service that runs at both releases.
pub fn tell(draft: &mut Draft<'_>) {
    for service in Service::ALL {
        if let Some((old, new)) = draft.both(service).filter(|_| draft.old.runs(service)) {
            let sides = Sides { service, catalog: catalog::of(service), old, new };
            let items = sides.items(draft);
            items.into_iter().for_each(|item| draft.tell(item));
        }
    }
}

struct Sides {
    service: Service,
    catalog: &'static Catalog,
    old: Version,
    new: Version,
}

impl Sides {
    fn items(&self, draft: &Draft<'_>) -> Vec<Item> {
        let names = written(&draft.tree, self.service).into_iter().map(|entry| entry.key.value);
        let explicit: BTreeSet<String> = names.collect();
        let mut items = vec![];
        let mut renamed: BTreeSet<&'static str> = BTreeSet::new();
        for setting in draft.old.settings(self.service) {
            let fate = self.catalog.fate(&setting.name, self.new);
            if let Fate::Renamed { to, .. } = &fate {
                renamed.extend(to);
            }
            if !explicit.contains(&setting.name) {
                items.extend(self.derived(draft, setting, fate));
            }
        }
        for (entry, form) in self.read(self.new) {
            let known = entry.at(self.old).is_some();
            if lacked(draft, self.service, entry.name) {
                let before = draft.old.plan.lacks.iter().any(|lack| needs(lack, self.service, entry.name));
                items.extend((!(known && before)).then(|| self.required(draft, entry, known)));
            } else if !known
                && !entry.internal
                && (form.of.is_none() || draft.new.told(self.service, entry.name).is_some())
                && !renamed.contains(entry.name)
                && !explicit.contains(entry.name)
            {
                items.push(self.appeared(draft, entry, form));
            }
        }
        items.extend(self.read(self.old).filter_map(|(entry, form)| self.default(draft, entry, form)));
        items
    }

    fn read(&self, version: Version) -> impl Iterator<Item = (&'static Entry, &'static Form)> {
        self.catalog.settings_at(version).chain(self.catalog.environment_at(version))
    }

    /// A setting that the document does not write, and that the older release was told.
    fn derived(&self, draft: &Draft<'_>, setting: &Setting, fate: Fate) -> Option<Item> {
        let base = Item {
            span: setting.origin.span(),
            done: Done::Derived,
            ..item(Some(self.service), Kind::Renamed, &setting.name)
        };
        match fate {
            Fate::Renamed { to, release, note } => {
                let note = note.map(|note| format!("; {note}")).unwrap_or_default();
                let what = format!("{CALLED}`{}`{note}", to.join("`, `"));
                let to = to.into_iter().map(str::to_string).collect();
                Some(Item { what, to, release: Some(release), ..base })
            }
            Fate::Removed { release } => {
                let what = format!("nothing reads it from {release} on");
                Some(Item { kind: Kind::Removed, what, release: Some(release), ..base })
            }
            Fate::Known(_, form) if draft.new.told(self.service, &setting.name).is_none() => {
                let other = carry::REPLACED.iter().find(|(name, _)| *name == setting.name).map(|(_, to)| *to);
                if let Some(to) = other.filter(|to| draft.new.told(self.service, to).is_some()) {
                    return Some(Item { what: format!("{CALLED}`{to}`"), to: vec![to.to_string()], ..base });
                }
                let was = plain(&setting.value)
                    .filter(|_| !setting.secret)
                    .filter(|was| Some(was) != text(form.default).as_ref())?;
                let what = format!("it was told {was}; from here the default holds, {}", form.default);
                Some(Item { kind: Kind::Default, what, done: Done::Told, ..base })
            }
            _ => None,
        }
    }

    fn required(&self, draft: &Draft<'_>, entry: &Entry, known: bool) -> Item {
        let lack = draft.lacks.iter().find(|lack| needs(lack, self.service, entry.name));
        let path = lack.map(|lack| lack.path.clone()).unwrap_or_default();
        let what = match known {
            true => format!("it needs `{path}`, which the document lacks"),
            false => format!("it is read from here on, and needs `{path}`, which the document lacks"),
        };
        let filled = draft.new.told(self.service, entry.name).is_some();
        Item {
            what,
            release: since(entry, self.new),
            span: draft.nearest(&path),
            done: if filled { Done::Edited } else { Done::FillIn },
            ..item(Some(self.service), Kind::New, entry.name)
        }
    }

    /// A setting that the older release did not read.
    fn appeared(&self, draft: &Draft<'_>, entry: &Entry, form: &Form) -> Item {
        let base = Item { release: since(entry, self.new), ..item(Some(self.service), Kind::Optional, entry.name) };
        match draft.new.told(self.service, entry.name) {
            Some(told) => Item {
                kind: Kind::New,
                what: format!("it is read from here on, {}", source(&told.origin)),
                span: told.origin.span(),
                done: Done::Derived,
                ..base
            },
            None => Item { what: format!("{}; its default is {}", entry.help, form.default), ..base },
        }
    }

    /// A setting that nobody writes on either side, and whose default is another one.
    fn default(&self, draft: &Draft<'_>, entry: &'static Entry, form: &Form) -> Option<Item> {
        let (name, new) = match self.catalog.fate(entry.name, self.new) {
            Fate::Known(_, form) => (entry.name, form),
            Fate::Renamed { to, note, .. } => match to.as_slice() {
                [only] if carry::how(entry.name, &to, note) == How::Carry => (*only, self.catalog.at(only, self.new)?),
                _ => return None,
            },
            _ => return None,
        };
        let told = draft.old.told(self.service, entry.name).is_some() || draft.new.told(self.service, name).is_some();
        let removed = |entry: &&crate::diag::Spanned<String>| entry.value == name;
        let null = draft.new.plan.units.iter().flat_map(|unit| &unit.removed).find(removed).map(|null| null.span);
        if entry.internal || told || same(form.default, new.default) {
            return None;
        }
        let called = if name == entry.name { String::new() } else { format!(" (now `{name}`)") };
        Some(Item {
            what: format!("{} becomes {}{called}", short(form.default), short(new.default)),
            release: Some(new.since),
            span: null,
            ..item(Some(self.service), Kind::Default, entry.name)
        })
    }
}

/// A default, cut where it is long; `rpconf catalog --json` has all of it.
fn short(preset: Preset) -> String {
    let text = preset.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None => text,
    }
}

fn lacked(draft: &Draft<'_>, service: Service, name: &str) -> bool {
    draft.lacks.iter().any(|lack| needs(lack, service, name))
}

fn needs(lack: &crate::model::Lack, service: Service, name: &str) -> bool {
    lack.needs.iter().any(|(needing, _, setting)| *needing == service && *setting == name)
}

/// The first release of those up to this one that read the setting without a gap.
fn since(entry: &Entry, version: Version) -> Option<Version> {
    let mut since = entry.at(version)?.since;
    while let Some(before) = entry.forms.iter().find(|form| form.until == Some(since)) {
        since = before.since;
    }
    Some(since)
}

fn source(origin: &Origin) -> String {
    match origin {
        Origin::Derived { facts, .. } => match facts.as_slice() {
            [] => "and derived".to_string(),
            facts => format!("derived from {}", facts.iter().map(path).collect::<Vec<_>>().join(", ")),
        },
        Origin::Posture { because } => format!("as {because}"),
        Origin::Literal(_) | Origin::Reference(_) | Origin::Template(_) => "and written".to_string(),
    }
}

fn path(fact: &Fact) -> String {
    format!("`{}`", fact.path)
}

/// A literal as the catalog writes it; nothing for what may hold a secret or is larger.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Bool(b) => Some(b.to_string()),
        Value::Int(n) => Some(n.to_string()),
        Value::String(text) => Some(format!("{text:?}")),
        _ => None,
    }
}

fn text(preset: Preset) -> Option<String> {
    match preset {
        Preset::Value(Literal::Bool(_) | Literal::Int(_) | Literal::Text(_)) => Some(preset.to_string()),
        _ => None,
    }
}

/// Whether two defaults are the same value: a list is what its record says. Of what only the source knows, nothing is
/// said.
fn same(old: Preset, new: Preset) -> bool {
    let record = |preset: Preset| match preset {
        Preset::Value(Literal::Text(text)) => Some(text.to_string()),
        Preset::Value(Literal::List(items)) => {
            let texts = items.iter().map(|item| if let Literal::Text(text) = item { Some(*text) } else { None });
            Some(texts.collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => None,
    };
    match (old, new) {
        (Preset::Structure(_), _) | (_, Preset::Structure(_)) => true,
        (old, new) if empty(old) && empty(new) => true,
        (old, new) if old == new => true,
        (old, new) => record(old).is_some_and(|old| record(new) == Some(old)),
    }
}

/// Nothing, in one of its forms.
fn empty(preset: Preset) -> bool {
    let nothing = [Literal::Null, Literal::Text(""), Literal::List(&[]), Literal::Map(&[])];
    matches!(preset, Preset::Value(value) | Preset::Env { value, .. } if nothing.contains(&value))
}
