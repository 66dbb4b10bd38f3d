//! The catalog's compiler: YAML to checked tables to Rust text.

mod check;
mod fields;
mod pack;
mod read;
mod tree;

use std::path::Path;

use super::service::Service;

/// What is wrong, and on which line.
#[derive(Debug)]
pub struct Fault {
    pub line: usize,
    pub message: String,
}

impl Fault {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// Reads all of `schema/` and returns the Rust text of its tables, or every fault as `file:line: message`.
pub fn compile(schema: &Path) -> Result<String, Vec<String>> {
    let mut faults = Vec::new();
    let mut text = String::new();
    for service in Service::ALL {
        match file(&schema.join(format!("catalog/{service}.yml")), |yaml| catalog(yaml, service)) {
            Ok(table) => text.push_str(&table),
            Err(found) => faults.extend(found),
        }
    }
    match file(&schema.join("releases.yml"), trains) {
        Ok(table) => text.push_str(&table),
        Err(found) => faults.extend(found),
    }
    if faults.is_empty() { Ok(text) } else { Err(faults) }
}

/// The tables of one catalog's text.
pub fn catalog(yaml: &str, service: Service) -> Result<String, Vec<Fault>> {
    let tree = tree::parse(yaml).map_err(|fault| vec![fault])?;
    let source = read::catalog(&tree).map_err(|fault| vec![fault])?;
    let faults = check::catalog(&source, service);
    if faults.is_empty() { Ok(pack::catalog(&source.catalog)) } else { Err(faults) }
}

/// The table of trains of `releases.yml`'s text.
pub fn trains(yaml: &str) -> Result<String, Vec<Fault>> {
    let tree = tree::parse(yaml).map_err(|fault| vec![fault])?;
    let rows = read::trains(&tree).map_err(|fault| vec![fault])?;
    let faults = check::trains(&rows);
    if faults.is_empty() { Ok(pack::trains(&rows)) } else { Err(faults) }
}

fn file(path: &Path, compile: impl Fn(&str) -> Result<String, Vec<Fault>>) -> Result<String, Vec<String>> {
    let yaml = std::fs::read_to_string(path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    compile(&yaml).map_err(|faults| {
        faults.iter().map(|fault| format!("{}:{}: {}", path.display(), fault.line, fault.message)).collect()
    })
}
