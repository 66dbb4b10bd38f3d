//! Facts that the release needs and the document lacks: one finding a fact, whoever asks for it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::catalog::Version;
use crate::diag::{Notes, Span, codes};
use crate::model::{Lack, Service};
use crate::source::Node;

/// What the path of a missing service begins with.
pub const PEER: &str = "hosts.*.services: ";

/// Who needs a fact, for which setting.
type Needs = Vec<(Service, Version, &'static str)>;

/// What is missing, by path, and who needs it for what.
#[derive(Default)]
pub struct Missing {
    facts: BTreeMap<String, Needs>,
}

impl Missing {
    /// Notes that a setting cannot be derived without a fact.
    pub fn add(&mut self, path: &str, service: Service, version: Version, setting: &'static str) {
        let needs = self.facts.entry(path.to_string()).or_default();
        if !needs.contains(&(service, version, setting)) {
            needs.push((service, version, setting));
        }
    }

    /// The facts, without the services that nobody runs: those are no value to write.
    pub fn lacks(&self) -> Vec<Lack> {
        let facts = self.facts.iter().filter(|(path, _)| !path.starts_with(PEER));
        facts
            .map(|(path, needs)| {
                let needs = needs.iter().map(|(service, version, name)| (*service, version.to_string(), *name));
                Lack { path: path.clone(), needs: needs.collect() }
            })
            .collect()
    }

    /// Reports each fact at the nearest place above it that the document has; facts of a map that is missing altogether
    /// are one finding.
    pub fn report(self, tree: &Rc<Node>, notes: &mut Notes) {
        let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
        for (path, needs) in self.facts {
            if let Some(service) = path.strip_prefix(PEER) {
                peer(service, needs, tree, notes);
                continue;
            }
            let parent = path.rsplit_once('.').map(|(parent, _)| parent.to_string());
            let whole = parent.filter(|parent| !exists(tree, parent)).unwrap_or_else(|| path.clone());
            let finding = findings.entry(whole).or_default();
            finding.paths.push(path);
            finding.needs.extend(needs);
        }
        for (whole, finding) in findings {
            let name = match finding.paths.as_slice() {
                [only] => only,
                _ => &whole,
            };
            notes
                .error(codes::MISSING_FACT, format!("`{name}` is missing"))
                .at(nearest(tree, name), finding.why())
                .help(format!("add `{}`", finding.paths.join("`, `")));
        }
    }
}

/// Tells that nobody runs a service that others call.
fn peer(service: &str, needs: Needs, tree: &Rc<Node>, notes: &mut Notes) {
    let finding = Finding { paths: vec![], needs };
    notes
        .error(codes::MISSING_FACT, format!("no host runs {service}"))
        .at(nearest(tree, "hosts"), finding.why())
        .help(format!("add `{service}` to the `services` of a host"));
}

/// Facts that are missing together.
#[derive(Default)]
struct Finding {
    paths: Vec<String>,
    needs: Needs,
}

impl Finding {
    fn why(&self) -> String {
        let (mut services, mut settings): (Vec<String>, Vec<&str>) = (vec![], vec![]);
        for (service, version, setting) in &self.needs {
            let named = format!("{service} {version}");
            if !services.contains(&named) {
                services.push(named);
            }
            if !settings.contains(setting) {
                settings.push(setting);
            }
        }
        let tail = match settings.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        settings.truncate(3);
        let need = if services.len() == 1 { "needs" } else { "need" };
        format!("{} {need} this for `{}`{tail}", enumerated(&services), settings.join("`, `"))
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumerated(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn exists(tree: &Rc<Node>, path: &str) -> bool {
    path.split('.').try_fold(Rc::clone(tree), |node, key| node.get(key).cloned()).is_some_and(|node| !node.is_null())
}

/// The key of the deepest map on the way to a path, else the document's first key.
fn nearest(tree: &Rc<Node>, path: &str) -> Option<Span> {
    let first = tree.mapping().and_then(|mapping| mapping.entries.first()).map(|entry| entry.key.span);
    let mut found = first;
    let mut node = Rc::clone(tree);
    for key in path.split('.') {
        let Some(entry) = node.mapping().and_then(|mapping| mapping.entry(key)).cloned() else { break };
        found = Some(entry.key.span);
        node = entry.value;
    }
    found
}
