//! Settings as entries of a map, each a text by its key: what Kubernetes and Ansible hand on.
//!
//! A Go service's entries are its environment variables. Django's settings are one entry, the whole module, as only
//! Python can say all of them.

use super::env_file::{ENVIRONMENT, is_name};
use super::python::{self, MODULE};
use super::text::text;
use super::{Document, ReadError, Unwritable, each, python_read};
use crate::model::{Filled, Service};

/// One entry.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) secret: bool,
}

/// The entries of a document.
pub(super) fn entries(document: &Document) -> Result<Vec<Entry>, Vec<Unwritable>> {
    if document.service == Service::Django {
        let module = python::module(document)?;
        return Ok(vec![Entry { key: MODULE.to_string(), value: module, secret: true }]);
    }
    each(document, |line| {
        if !is_name(line.name) {
            return Err("a variable's name has only letters, digits and `_`, and begins with no digit");
        }
        let value = text(line.value, document.service)?;
        let (longest, reason) = ENVIRONMENT;
        if line.name.len() + 1 + value.len() > longest {
            return Err(reason);
        }
        Ok(Entry { key: line.name.to_string(), value, secret: line.secret })
    })
}

/// The settings of an entry.
pub(super) fn settings(key: &str, value: String) -> Result<Vec<(String, Filled)>, ReadError> {
    if key == MODULE { python_read::read(value.as_bytes()) } else { Ok(vec![(key.to_string(), Filled::String(value))]) }
}
