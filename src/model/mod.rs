//! What a document means: the typed environment, and the Plan that it is compiled to.

mod builder;
pub mod document;
mod filter;
pub mod leaves;
pub mod moment;
mod nested;
mod obfuscation;
mod origin;
mod placeholder;
mod plan;
mod python_syntax;
mod reference;
mod secret;
mod service;
pub mod shape;
mod text;
mod value;

pub use builder::Builder;
pub use filter::{FilterError, hex};
pub use nested::nest;
pub use obfuscation::obfuscation_ints;
pub use origin::{Fact, Origin};
pub use placeholder::{placeholder, to_fill_in};
pub use plan::{
    Action, Allowance, Content, FileOutput, Given, Inner, Lack, Machine, Mention, ORDER, Overridden, Plan, Reaction,
    RotationPolicy, Setting, Target, Unit, VaultChoice,
};
pub use python_syntax::{
    PythonError, check_expression, check_import, fits_one_line, is_assignable, string_literal, with_room,
};
pub use reference::{Attribute, Reference, ReferenceError};
pub use secret::Secret;
pub use service::{Placement, Service};
pub use text::{Becomes, Filter, Hole, Part, Text};
pub use value::{Filled, Python, Value};
