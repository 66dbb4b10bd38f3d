//! Diagnostics: what is wrong with a document, and where.
//!
//! A stage never stops at the first fault. It pushes a [`Diagnostic`] into [`Notes`] and goes on with what is left;
//! `report` turns the whole list into text, JSON, SARIF or annotations. Raising one is a single expression, so that no
//! caller leaves its place out:
//!
//! ```ignore
//! notes.error(codes::WRONG_TYPE, format!("`{name}` must be an integer")).at(span, "this is a string").help("write a number");
//! ```
//!
//! Nothing here holds a secret: messages name settings, types and references, never values of secret settings.

mod code;
mod diagnostic;
mod near;
mod notes;
mod span;
mod tokens;

pub use code::{CODES, Code, codes};
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
pub use near::nearest;
pub use notes::{Located, Notes};
pub use span::{FileId, Place, SourceMap, Span, Spanned};
pub use tokens::tokens;
