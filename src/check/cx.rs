//! What a rule sees: settings by name with their units, versions, machines, and the oracle.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

use super::address::Address;
use super::oracle::{Answer, Form, Oracle, Question};
use super::said::{Said, said};
use super::term::{Holes, Term};
use crate::catalog::{self, Literal, Preset, Version};
use crate::diag::{Span, Spanned};
use crate::model::{Machine, Origin, Plan, Service, Setting, Unit, Value};

/// A plan, indexed, and who answers for its secrets.
pub struct Cx<'a> {
    /// The plan.
    pub plan: &'a Plan,
    oracle: &'a dyn Oracle,
    waiting: Cell<bool>,
    units: Vec<Indexed<'a>>,
    machines: BTreeMap<&'a str, &'a Machine>,
    holes: Holes<'a>,
    read: RefCell<BTreeMap<usize, Option<Address>>>,
    said: OnceCell<Vec<Said<'a>>>,
}

struct Indexed<'a> {
    unit: &'a Unit,
    version: Version,
    settings: BTreeMap<&'a str, &'a Setting>,
    /// Its place among the units.
    at: usize,
}

/// A setting of a unit.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// The unit's version.
    pub version: Version,
    /// The setting.
    pub setting: &'a Setting,
    at: usize,
}

impl<'a> Cx<'a> {
    /// Indexes a plan.
    pub fn new(plan: &'a Plan, oracle: &'a dyn Oracle) -> Self {
        let indexed = |(at, unit): (usize, &'a Unit)| Indexed {
            unit,
            at,
            version: Version::parse(&unit.version).unwrap_or(Version::new(0, 0, 0)),
            settings: unit.settings.iter().map(|setting| (setting.name.as_str(), setting)).collect(),
        };
        let units = plan.units.iter().enumerate().map(indexed).collect();
        let machines = plan.hosts.iter().map(|machine| (machine.name.as_str(), machine)).collect();
        let (waiting, holes, read) = (Cell::new(false), Holes::default(), RefCell::default());
        Self { plan, oracle, waiting, units, machines, holes, read, said: OnceCell::new() }
    }

    /// Whether a question was left open since this was last asked.
    pub fn take_waiting(&self) -> bool {
        self.waiting.take()
    }

    /// The machine that a unit runs on.
    pub fn machine(&self, unit: &Unit) -> Option<&'a Machine> {
        self.machines.get(unit.placement.host()?).copied()
    }

    /// The units, with their versions.
    pub fn units(&self) -> impl Iterator<Item = (&'a Unit, Version)> {
        self.units.iter().map(|indexed| (indexed.unit, indexed.version))
    }

    /// The version of a service that is placed.
    pub fn version(&self, service: Service) -> Option<Version> {
        self.units().find(|(unit, _)| unit.service == service).map(|(_, version)| version)
    }

    /// The version of Django itself that is placed.
    pub fn framework(&self) -> Option<Version> {
        self.version(Service::Django).map(catalog::django_pin)
    }

    /// A setting wherever it stands.
    pub fn all(&self, name: &str) -> Vec<Seen<'a>> {
        let seen = |it: &Indexed<'a>| it.settings.get(name).map(|setting| it.seen(setting));
        self.units.iter().filter_map(seen).collect()
    }

    /// Several settings wherever they stand, in the order of the names.
    pub fn any(&self, names: &[&str]) -> Vec<Seen<'a>> {
        names.iter().flat_map(|name| self.all(name)).collect()
    }

    /// A setting of a service, at its first placement.
    pub fn of(&self, service: Service, name: &str) -> Option<Seen<'a>> {
        let mut units = self.units.iter().filter(|it| it.unit.service == service);
        units.find_map(|it| it.settings.get(name).map(|setting| it.seen(setting)))
    }

    /// A setting of the same unit.
    pub fn beside(&self, seen: Seen<'a>, name: &str) -> Option<Seen<'a>> {
        let it = self.units.get(seen.at)?;
        it.settings.get(name).map(|setting| it.seen(setting))
    }

    /// Everything that the document says, value by value.
    pub fn said(&self) -> &[Said<'a>] {
        self.said.get_or_init(|| said(self))
    }

    /// Every setting.
    pub fn settings(&self) -> impl Iterator<Item = Seen<'a>> {
        self.units.iter().flat_map(|it| it.unit.settings.iter().map(|setting| it.seen(setting)))
    }

    /// A setting that the document takes away by a null, wherever it would stand.
    pub fn removed(&self, name: &str) -> Vec<(&'a Unit, Span)> {
        let nulls = self.units.iter().flat_map(|it| it.unit.removed.iter().map(|null| (it.unit, null)));
        nulls.filter(|(_, null)| null.value == name).map(|(unit, null)| (unit, null.span)).collect()
    }

    /// Every setting that the document takes away by a null.
    pub fn nulls(&self) -> impl Iterator<Item = (&'a Unit, Version, &'a Spanned<String>)> {
        self.units.iter().flat_map(|it| it.unit.removed.iter().map(|null| (it.unit, it.version, null)))
    }

    /// A value as a term.
    pub fn term(&self, value: &'a Value) -> Option<Term> {
        self.holes.term(value)
    }

    /// A setting's value as a term.
    pub fn value(&self, seen: Seen<'a>) -> Option<Term> {
        self.term(&seen.setting.value)
    }

    /// A setting's value as an address. It is taken apart once.
    pub fn address(&self, seen: Seen<'a>) -> Option<Address> {
        self.address_of(&seen.setting.value)
    }

    /// A value inside a setting as an address.
    pub fn address_of(&self, value: &'a Value) -> Option<Address> {
        let key = std::ptr::from_ref(value).addr();
        let mut read = self.read.borrow_mut();
        read.entry(key).or_insert_with(|| Address::read(&self.holes.term(value)?)).clone()
    }

    /// Where the document refers to a hole of a term, as far as a setting is made of it.
    pub fn hole(&self, seen: Seen<'a>, term: &Term) -> Option<Span> {
        let text = self.holes.text(term);
        let wanted = &text.holes().first()?.reference;
        let mut place = None;
        seen.setting.value.texts(&mut |text| {
            let hole = text.holes().into_iter().find(|hole| hole.reference == *wanted);
            place = place.or(hole.map(|hole| hole.span));
        });
        place
    }

    /// Whether two terms are the same; the oracle is asked only where text does not tell.
    pub fn same(&self, a: &Term, b: &Term) -> Answer {
        if a == b {
            return Answer::Yes;
        }
        if a.known().is_some() && b.known().is_some() || differ(a, b) {
            return Answer::No;
        }
        let (a, b) = (self.holes.text(a), self.holes.text(b));
        self.ask(&Question::Same { a: &a, b: &b })
    }

    /// Whether a term is one of some words.
    pub fn one_of(&self, term: &Term, words: &[&str]) -> Answer {
        match term.known() {
            Some(text) => Answer::of(words.contains(&text)),
            None => self.ask(&Question::OneOf { text: &self.holes.text(term), words }),
        }
    }

    /// Whether a term is of some form.
    pub fn parses_as(&self, term: &Term, form: Form) -> Answer {
        match term.known() {
            Some(text) => Answer::of(form.fits(text)),
            None => self.ask(&Question::ParsesAs { text: &self.holes.text(term), form }),
        }
    }

    fn ask(&self, question: &Question<'_>) -> Answer {
        let answer = self.oracle.ask(question);
        self.waiting.set(self.waiting.get() || answer == Answer::Unknown);
        answer
    }

    /// Whether the document's vault is a plaintext file: a demo's.
    pub fn is_demo(&self) -> bool {
        let file = self.plan.vault.file.as_deref().unwrap_or_default();
        self.plan.vault.backend.as_deref() == Some("file") && (file.ends_with(".yml") || file.ends_with(".yaml"))
    }

    /// Whether services run in containers.
    pub fn containers(&self) -> bool {
        self.plan.units.iter().any(|unit| unit.placement.host().is_none())
    }
}

impl<'a> Indexed<'a> {
    fn seen(&self, setting: &'a Setting) -> Seen<'a> {
        Seen { unit: self.unit, version: self.version, setting, at: self.at }
    }
}

impl<'a> Seen<'a> {
    /// The name.
    pub fn name(&self) -> &'a str {
        &self.setting.name
    }

    /// The text, when it is known.
    pub fn text(&self) -> Option<&'a str> {
        match &self.setting.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the document writes the setting itself.
    pub fn is_written(&self) -> bool {
        matches!(self.setting.origin, Origin::Literal(_) | Origin::Reference(_) | Origin::Template(_))
    }

    /// Where the document says it.
    pub fn place(&self) -> Option<Span> {
        self.setting.origin.span()
    }

    /// Where its address stands: a cache's is inside of a map.
    pub fn location(&self) -> Option<Span> {
        let inside = if self.name() == "CACHES" { self.inner(&["default", "LOCATION"]) } else { None };
        inside.or_else(|| self.place())
    }

    /// Where the value under these keys stands, in a map or list that the document writes.
    pub fn inner<K: AsRef<str>>(&self, keys: &[K]) -> Option<Span> {
        let same = |path: &[String]| path.len() == keys.len() && path.iter().zip(keys).all(|(a, b)| a == b.as_ref());
        self.setting.inner.iter().find(|inner| same(&inner.path)).map(|inner| inner.span)
    }

    /// Where the key itself stands.
    pub fn inner_key(&self, keys: &[&str]) -> Option<Span> {
        let same = |path: &[String]| path.len() == keys.len() && path.iter().zip(keys).all(|(a, b)| a == b);
        self.setting.inner.iter().find(|inner| same(&inner.path)).and_then(|inner| inner.key).or_else(|| self.place())
    }

    /// Where the document says the fact whose path ends so; the setting's own place when it is written.
    pub fn fact(&self, end: &str) -> Option<Span> {
        match &self.setting.origin {
            Origin::Derived { facts, .. } => {
                let named = facts.iter().find(|fact| fact.path.ends_with(end)).and_then(|fact| fact.span);
                named.or_else(|| self.place())
            }
            _ => self.place(),
        }
    }
}

impl Seen<'_> {
    /// Whether a fact with this word in its path makes the setting, or would if the document did not write it itself.
    pub fn stands_for(&self, word: &str) -> bool {
        match &self.setting.origin {
            Origin::Derived { facts, .. } => facts.iter().any(|fact| fact.path.contains(word)),
            _ => self.setting.overrides.iter().any(|lost| lost.what.contains(word)),
        }
    }
}

/// The default of a setting at a version, as text.
pub fn default_text(service: Service, name: &str, version: Version) -> Option<&'static str> {
    match catalog::of(service).at(name, version)?.default {
        Preset::Value(Literal::Text(text)) | Preset::Env { value: Literal::Text(text), .. } => Some(text),
        Preset::Expr(text) => Some(text),
        _ => None,
    }
}

/// The value at a path of keys inside a value.
pub fn dig<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Map(entries) | Value::Update { entries, .. } => {
            entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
        }
        _ => None,
    })
}

/// The items of a list or tuple.
pub fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(items) | Value::Tuple(items) => Some(items),
        _ => None,
    }
}

/// Whether two terms differ whatever their holes hold: without what they begin and end with alike, one is known text
/// and the other nothing.
fn differ(a: &Term, b: &Term) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.as_str().chars().collect(), b.as_str().chars().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(..a.len() - tail).unwrap_or_default(), b.get(..b.len() - tail).unwrap_or_default());
    let known = |text: &[char]| !text.iter().any(|c| super::term::is_hole(*c));
    known(a) && known(b)
}
