//! Real parts of a deployment, each started on a free port by the test that needs it, and stopped with it.

pub mod iam_stub;
pub mod load;
pub mod moto;
pub mod outside;
pub mod pair;
pub mod pgbouncer;
pub mod postgres;
pub mod redis;
pub mod rotation;
pub mod smtp;
pub mod store;
pub mod strace;
pub mod units;
pub mod web;
