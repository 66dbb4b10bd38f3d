//! One file a command: its arguments, and how it calls the library.

pub mod apply;
pub mod catalog;
pub mod check;
pub mod completions;
pub mod diff;
pub mod explain;
pub mod inventory;
pub mod recover;
pub mod refs;
mod refs_state;
pub mod render;
pub mod rollback;
pub mod rotate;
pub mod rules;
pub mod run;
pub mod schema;
pub mod status;
mod status_dir;
pub mod upgrade;
pub mod vault;
