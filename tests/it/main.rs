//! The one integration binary: what takes other programs, or the crate as a whole.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test makes its own world, and fails by panicking"
)]

mod ansible;
mod apply;
mod apply_crash;
mod awkward;
mod cases;
mod cluster;
mod compile_props;
mod consumers;
mod deployment;
mod django;
mod editor;
mod generated;
mod house;
mod manual;
mod mutants;
mod production;
mod ready;
mod reports;
mod rules;
mod running;
mod schema;
mod servers;
mod sweep;
mod tables;
mod templates;
mod urls;
mod vaults;
