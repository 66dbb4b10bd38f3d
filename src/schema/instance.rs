//! A document's tree as JSON, the form in which a validator looks at it.

use serde_json::{Map, Value};

use crate::model::shape::is_setting_name;
use crate::source::{Kind, Node, Typed};

/// The tree as JSON. What is read from its source text (`release: 7.10`, `mode: 0600`) is a string here too.
pub fn json(node: &Node, key: &str) -> Value {
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.typed {
            Typed::Null => Value::Null,
            Typed::Bool(b) => b.into(),
            Typed::Int(_) | Typed::Float(_) if is_source_text(key) => scalar.text.clone().into(),
            Typed::Int(n) => n.into(),
            Typed::Float(n) => n.into(),
            Typed::String => scalar.text.clone().into(),
        },
        Kind::Sequence(items) => items.iter().map(|item| json(item, "")).collect(),
        Kind::Mapping(mapping) => {
            let below = if key == "versions" { Some("release") } else { None };
            let pair = |entry: &crate::source::Entry| {
                let name = entry.key.value.clone();
                let value = json(&entry.value, below.unwrap_or(&name));
                (name, value)
            };
            // Upper-case names are settings, which the compiler judges by the release.
            let structural = |entry: &&crate::source::Entry| !is_setting_name(&entry.key.value);
            Value::Object(mapping.entries.iter().filter(structural).map(pair).collect::<Map<_, _>>())
        }
    }
}

fn is_source_text(key: &str) -> bool {
    matches!(key, "release" | "mode")
}
