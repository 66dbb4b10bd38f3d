//! Settings to bytes: one file per format, each with the reader that proves it.
//!
//! A format is a pure function. It has never seen a vault or a Plan: what arrives here is filled, and what leaves is
//! the file that a service reads. [`Format::read`] reads as the real consumer does (systemd, a POSIX shell, docker,
//! Python), so that "what was written comes back" is a law over [`FORMATS`], and `import` and `diff` use the same
//! readers.

mod ansible;
mod compose;
mod docker;
mod dotenv;
mod entries;
mod env_file;
pub mod external_secret;
mod json;
mod kubernetes;
mod literal;
mod outputs;
mod python;
mod python_read;
mod quote;
mod scan;
mod shell;
mod systemd;
mod text;
mod yaml;

pub use outputs::{Job, NoFormat, folder, format_of, path, write};

use crate::model::{Filled, Service};

/// A setting to be written.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The name that the service reads.
    pub name: &'a str,
    /// Its value.
    pub value: &'a Filled,
    /// Whether a library reads it from the process's environment: a settings module puts it there.
    pub variable: bool,
    /// Whether the value is secret: where there are two places, it goes to the guarded one.
    pub secret: bool,
}

/// What goes into one file.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Whose settings these are: how a list is written depends on who reads it.
    pub service: Service,
    /// The environment's name, for the first line of the file.
    pub environment: &'a str,
    /// The settings, in the order in which they are written.
    pub lines: &'a [Line<'a>],
}

/// A setting that a format cannot carry. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` cannot be written: {reason}")]
pub struct Unwritable {
    /// The setting's name.
    pub setting: String,
    /// Why: what is in the value, or what the reader would make of it.
    pub reason: &'static str,
}

/// A file that its consumer would not read, or not in one way only. It never holds what the file says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Which services read a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever reads environment variables: the Go services, and Django where it is asked for by name.
    Environment,
    /// Django alone.
    Django,
    /// Every service, as it wraps what each of them reads.
    All,
}

impl Readers {
    /// Whether a service is among them without being asked for by name.
    pub fn take(self, service: Service) -> bool {
        match self {
            Readers::Environment => service != Service::Django,
            Readers::Django => service == Service::Django,
            Readers::All => true,
        }
    }
}

/// One format of file.
pub trait Format: Sync {
    /// The word that `--format` takes.
    fn name(&self) -> &'static str;

    /// What a service's file of this format is called.
    fn file_name(&self) -> &'static str;

    /// Which services read it.
    fn readers(&self) -> Readers {
        Readers::Environment
    }

    /// Whether containers read it, wherever the document places its services.
    fn for_containers(&self) -> bool {
        false
    }

    /// Writes every setting, or says of each that cannot be written why.
    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>>;

    /// Reads a file as its consumer does, in the order of its lines. Where values have no types, all are strings.
    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError>;
}

/// Every format that a service's settings can be written in.
pub const FORMATS: &[&dyn Format] = &[
    &systemd::Systemd,
    &shell::Shell,
    &docker::Docker,
    &compose::Compose,
    &dotenv::Dotenv,
    &json::Json,
    &python::Module,
    &python::Fragment,
    &kubernetes::Kubernetes,
    &ansible::Ansible,
];

/// A Go service's variables, by name.
pub fn variables(document: &Document) -> Result<Vec<(String, String)>, Vec<Unwritable>> {
    Ok(entries::entries(document)?.into_iter().map(|entry| (entry.key, entry.value)).collect())
}

/// The text of a settings module that stands outside of upstream's package and takes in its settings by their full name.
pub fn standalone_module(document: &Document) -> Result<String, Vec<Unwritable>> {
    python::standalone(document)
}

/// The format of a name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// Writes each setting by `write`, and collects those that cannot be written. A NUL is refused here, for every format:
/// no environment carries one, and Postgres, Redis and file names do not either.
fn each<'a, T>(
    document: &Document<'a>,
    write: impl Fn(&Line<'a>) -> Result<T, &'static str>,
) -> Result<Vec<T>, Vec<Unwritable>> {
    let (mut written, mut unwritable) = (vec![], vec![]);
    for line in document.lines {
        let result = if has_nul(line.value) { Err("a NUL character is in it") } else { write(line) };
        match result {
            Ok(text) => written.push(text),
            Err(reason) => unwritable.push(Unwritable { setting: line.name.to_string(), reason }),
        }
    }
    if unwritable.is_empty() { Ok(written) } else { Err(unwritable) }
}

fn has_nul(value: &Filled) -> bool {
    match value {
        Filled::String(text) => text.contains('\0'),
        Filled::Python(python) => python.code.contains('\0'),
        Filled::List(items) | Filled::Tuple(items) => items.iter().any(has_nul),
        Filled::Map(entries) | Filled::Update { entries, .. } => {
            entries.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
        }
        Filled::None | Filled::Bool(_) | Filled::Int(_) | Filled::Float(_) => false,
        Filled::Text(never) => match *never {},
    }
}

/// The comment that begins a file. An environment's name is a file's name, so that anything could be in it; what could
/// end the comment, or continue it on the next line, does not pass.
fn header(environment: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_./ ".contains(c) { c } else { '?' };
    let environment: String = environment.chars().map(plain).collect();
    format!("# Written by rpconf from environment {environment}. Changes made here are lost.\n")
}

#[cfg(test)]
mod laws;
