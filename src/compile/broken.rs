//! What the schema has reported, by path, so that no stage misses what is there and misspelt, or there and wrong.

use std::collections::BTreeSet;

use crate::diag::{Span, nearest};
use crate::model::document::DOCUMENT;
use crate::model::shape::Shape;
use crate::source::Node;

/// The paths of reported values, and of the keys that reported unknown ones most likely stand for. `hosts.*` is among
/// them when a host's list of services is: it might have named what no host runs.
pub fn paths(tree: &Node, bad: &BTreeSet<Span>) -> Vec<String> {
    let mut found = vec![];
    if !bad.is_empty() {
        walk("", tree, DOCUMENT, bad, &mut found);
    }
    if found.iter().any(|path| path.starts_with("hosts.") && path.matches('.').count() <= 2) {
        found.push("hosts.*".to_string());
    }
    found
}

fn walk(path: &str, node: &Node, shape: &Shape, bad: &BTreeSet<Span>, found: &mut Vec<String>) {
    if bad.contains(&node.span) {
        found.push(path.to_string());
        return;
    }
    if let (Shape::List(item), Some(items)) = (shape, node.sequence()) {
        items.iter().for_each(|node| walk(path, node, item, bad, found));
    }
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    for entry in node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        let key = entry.key.value.as_str();
        match (shape.key(key), shape) {
            (Some(shape), _) => walk(&below(key), &entry.value, shape, bad, found),
            (None, Shape::Map(keys)) if bad.contains(&entry.value.span) => {
                let free = keys.iter().map(|(known, _)| *known).filter(|known| node.get(known).is_none());
                found.extend(nearest(key, free).into_iter().map(below));
            }
            _ => {}
        }
    }
}
