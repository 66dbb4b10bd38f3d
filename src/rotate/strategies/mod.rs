//! The strategies, one file each; one folder where a backend has several.

pub mod postgres;
