//! What is said about a place: what it must be, and what it is.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::types::JsonType;

use crate::model::Reference;
use crate::model::shape::{Leaf, Shape};
use crate::source::{Kind, Node, Scalar, Typed};

/// What must stand at a place of this shape, by the failure that says it does not.
pub fn needed(shape: Option<&Shape>, kind: &ValidationErrorKind) -> String {
    let types = types(kind);
    let or_reference = if types.is_empty() || types.contains(&JsonType::Object) { " or a reference" } else { "" };
    match shape {
        Some(Shape::Map(_) | Shape::Named(_)) => "a map of keys".to_string(),
        Some(Shape::List(_)) => "a list".to_string(),
        Some(Shape::Leaf(leaf)) => format!("{}{or_reference}", leaf_words(*leaf)),
        Some(Shape::Any) | None => {
            let words: Vec<&str> = types.into_iter().filter_map(type_words).collect();
            words.join(" or ")
        }
    }
}

fn types(kind: &ValidationErrorKind) -> Vec<JsonType> {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(one) } => vec![*one],
        ValidationErrorKind::Type { kind: TypeKind::Multiple(several) } => several.iter().collect(),
        _ => vec![],
    }
}

fn leaf_words(leaf: Leaf) -> &'static str {
    match leaf {
        Leaf::Text | Leaf::Secret | Leaf::Literal | Leaf::OneOf(_) => "a string",
        Leaf::Host => "a host name",
        Leaf::Url => "a URL",
        Leaf::Port | Leaf::Int => "a whole number",
        Leaf::Bool => "`true` or `false`",
    }
}

fn type_words(one: JsonType) -> Option<&'static str> {
    Some(match one {
        JsonType::Null => return None,
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "a map of keys",
    })
}

/// What stands there.
pub fn found(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Mapping(_) => "a map",
        Kind::Sequence(_) => "a list",
        Kind::Scalar(scalar) => match scalar.typed {
            Typed::Null => "nothing",
            Typed::Bool(_) => "a boolean",
            Typed::Int(_) => "a whole number",
            Typed::Float(_) => "a number",
            Typed::String => "a string",
        },
    }
}

/// Whether a scalar is known only once the vault is asked or a template is read.
pub fn is_open(scalar: &Scalar) -> bool {
    let text = scalar.text.as_str();
    Reference::looks_like(text)
        || text.trim_start().starts_with("1Password:")
        || ["{{", "{%"].iter().any(|mark| text.contains(mark))
}
