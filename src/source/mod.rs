//! YAML text to a tree in which every node has a place, and `extends` overlays merged. It knows no meaning.

mod tree;

pub use tree::{Entry, Kind, Mapping, Node, Scalar, Style, Typed};
