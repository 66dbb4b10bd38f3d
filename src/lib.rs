//! The secrets and configuration compiler for RapidPro.

pub mod catalog;
