//! PostgreSQL: two logins of one owner that take turns ([`RolePair`]), or one login whose password changes under it
//! ([`InPlace`]); [`RolePair::plan_adoption`] leads from the second to the first. And [`AdvisoryLock`], for each target.
//!
//! A password never reaches the server but to log in: roles get SCRAM verifiers made here, each proven right before it is
//! sent. Changes are made on the connection that holds the lock, everything else on connections of its own.

mod adopt;
mod backend;
mod connect;
mod in_place;
mod lock;
mod names;
mod pair;
mod prove;
mod roles;
mod scram;
mod session;
mod survey;
mod tls;

pub use adopt::{Adoption, Statement};
pub use backend::Backend;
pub use connect::{Server, SslMode};
pub use in_place::InPlace;
pub use lock::{AdvisoryLock, Held};
pub use pair::RolePair;
