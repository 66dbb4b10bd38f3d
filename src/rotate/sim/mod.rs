//! A world in memory: a vault whose reads lag behind, a backend, hosts, a lock, and operators that crash anywhere.
//!
//! Every effect passes through [`World::effect`], which counts it, and can end or hold the operator before or after it.
//! After each effect the promise is looked at: whatever a file or a process holds logs in.

mod mutants;
mod parts;
mod scenarios;
mod world;

pub use parts::Operator;
pub use world::{Cut, Kind, Moment, World};
