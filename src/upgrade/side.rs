//! One side of an upgrade: the document compiled at a release.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Input;
use crate::catalog::{Service as Named, Train, Version};
use crate::check::{self, NoVault};
use crate::compile;
use crate::diag::{Code, Notes, Severity, SourceMap, Span, codes};
use crate::model::{Plan, Service, Setting};
use crate::schema;
use crate::source::Node;

/// A document at a release.
pub struct Side {
    /// The versions of the services that the release has, pins among them.
    pub versions: Vec<(Service, Version)>,
    /// What it compiles to.
    pub plan: Plan,
    /// What there is to say.
    pub notes: Notes,
    /// Unit and setting of each name of a service, at its first placement.
    index: BTreeMap<(Service, String), (usize, usize)>,
}

impl Side {
    /// Compiles a tree and runs the rules over its plan, as `check` does.
    pub fn compile(input: &Input<'_>, tree: &Rc<Node>, train: &Train, map: &SourceMap) -> Side {
        let mut notes = Notes::default();
        let bad = schema::validate(tree, &mut notes);
        let Input { environment, files, .. } = *input;
        let sources = Vec::from_iter(map.files());
        let compiling = compile::Input { environment, tree, sources: &sources, bad: &bad, containers: false, files };
        let plan = compile::compile(&compiling, map, &mut notes);
        check::run(&plan, &NoVault, input.today, &mut notes);
        Side { versions: versions(tree, train), index: index(&plan), plan, notes }
    }

    /// The same plan, until another one is compiled.
    pub fn until_compiled(&self, versions: Vec<(Service, Version)>) -> Side {
        Side { versions, plan: self.plan.clone(), notes: Notes::default(), index: self.index.clone() }
    }

    /// The version of a service, when the release has it.
    pub fn version(&self, service: Service) -> Option<Version> {
        self.versions.iter().find(|(known, _)| *known == service).map(|(_, version)| *version)
    }

    /// Whether a service runs anywhere.
    pub fn runs(&self, service: Service) -> bool {
        self.plan.units.iter().any(|unit| unit.service == service)
    }

    /// What a service is told under a name, wherever it runs first.
    pub fn told(&self, service: Service, name: &str) -> Option<&Setting> {
        let (unit, setting) = *self.index.get(&(service, name.to_string()))?;
        self.plan.units.get(unit)?.settings.get(setting)
    }

    /// The settings of a service, each name once.
    pub fn settings(&self, service: Service) -> impl Iterator<Item = &Setting> {
        let of = self.index.iter().filter(move |((of, _), _)| *of == service);
        of.filter_map(|(_, (unit, setting))| self.plan.units.get(*unit)?.settings.get(*setting))
    }

    /// The errors that an upgrade has to do with: by code and place, markers left out.
    pub fn errors(&self) -> Vec<(Code, Option<Span>)> {
        let errors = self.notes.iter().filter(|note| note.severity == Severity::Error && note.code != codes::FILL_IN);
        errors.map(|note| (note.code, note.primary())).collect()
    }
}

fn index(plan: &Plan) -> BTreeMap<(Service, String), (usize, usize)> {
    let mut index = BTreeMap::new();
    for (at, unit) in plan.units.iter().enumerate() {
        for (place, setting) in unit.settings.iter().enumerate() {
            index.entry((unit.service, setting.name.clone())).or_insert((at, place));
        }
    }
    index
}

/// A train's versions, and what the document pins.
pub fn versions(tree: &Node, train: &Train) -> Vec<(Service, Version)> {
    let pinned = |service: Service| {
        let node = tree.get("versions")?.get(service.name())?;
        Version::parse(&node.scalar()?.text)
    };
    let version = |service: Service| pinned(service).or_else(|| train.version(service));
    Service::ALL.into_iter().filter_map(|service| Some((service, version(service)?))).collect()
}

/// Whether an upgrade of a service passes a release.
pub fn crosses(old: Option<Version>, new: Option<Version>, release: Version) -> bool {
    old.is_some_and(|old| old < release) && new.is_some_and(|new| release <= new)
}

/// The catalog's and the model's services are the same.
const _: fn(Service) -> Named = |service| service;
