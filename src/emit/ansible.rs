//! Ansible's variables: one map, named after the service, of its settings.
//!
//! Each value is tagged `!unsafe`, so that no `{{` in it is ever expanded, wherever a play passes it on. (`{% raw %}`
//! would protect it once only: what comes out is expanded where it is used in another variable.)

use super::entries;
use super::{Document, Format, ReadError, Readers, Unwritable, header, yaml};
use crate::model::Filled;

pub(super) struct Ansible;

impl Format for Ansible {
    fn name(&self) -> &'static str {
        "ansible-vars"
    }

    fn file_name(&self) -> &'static str {
        "vars.yml"
    }

    fn readers(&self) -> Readers {
        Readers::All
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        let entries = entries::entries(document)?;
        let value = |value: &str| format!("!unsafe {}", yaml::quoted(value));
        let map = yaml::map(2, entries.iter().map(|entry| (entry.key.as_str(), value(&entry.value))));
        Ok(format!("{}rpconf_{}:{map}", header(document.environment), document.service).into_bytes())
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut found = vec![];
        for (name, values) in yaml::read(bytes)?.iter().flat_map(yaml::Node::entries) {
            if !name.starts_with("rpconf_") {
                return Err(ReadError { line: values.line(), reason: "a variable that is not rpconf's" });
            }
            for (key, value) in values.entries() {
                found.extend(entries::settings(key, value.text()?.to_string())?);
            }
        }
        Ok(found)
    }
}
