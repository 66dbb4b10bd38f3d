//! The law of a document's structure, and the JSON Schema that editors read.
//!
//! The grammar of `model::document` is the one source. [`structure`] is its schema, which [`validate`] holds a document
//! against; [`full`] is the same schema with every setting of the catalog, which is committed for editors. So whatever
//! an editor underlines, `check` reports: structure here, a setting's type in `compile`, which knows the release.

mod document;
mod history;
mod instance;
mod place;
mod structure;
#[cfg(test)]
mod tests;
mod validate;
mod words;

pub use document::full;
pub use structure::structure;
pub use validate::{validate, validate_file};

/// The schema for editors, as it is committed.
pub fn text() -> &'static str {
    include_str!("../../schema/environment.schema.json")
}
