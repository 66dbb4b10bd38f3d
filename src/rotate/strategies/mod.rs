//! The strategies, one file or folder each.

pub mod iam;
pub mod postgres;
pub mod redis;

use super::{Blocked, Survey};

impl Survey {
    /// Adds a reason not to begin, and what to do about it.
    fn block(&mut self, what: impl Into<String>, help: &str) {
        self.blocked.push(Blocked { what: what.into(), help: help.to_string() });
    }
}
