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

mod access;
mod ansible;
mod apply;
mod apply_crash;
mod apply_killed;
mod apply_production;
mod awkward;
mod cases;
mod clients;
mod cluster;
mod compile_props;
mod connect;
mod consumers;
mod deployment;
mod django;
mod editor;
mod faults;
mod generated;
mod house;
mod manual;
mod mutants;
mod parts;
mod production;
mod ready;
mod reports;
mod rotate_ansible;
mod rotate_crash;
mod rotate_due;
mod rotate_iam;
mod rotate_leaks;
mod rotate_load;
mod rotate_mail;
mod rotate_postgres;
mod rotate_postgres_faults;
mod rotate_postgres_load;
mod rotate_postgres_lock;
mod rotate_postgres_survey;
mod rotate_redis;
mod rotate_rows;
mod rotate_store;
mod rotate_tokens;
mod rotate_told;
mod rotate_two;
mod rotate_web;
mod rotate_whole;
mod rules;
mod running;
mod schema;
mod servers;
mod status;
mod stories;
mod sweep;
mod tables;
mod templates;
mod upgrade;
mod upgrade_every;
mod urls;
mod vault_writes;
mod vaults;
mod waiting;
