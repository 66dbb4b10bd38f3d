//! What may stand at a place, in our own words.

use crate::model::shape::{Leaf, Shape};

/// What a shape takes.
pub fn wanted(shape: Option<&Shape>) -> String {
    match shape {
        Some(Shape::Leaf(Leaf::Port)) => "a port, a whole number from 1 to 65535, or a reference".to_string(),
        Some(Shape::Leaf(Leaf::Int)) => "a whole number or a reference".to_string(),
        Some(Shape::Leaf(Leaf::Bool)) => "`true` or `false`".to_string(),
        Some(Shape::Leaf(Leaf::Secret)) => "a reference".to_string(),
        Some(Shape::Leaf(Leaf::OneOf(words))) => format!("one of `{}`", words.join("`, `")),
        Some(Shape::Leaf(Leaf::Text | Leaf::Host | Leaf::Url | Leaf::Literal)) => "a string".to_string(),
        Some(Shape::Map(_) | Shape::Named(_)) => "a map".to_string(),
        Some(Shape::List(_)) => "a list".to_string(),
        Some(Shape::Any) | None => "another kind of value".to_string(),
    }
}

/// The keys that a map may have, a reference in the place of a scalar among them; none where the author names them.
pub fn keys(shape: Option<&Shape>) -> Vec<&'static str> {
    match shape {
        Some(Shape::Map(keys)) => keys.iter().map(|(name, _)| *name).collect(),
        Some(Shape::Leaf(_)) => vec!["ref", "optional"],
        Some(Shape::Named(_) | Shape::List(_) | Shape::Any) | None => vec![],
    }
}
