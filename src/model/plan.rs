//! The Plan: what every service of an environment will be told, with holes where secrets go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Hole, Origin, Placement, Reference, Service, Text, Value};
use crate::diag::{Span, Spanned};

/// A compiled environment. It holds no secret.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The environment's name.
    pub environment: String,
    /// RapidPro's release, as `v7.4.2`.
    pub release: String,
    /// One entry for every service on every placement, in the document's order of hosts.
    pub units: Vec<Unit>,
    /// The document's hosts, in its order; none in containers.
    pub hosts: Vec<Machine>,
    /// Outputs that are not a service's: templates and vault files.
    pub files: Vec<FileOutput>,
    /// What the document says of everything that the grammar names, in the order of the paths.
    pub said: Vec<Given>,
    /// Facts that the releases need and the document lacks, by path. Each is reported too.
    pub lacks: Vec<Lack>,
    /// What the document says of `resources`, by path: `postgres.admin.user`. Settings are made of these, and rotation
    /// needs what no setting holds.
    pub facts: BTreeMap<String, Spanned<Value<Text>>>,
    /// What the document says of rotation.
    pub rotation: RotationPolicy,
    /// Findings that the document accepts.
    pub allowances: Vec<Allowance>,
    /// Every reference of the document, whether a setting reads it or not.
    pub references: Vec<Mention>,
    /// The files that the environment was read from, in reading order.
    pub sources: Vec<String>,
    /// Where references are looked up.
    pub vault: VaultChoice,
}

/// A fact as the document gives it.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its path, such as `resources.postgres.host`.
    pub path: String,
    /// Its value.
    pub value: Value<Text>,
    /// Its place.
    pub span: Span,
}

/// Which vault a document names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultChoice {
    /// `connect`, `op` or `file`; Connect when the document says nothing.
    pub backend: Option<String>,
    /// File of the `file` backend, relative to the document's folder.
    pub file: Option<String>,
    /// Name of the vault that `init` and `vault create` write to.
    pub name: Option<String>,
    /// Whether a Connect server may be reached without TLS.
    pub allow_http: bool,
}

/// When credentials are to be changed, and how other hosts get to know.
#[derive(Debug, Clone, Default)]
pub struct RotationPolicy {
    /// The age at which a target is due, by its name.
    pub due: Vec<(String, Spanned<Duration>)>,
    /// The command that brings new files to a host, word by word; empty when there is none.
    pub hook: Vec<String>,
}

/// A host of the document.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Its address inside the network.
    pub internal: Option<Spanned<Value<Text>>>,
    /// Its public address.
    pub public: Option<Spanned<Value<Text>>>,
    /// What runs on it, in the document's words: celery and beat among them.
    pub processes: Vec<Spanned<String>>,
}

impl Machine {
    /// Its address inside the network, where the document has it literally.
    pub fn internal_address(&self) -> Option<&str> {
        literal(self.internal.as_ref())
    }

    /// Its public address, where the document has it literally.
    pub fn public_address(&self) -> Option<&str> {
        literal(self.public.as_ref())
    }
}

fn literal(address: Option<&Spanned<Value<Text>>>) -> Option<&str> {
    match &address?.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A fact that a release needs and the document lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Its path in the document, such as `resources.courier.auth_token`.
    pub path: String,
    /// Who needs it: the service, its version, and the setting.
    pub needs: Vec<(Service, String, &'static str)>,
}

/// A finding that the document accepts.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// Name of the rule.
    pub rule: Spanned<String>,
    /// Why.
    pub because: Option<String>,
    /// The day on which the acceptance ends, as it is written.
    pub until: Option<Spanned<String>>,
}

/// One service on one placement.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The service.
    pub service: Service,
    /// Where.
    pub placement: Placement,
    /// The service's own version, as `v7.4.0`.
    pub version: String,
    /// Where the document pins the version.
    pub pinned: Option<Span>,
    /// Its settings, in the order in which they are written.
    pub settings: Vec<Setting>,
    /// Settings that the document takes away by a null, by name: upstream's default holds.
    pub removed: Vec<Spanned<String>>,
    /// How and where the result is installed.
    pub target: Target,
}

/// One setting of one service.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The name the service reads.
    pub name: String,
    /// The value, with holes.
    pub value: Value<Text>,
    /// Where it came from.
    pub origin: Origin,
    /// The places of values that this one won over: overlays first, then the derivation it replaces.
    pub overrides: Vec<Overridden>,
    /// Whether the value is secret: the catalog says so, or a hole is in it.
    pub secret: bool,
    /// Whether a library reads it from the process's environment, whatever the service itself reads.
    pub variable: bool,
    /// The places of what stands inside a map or a list that the document writes.
    pub inner: Vec<Inner>,
}

/// A value inside a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Inner {
    /// The keys that lead to it; an item of a list has its index.
    pub path: Vec<String>,
    /// Its key, where it has one.
    pub key: Option<Span>,
    /// Its place.
    pub span: Span,
}

/// A value that another one won over.
#[derive(Debug, Clone, PartialEq)]
pub struct Overridden {
    /// Where it stands.
    pub span: Option<Span>,
    /// What it was: `set in base.yml`, `derived from resources.redis`.
    pub what: String,
}

/// Where an output goes on its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Absolute path on the host; none in containers.
    pub path: Option<String>,
    /// Owner.
    pub owner: String,
    /// Group.
    pub group: String,
    /// Permission bits.
    pub mode: u32,
    /// Where the document gives them.
    pub mode_span: Option<Span>,
    /// Units that follow a change, in the order in which they do.
    pub reactions: Vec<Reaction>,
    /// Where the document gives them.
    pub reactions_span: Option<Span>,
    /// Format, when the document asks for another than the service's own.
    pub format: Option<Spanned<String>>,
}

/// What follows a changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The systemd unit.
    pub unit: String,
    /// What happens to it.
    pub action: Action,
    /// A command, word by word, that must succeed before the next unit follows; empty when there is none.
    #[serde(default)]
    pub health: Vec<String>,
}

/// What happens to a unit when its file changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// `systemctl restart`.
    Restart,
    /// `systemctl reload`.
    Reload,
    /// A command of the operator's, word by word.
    Command(Vec<String>),
}

/// An output that is not a service's.
#[derive(Debug, Clone)]
pub struct FileOutput {
    /// Its name in `outputs`.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Where it goes.
    pub placement: Placement,
    /// What is in it.
    pub content: Content,
    /// How it is installed.
    pub target: Target,
}

/// What is in an output that is not a service's.
#[derive(Debug, Clone)]
pub enum Content {
    /// A value of the vault, or a text of the document.
    Value(Value<Text>),
    /// A template file, rendered at link.
    Template {
        /// Its name below `templates/`.
        name: String,
        /// Its text.
        source: String,
        /// What it may read: paths such as `domain` and `hosts.web.internal`, with their values.
        context: Vec<(String, Value<Text>)>,
        /// The holes that it may open by `op("…")`.
        holes: Vec<Hole>,
    },
}

impl Content {
    /// Every reference in it.
    pub fn references(&self) -> BTreeSet<Reference> {
        self.holes().into_iter().map(|hole| hole.reference.clone()).collect()
    }

    /// Every hole in it.
    pub fn holes(&self) -> Vec<&Hole> {
        let mut found = vec![];
        match self {
            Content::Value(value) => value.texts(&mut |text| found.extend(text.holes())),
            Content::Template { context, holes, .. } => {
                for (_, value) in context {
                    value.texts(&mut |text| found.extend(text.holes()));
                }
                found.extend(holes);
            }
        }
        found
    }
}

/// A reference where the document writes it.
#[derive(Debug, Clone)]
pub struct Mention {
    /// The reference.
    pub reference: Reference,
    /// Where it stands.
    pub span: Span,
}

/// The order in which units follow: callees before their callers, and what users wait for before what runs at night.
pub const ORDER: [Service; 5] =
    [Service::Mailroom, Service::Courier, Service::Django, Service::Indexer, Service::Archiver];

impl Plan {
    /// The units in the order in which they follow a change.
    pub fn in_order(&self) -> impl Iterator<Item = &Unit> {
        ORDER.into_iter().flat_map(|service| self.units.iter().filter(move |unit| unit.service == service))
    }

    /// Every hole that must be filled, in the order of the outputs.
    pub fn holes(&self) -> Vec<&Hole> {
        let mut found = vec![];
        for setting in self.units.iter().flat_map(|unit| &unit.settings) {
            setting.value.texts(&mut |text| found.extend(text.holes()));
        }
        found.extend(self.files.iter().flat_map(|file| file.content.holes()));
        found
    }
}

impl Setting {
    /// Whether a hole is in the value.
    pub fn has_holes(&self) -> bool {
        let mut any = false;
        self.value.texts(&mut |text| any |= !text.holes().is_empty());
        any
    }
}
