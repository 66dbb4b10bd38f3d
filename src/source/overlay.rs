//! One tree laid over another.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::tree::{Entry, Kind, Mapping, Node};

/// `upper` over `lower`: maps are merged key by key, anything else replaces. A null replaces, too, and stays: it tells
/// whoever reads the tree that a value is to be absent, whatever would give it. What won keeps the places that it won
/// over, the nearest first. Keys keep the order of the lower map, new ones follow.
pub(super) fn merge(upper: &Rc<Node>, lower: &Rc<Node>) -> Rc<Node> {
    // The same node by two ways, as when two overlays extend one base.
    if Rc::ptr_eq(upper, lower) {
        return upper.clone();
    }
    let mut node = Node::clone(upper);
    match (&mut node.kind, &lower.kind) {
        (Kind::Mapping(over), Kind::Mapping(under)) => *over = merge_maps(over, under),
        _ => {
            node.overrides.push(lower.span);
            node.overrides.extend(&lower.overrides);
        }
    }
    Rc::new(node)
}

fn merge_maps(upper: &Mapping, lower: &Mapping) -> Mapping {
    let mut entries = lower.entries.clone();
    let places: BTreeMap<&str, usize> =
        lower.entries.iter().enumerate().map(|(i, e)| (e.key.value.as_str(), i)).collect();
    for entry in &upper.entries {
        match places.get(entry.key.value.as_str()).and_then(|i| entries.get_mut(*i)) {
            Some(under) => *under = Entry { key: entry.key.clone(), value: merge(&entry.value, &under.value) },
            None => entries.push(entry.clone()),
        }
    }
    Mapping { entries }
}
