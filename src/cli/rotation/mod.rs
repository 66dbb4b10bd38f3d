//! A rotation's parts at the edge: vault, backend, hosts, state on disk, and how it is told.

mod access;
mod ask;
mod begin;
mod delivery;
mod outside;
mod parts;
mod state;
mod tell;

pub use begin::{Begun, Refused, begin, known, look};
pub use delivery::Hosts;
pub use outside::Edge;
pub use parts::{Choice, Parts, Resources, Unmade};
pub use state::{LocalLock, StateFolder, TargetState};
pub use tell::{Teller, login};
