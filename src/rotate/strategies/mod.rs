//! The strategies, one file or folder each.

pub mod redis;
