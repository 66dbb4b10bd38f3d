//! Releases and hosts: which version of a service runs where, and who reaches whom.

use std::rc::Rc;

use super::facts::{Fact, Facts, Lookup};
use super::outputs::is_plain;
use crate::catalog::{self, Version};
use crate::diag::{Notes, codes};
use crate::model::{Hole, Placement, Service, Value};
use crate::source::{Node, Typed};

/// A host of the document.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// What runs on it: the words of the document, celery and beat among them.
    pub processes: Vec<String>,
}

impl Host {
    /// Whether it needs a service's file. Celery and beat read Django's.
    pub fn runs(&self, service: Service) -> bool {
        self.processes.iter().any(|process| match process.as_str() {
            "django" | "celery" | "beat" => service == Service::Django,
            other => other == service.name(),
        })
    }
}

/// What the plan is made for.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// RapidPro's release, which is Django's version in the catalog.
    pub release: Version,
    /// The version of Django itself that the release pins.
    pub django: Version,
    /// Versions, by service; the indexer has none in releases that ended it.
    pub versions: Vec<(Service, Version)>,
    /// Whether the document's release is newer than the catalog.
    pub newer: bool,
    /// Hosts, in the order of the document; none in containers.
    pub hosts: Vec<Host>,
    /// Whether it is for containers.
    pub containers: bool,
    /// Django's SECRET_KEY, when it is one whole reference: a rotation keeps former keys beside it.
    pub secret_key: Option<Hole>,
    /// Port settings that the document writes by the service's own names.
    pub ports: Vec<(String, i64)>,
}

impl Fleet {
    /// The version of a service; RapidPro's own for one that the release does not have.
    pub fn version(&self, service: Service) -> Version {
        self.versions.iter().find(|(known, _)| *known == service).map_or(self.release, |(_, version)| *version)
    }

    /// Whether the release has a service.
    pub fn has(&self, service: Service) -> bool {
        self.versions.iter().any(|(known, _)| *known == service)
    }

    /// Where a service runs.
    pub fn placements(&self, service: Service) -> Vec<Placement> {
        if self.containers {
            return vec![Placement::Containers];
        }
        self.hosts.iter().filter(|host| host.runs(service)).map(|host| Placement::Host(host.name.clone())).collect()
    }

    /// The host whose instance of a service a caller takes: its own, else the first in the document.
    pub fn peer(&self, service: Service, caller: &Placement) -> Option<&Host> {
        let mut running = self.hosts.iter().filter(|host| host.runs(service));
        let own = caller.host().and_then(|name| running.clone().find(|host| host.name == name));
        own.or_else(|| running.next())
    }

    /// The port that a service's listener has: written by one of the service's own names, else the catalog's default.
    pub fn port(&self, service: Service, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| {
            let form = catalog::of(service).at(name, self.version(service))?;
            let written = self.ports.iter().find(|(known, _)| known == name).map(|(_, port)| *port);
            written.or(match form.default {
                catalog::Preset::Value(catalog::Literal::Int(port)) => Some(port),
                _ => None,
            })
        })
    }
}

/// The ports that a document writes by upper-case names.
pub fn written_ports(tree: &Node) -> Vec<(String, i64)> {
    let services = tree.get("services").and_then(|node| node.mapping().cloned()).unwrap_or_default();
    let settings = services.entries.iter().filter_map(|service| service.value.mapping());
    let ports = settings.flat_map(|mapping| &mapping.entries).filter(|entry| entry.key.value.ends_with("_PORT"));
    ports
        .filter_map(|entry| match entry.value.scalar()?.typed {
            Typed::Int(port) => Some((entry.key.value.clone(), port)),
            _ => None,
        })
        .collect()
}

/// The hosts of a document, in its order. One whose name cannot be a folder is reported and left out.
pub fn hosts(tree: &Node, notes: &mut Notes) -> Vec<Host> {
    let Some(mapping) = tree.get("hosts").and_then(|node| node.mapping()) else { return vec![] };
    let processes = |node: &Rc<Node>| -> Vec<String> {
        let items = node.get("services").and_then(|list| list.sequence()).unwrap_or_default();
        items.iter().filter_map(|item| item.scalar()).map(|scalar| scalar.text.clone()).collect()
    };
    let present = mapping.entries.iter().filter(|entry| !entry.value.is_null());
    let plain = present.filter(|entry| {
        let plain = is_plain(&entry.key.value);
        if !plain {
            notes
                .error(codes::BAD_PLACEMENT, "a host's name becomes a folder and must be one plain word")
                .at(&entry.key, "")
                .help("write letters, digits, `-` and `_`; where the host is reached stands below, as `internal`");
        }
        plain
    });
    plain.map(|entry| Host { name: entry.key.value.clone(), processes: processes(&entry.value) }).collect()
}

/// The public addresses of hosts, in the order of the document.
pub fn public_addresses(facts: &Facts, hosts: &[Host]) -> Vec<(String, Rc<Fact>)> {
    let path = |host: &Host| format!("hosts.{}.public", host.name);
    hosts
        .iter()
        .filter_map(|host| match facts.get(&path(host)) {
            Some(Lookup::Fact(fact)) if !matches!(fact.value, Value::None) => Some((path(host), Rc::clone(fact))),
            _ => None,
        })
        .collect()
}
