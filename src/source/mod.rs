//! YAML text to a tree in which every node has a place, and `extends` overlays merged. It knows no meaning.

mod builder;
mod edit;
mod extends;
mod extent;
mod frame;
mod hints;
#[cfg(test)]
mod hostile;
mod inside;
mod limits;
mod load;
mod overlay;
mod parse;
mod scalar;
mod suspect;
mod syntax;
mod tag;
mod tree;
mod unquoted;

pub use edit::{EditError, apply};
pub use inside::inside;
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use load::{FileError, Files, load};
pub use parse::parse;
pub use tree::{Entry, Kind, Mapping, Node, Scalar, Style, Typed};
