//! One service on one placement: every setting that it is to be told, explicit ones first, then derived, then posture.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::explicit::{self, Explicit, Reading};
use super::facts::Facts;
use super::fleet::Fleet;
use super::kind::{self, value_of};
use super::missing::Missing;
use super::names::{self, Verdict};
use super::rules::{self, Cx, Stop};
use super::written::Desk;
use crate::catalog::{self, Form, Secrecy, Setting as Entry};
use crate::diag::{Notes, Span, Spanned, codes};
use crate::model::shape::is_setting_name;
use crate::model::{Inner, Origin, Overridden, Placement, Service, Setting, Value};
use crate::source::{Kind, Node};

/// A setting that the document writes.
pub struct Given {
    value: Explicit,
    node: Rc<Node>,
}

/// The settings that the document writes for a service, by name, and those that the catalog does not know.
#[derive(Default)]
pub struct Written {
    known: BTreeMap<String, Given>,
    /// In the order of the document.
    unknown: Vec<(String, Given)>,
}

impl Written {
    /// The value of a setting that the document writes.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match &self.known.get(name)?.value {
            Explicit::Value(value, _) => Some(value),
            Explicit::Removed | Explicit::Broken => None,
        }
    }

    /// The settings that the document takes away by a null.
    pub fn removed(&self) -> Vec<Spanned<String>> {
        let gone = self.known.iter().filter(|(_, given)| matches!(given.value, Explicit::Removed));
        gone.map(|(name, given)| Spanned::new(name.clone(), given.node.span)).collect()
    }
}

/// Reads what `services.SERVICE` writes by upper-case names, and under `extra`.
pub fn written(tree: &Node, reading: &Reading<'_>, desk: &mut Desk<'_>) -> Written {
    let mut written = Written::default();
    let service = reading.service;
    let Some(section) = tree.get("services").and_then(|node| node.get(service.name())) else { return written };
    let catalog = catalog::of(service);
    for entry in section.mapping().map(|m| m.entries.as_slice()).unwrap_or_default() {
        let name = &entry.key.value;
        // Other names are keys of rpconf's own, or reported by the schema.
        if !is_setting_name(name) {
            continue;
        }
        let node = Rc::clone(&entry.value);
        if let (Some(setting), Some(form)) = (catalog.setting(name), catalog.at(name, reading.version)) {
            if setting.internal && !node.is_null() {
                desk.notes
                    .warning(
                        codes::INTERNAL_SETTING,
                        format!("`{name}` is RapidPro's own and not for deployments to set"),
                    )
                    .at(&entry.key, "an upgrade will miss what it adds to its own value")
                    .help("remove it, unless this deployment is a fork");
            }
            let value = explicit::read(name, &node, setting, form, reading, desk);
            optional_in_place(name, &value, &node, desk.notes);
            written.known.insert(name.clone(), Given { value, node });
        } else if names::judge(catalog, reading, &entry.key, desk.notes) == Verdict::PassedOn {
            let value = explicit::read_unknown(name, &node, reading, desk);
            written.unknown.push((name.clone(), Given { value, node }));
        }
    }
    let extra = section.get("extra").and_then(|node| node.mapping().cloned()).unwrap_or_default();
    for entry in extra.entries {
        if catalog.at(&entry.key.value, reading.version).is_some() {
            desk.notes
                .error(codes::UNKNOWN_KEY, format!("`{}` is a setting that the catalog knows", entry.key.value))
                .at(&entry.key, "`extra` is for those that it does not")
                .help(format!("move it below `services.{service}`, where its type is checked"));
            continue;
        }
        let value = explicit::read_unknown(&entry.key.value, &entry.value, reading, desk);
        written.unknown.push((entry.key.value.clone(), Given { value, node: entry.value }));
    }
    written
}

fn optional_in_place(name: &str, value: &Explicit, node: &Rc<Node>, notes: &mut Notes) {
    if matches!(value, Explicit::Value(value, _) if explicit::misplaced_optional(value)) {
        notes
            .error(codes::BAD_REFERENCE, format!("an optional reference inside `{name}` would leave a gap"))
            .at(node, "only a whole setting or an element of a list can be left out")
            .help("remove `optional`");
    }
}

/// What compiling a unit needs.
pub struct Making<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// Releases and hosts.
    pub fleet: &'a Fleet,
    /// What the document writes for this service.
    pub written: &'a Written,
    /// The service.
    pub service: Service,
    /// Where.
    pub placement: &'a Placement,
}

/// Every setting of a service on a placement, in the order of the catalog.
pub fn settings(making: &Making<'_>, missing: &mut Missing, notes: &mut Notes) -> Vec<Setting> {
    let catalog = catalog::of(making.service);
    let version = making.fleet.version(making.service);
    let mut settings = vec![];
    for (entry, form) in catalog.settings_at(version) {
        settings.extend(setting(making, entry, form, missing, notes));
    }
    for (entry, form) in catalog.environment_at(version) {
        let variable = setting(making, entry, form, missing, notes);
        settings.extend(variable.map(|setting| Setting { variable: true, ..setting }));
    }
    for (name, given) in &making.written.unknown {
        if let Explicit::Value(value, origin) = &given.value {
            let overrides = overlays(&given.node);
            let setting = finished(name, value.clone(), origin.clone(), overrides, Secrecy::Open);
            settings.push(Setting { inner: inner(&given.node), ..setting });
        }
    }
    settings
}

fn setting(
    making: &Making<'_>,
    entry: &'static Entry,
    form: &'static Form,
    missing: &mut Missing,
    notes: &mut Notes,
) -> Option<Setting> {
    if let Some(given) = making.written.known.get(entry.name) {
        let Explicit::Value(value, origin) = &given.value else { return None };
        let mut overrides = overlays(&given.node);
        if let Some(Ok((_, origin))) = derived(making, entry, form) {
            overrides.push(Overridden { span: origin.span(), what: describe(&origin) });
        }
        let setting = finished(entry.name, value.clone(), origin.clone(), overrides, entry.secrecy);
        return Some(Setting { inner: inner(&given.node), ..setting });
    }
    match derived(making, entry, form) {
        Some(Ok((value, origin))) => {
            if let Err(why) =
                kind::validate(entry.name, &value, form, making.service, making.fleet.version(making.service))
            {
                let message = format!("`{}` has a value that {} refuses", entry.name, making.service);
                notes.error(codes::BAD_VALUE, message).at(origin.span(), why);
            }
            let overrides = origin_overrides(making.facts, &origin);
            Some(finished(entry.name, value, origin, overrides, entry.secrecy))
        }
        Some(Err(Stop::Missing(path))) if making.facts.is_broken(&path) => None,
        Some(Err(Stop::Missing(path))) => {
            missing.add(&path, making.service, making.fleet.version(making.service), entry.name);
            None
        }
        Some(Err(Stop::Refused { path, why })) => {
            let span = making.facts.fact(&path).map(|fact| fact.span);
            notes.error(codes::CHOICE_GONE, why).at(span, format!("`{}` cannot be made of this", entry.name));
            None
        }
        Some(Err(Stop::Default)) | None if entry.required => {
            let path = format!("services.{}.{}", making.service, entry.name);
            missing.add(&path, making.service, making.fleet.version(making.service), entry.name);
            None
        }
        Some(Err(Stop::Default | Stop::Broken)) | None => None,
    }
}

/// The value that the catalog's rule or posture gives, and its origin; `None` when it has neither.
fn derived(making: &Making<'_>, entry: &'static Entry, form: &'static Form) -> Option<Result<(Value, Origin), Stop>> {
    let version = making.fleet.version(making.service);
    if let Some(posture) = entry.posture_at(version) {
        return Some(Ok((value_of(posture.value), Origin::Posture { because: posture.because.to_string() })));
    }
    let rule = entry.derivation_at(version)?.rule;
    let mut cx = Cx {
        facts: making.facts,
        fleet: making.fleet,
        service: making.service,
        placement: making.placement,
        setting: entry,
        form,
        used: vec![],
    };
    let value = rules::derive(rule, &mut cx);
    let used = cx.used;
    Some(value.map(|value| (listed(value, form), Origin::Derived { rule: rule.word(), facts: used })))
}

/// A rule's value is the same in every release; a list setting of an older one is read as a string.
fn listed(value: Value, form: &Form) -> Value {
    match (form.kind, value) {
        (catalog::Kind::String, Value::Int(n)) => Value::String(n.to_string()),
        (_, value) => value,
    }
}

fn finished(name: &str, value: Value, origin: Origin, overrides: Vec<Overridden>, secrecy: Secrecy) -> Setting {
    let (secret, variable, inner) = (false, false, vec![]);
    let mut setting = Setting { name: name.to_string(), value, origin, overrides, secret, variable, inner };
    let nothing = setting.value == Value::None;
    setting.secret = setting.has_holes() || (secrecy == Secrecy::Secret && !nothing);
    setting
}

/// Where everything inside a map or a list stands.
fn inner(node: &Node) -> Vec<Inner> {
    fn gather(node: &Node, path: &[String], found: &mut Vec<Inner>) {
        let mut add = |name: String, key: Option<Span>, node: &Node| {
            let path = [path, &[name]].concat();
            found.push(Inner { path: path.clone(), key, span: node.span });
            gather(node, &path, found);
        };
        match &node.kind {
            Kind::Mapping(mapping) => {
                mapping.entries.iter().for_each(|e| add(e.key.value.clone(), Some(e.key.span), &e.value));
            }
            Kind::Sequence(items) => {
                items.iter().enumerate().for_each(|(at, item)| add(at.to_string(), None, item));
            }
            Kind::Scalar(_) => {}
        }
    }
    let mut found = vec![];
    gather(node, &[], &mut found);
    found
}

fn overlays(node: &Node) -> Vec<Overridden> {
    node.overrides.iter().map(|span| overlaid(*span)).collect()
}

fn overlaid(span: Span) -> Overridden {
    Overridden { span: Some(span), what: "set in a document that this one extends".to_string() }
}

/// The overlays that the facts of a derivation won over.
fn origin_overrides(facts: &Facts, origin: &Origin) -> Vec<Overridden> {
    let Origin::Derived { facts: used, .. } = origin else { return vec![] };
    let lost = used.iter().filter_map(|fact| facts.fact(&fact.path)).flat_map(|fact| fact.overrides.iter().copied());
    lost.map(overlaid).collect()
}

fn describe(origin: &Origin) -> String {
    match origin {
        Origin::Derived { facts, .. } => {
            let paths: Vec<&str> = facts.iter().map(|fact| fact.path.as_str()).collect();
            format!("derived from {}", paths.join(", "))
        }
        Origin::Posture { because } => format!("production's value: {because}"),
        Origin::Literal(_) | Origin::Reference(_) | Origin::Template(_) => "set".to_string(),
    }
}
