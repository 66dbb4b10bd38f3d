//! Packs `schema/` into static tables, so that a start of rpconf parses nothing.

#![allow(clippy::disallowed_methods, reason = "a build script reads the source tree and writes to OUT_DIR")]

use std::path::Path;

// The library's own types: what the build packs is what the program reads.
#[path = "schema/build/mod.rs"]
mod build;
#[allow(dead_code)] // the program's part of these modules
#[path = "src/catalog/rule.rs"]
mod rule;
#[allow(dead_code)]
#[path = "src/model/service.rs"]
mod service;
#[allow(dead_code)]
#[path = "src/catalog/table.rs"]
mod table;
#[allow(dead_code)]
#[path = "src/catalog/version.rs"]
mod version;
#[allow(dead_code)]
#[path = "src/catalog/words.rs"]
mod words;

fn main() {
    for path in ["build.rs", "schema/build", "schema/catalog", "schema/releases.yml"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for module in ["catalog/rule", "catalog/table", "catalog/version", "catalog/words", "model/service"] {
        println!("cargo::rerun-if-changed=src/{module}.rs");
    }
    let Some(out) = std::env::var_os("OUT_DIR") else {
        println!("cargo::error=OUT_DIR is not set");
        return;
    };
    match build::compile(Path::new("schema")) {
        Ok(tables) => {
            if let Err(error) = std::fs::write(Path::new(&out).join("catalog.rs"), tables) {
                println!("cargo::error=the catalog's tables cannot be written: {error}");
            }
        }
        Err(faults) => faults.iter().for_each(|fault| println!("cargo::error={fault}")),
    }
}
