//! rpconf compiles one document per environment into the files that every service of a RapidPro deployment reads.

pub mod catalog;
pub mod cli;
pub mod compile;
pub mod deliver;
pub mod diag;
pub mod emit;
pub mod model;
pub mod report;
pub mod source;
pub mod vault;
