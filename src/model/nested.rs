//! Values by dotted path, as the maps that templates read.

use std::collections::BTreeMap;

/// `{"a.b": 1}` as `{"a": {"b": 1}}`, each map made by `wrap`.
pub fn nest<V>(values: BTreeMap<String, V>, wrap: &dyn Fn(BTreeMap<String, V>) -> V) -> V {
    let mut groups: BTreeMap<String, BTreeMap<String, V>> = BTreeMap::new();
    let mut out = BTreeMap::new();
    for (path, value) in values {
        match path.split_once('.') {
            None => {
                out.insert(path, value);
            }
            Some((head, rest)) => {
                groups.entry(head.to_string()).or_default().insert(rest.to_string(), value);
            }
        }
    }
    out.extend(groups.into_iter().map(|(head, rest)| (head, nest(rest, wrap))));
    wrap(out)
}
