//! Values that are still to be filled in: each is an error that says what belongs there.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::diag::{Notes, Span, codes};
use crate::model::to_fill_in;
use crate::source::{Kind, Node};

/// What is underlined: a quote and the marker's own word.
const MARK: usize = "\"<fill in".len();

/// Reports every marker of a document, and adds its place to `bad`: whatever stands there later, it is no value yet.
pub(super) fn report(tree: &Rc<Node>, notes: &mut Notes, bad: &mut BTreeSet<Span>) {
    walk("", tree, notes, bad);
}

/// Answers whether a marker stands here or below.
fn walk(path: &str, node: &Rc<Node>, notes: &mut Notes, bad: &mut BTreeSet<Span>) -> bool {
    let mut any = false;
    match &node.kind {
        Kind::Scalar(scalar) => {
            let Some(what) = to_fill_in(&scalar.text) else { return false };
            if bad.insert(node.span) {
                notes
                    .error(codes::FILL_IN, format!("`{path}` is still to be filled in"))
                    .at(node.span.within(0, MARK), what)
                    .help("write the value in place of the marker");
            }
            return true;
        }
        Kind::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                any |= walk(&format!("{path}.{at}"), item, notes, bad);
            }
        }
        Kind::Mapping(mapping) => {
            for entry in &mapping.entries {
                let key = &entry.key.value;
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                any |= walk(&below, &entry.value, notes, bad);
            }
        }
    }
    // A setting is read as a whole: one that holds a marker is no value either.
    if any && path.starts_with("services.") && path.matches('.').count() >= 2 {
        bad.insert(node.span);
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceMap;
    use crate::source;

    fn check(text: &str, expect: &[&str]) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let file = map.add("env/x.yml", text);
        let tree = source::parse(file, text, &mut notes);
        tree.map(|tree| super::super::validate(&tree, &mut notes));
        let said: Vec<String> = notes
            .sorted()
            .iter()
            .map(|d| format!("{} {}: {}", d.code, d.message, d.labels.first().map_or("", |l| l.text.as_str())))
            .collect();
        assert_eq!(said, expect, "{text}");
    }

    #[test]
    fn markers_are_one_finding_each_whatever_their_place_takes() {
        check(
            "services: {archiver: {delete: '<fill in: true or false>'}}\n",
            &["fill-in `services.archiver.delete` is still to be filled in: true or false"],
        );
        check(
            "services: {django: {CACHES: {default: ['<fill in: x>']}}}\n",
            &["fill-in `services.django.CACHES.default.0` is still to be filled in: x"],
        );
        check("resources: {redis: {port: 6379}}\n", &[]);
    }
}
