//! Facts that the release needs and the document lacks: one finding a fact, whoever asks for it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::catalog::Version;
use crate::diag::{Notes, Span, codes};
use crate::model::Service;
use crate::source::Node;

/// What is missing, by path, and who needs it for what.
#[derive(Default)]
pub struct Missing {
    facts: BTreeMap<String, Vec<(Service, Version, &'static str)>>,
}

impl Missing {
    /// Notes that a setting cannot be derived without a fact.
    pub fn add(&mut self, path: &str, service: Service, version: Version, setting: &'static str) {
        let needs = self.facts.entry(path.to_string()).or_default();
        if !needs.contains(&(service, version, setting)) {
            needs.push((service, version, setting));
        }
    }

    /// Reports each fact at the nearest place above it that the document has.
    pub fn report(self, tree: &Rc<Node>, notes: &mut Notes) {
        for (path, needs) in self.facts {
            let mut services: Vec<String> = vec![];
            for (service, version, _) in &needs {
                let named = format!("{service} {version}");
                if !services.contains(&named) {
                    services.push(named);
                }
            }
            let mut settings: Vec<&str> = needs.iter().map(|(_, _, setting)| *setting).collect();
            settings.dedup();
            let more = settings.len().saturating_sub(3);
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            settings.truncate(3);
            let need = if services.len() == 1 { "needs" } else { "need" };
            let why = format!("{} {need} it for `{}`{tail}", services.join(" and "), settings.join("`, `"));
            notes
                .error(codes::MISSING_FACT, format!("`{path}` is missing"))
                .at(nearest(tree, &path), why)
                .help(format!("add `{path}`"));
        }
    }
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
