//! The machines of a document, as the plan tells of them.

use std::rc::Rc;

use super::facts::Facts;
use super::fleet::Fleet;
use crate::diag::Spanned;
use crate::model::Machine;
use crate::source::Node;

/// Every machine, in the order of the document; none in containers.
pub fn read(tree: &Rc<Node>, facts: &Facts, fleet: &Fleet) -> Vec<Machine> {
    fleet.hosts.iter().map(|host| machine(tree, facts, &host.name)).collect()
}

fn machine(tree: &Rc<Node>, facts: &Facts, name: &str) -> Machine {
    let address = |key: &str| {
        let fact = facts.fact(&format!("hosts.{name}.{key}"))?;
        Some(Spanned::new(fact.value.clone(), fact.span))
    };
    let list = tree.get("hosts").and_then(|hosts| hosts.get(name)).and_then(|host| host.get("services"));
    let items = list.and_then(|list| list.sequence()).unwrap_or_default().iter();
    let processes = items.filter_map(|item| Some(Spanned::new(item.scalar()?.text.clone(), item.span))).collect();
    Machine { name: name.to_string(), internal: address("internal"), public: address("public"), processes }
}
