//! One side of an upgrade: the document compiled at a release.

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
}

impl Side {
    /// Compiles a tree and runs the rules over its plan, as `check` does.
    pub fn compile(input: &Input<'_>, tree: &Rc<Node>, train: &Train, map: &SourceMap) -> Side {
        let mut notes = Notes::default();
        let bad = schema::validate(tree, &mut notes);
        let compiling =
            compile::Input { environment: input.environment, tree, bad: &bad, containers: false, files: input.files };
        let plan = compile::compile(&compiling, map, &mut notes);
        check::run(&plan, &NoVault, input.today, &mut notes);
        Side { versions: versions(tree, train), plan, notes }
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
        let units = self.plan.units.iter().filter(|unit| unit.service == service);
        units.flat_map(|unit| &unit.settings).find(|setting| setting.name == name)
    }

    /// The settings of a service, each name once.
    pub fn settings(&self, service: Service) -> Vec<&Setting> {
        let mut found: Vec<&Setting> = vec![];
        for unit in self.plan.units.iter().filter(|unit| unit.service == service) {
            for setting in &unit.settings {
                if !found.iter().any(|known| known.name == setting.name) {
                    found.push(setting);
                }
            }
        }
        found
    }

    /// The errors that an upgrade has to do with: by code and place, markers left out.
    pub fn errors(&self) -> Vec<(Code, Option<Span>)> {
        let errors = self.notes.iter().filter(|note| note.severity == Severity::Error && note.code != codes::FILL_IN);
        errors.map(|note| (note.code, note.primary())).collect()
    }
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
