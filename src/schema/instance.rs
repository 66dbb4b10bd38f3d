//! A document as the value that a schema judges.

use serde_json::Value;

use crate::source::{Kind, Node, Typed};

/// The tree as JSON, typed as YAML 1.2 types it. Nulls stay: a key that no document has is wrong with a null, too.
pub fn instance(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.typed {
            Typed::Null => Value::Null,
            Typed::Bool(b) => Value::Bool(b),
            Typed::Int(n) => Value::from(n),
            Typed::Float(n) => Value::from(n),
            Typed::String => Value::String(scalar.text.clone()),
        },
        Kind::Sequence(items) => items.iter().map(|item| instance(item)).collect(),
        Kind::Mapping(mapping) => {
            mapping.entries.iter().map(|entry| (entry.key.value.clone(), instance(&entry.value))).collect()
        }
    }
}
