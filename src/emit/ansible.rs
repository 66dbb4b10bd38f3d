//! Ansible's variables: one map, named after the service, of its settings.
//!
//! A value in which Jinja could see something is tagged `!unsafe`, so that nothing in it is ever expanded, wherever a play
//! passes it on. (`{% raw %}` would protect it once only: what comes out is expanded where it is used in another
//! variable.) No other value is: ansible-core 2.19 reads what is tagged as if it had no quotes, so that `"0123"` becomes
//! the number 83 and `"*"` an error. What begins Jinja is a string either way.

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
        let value = |value: &str| {
            let jinja = ["{{", "{%", "{#"].iter().any(|opening| value.contains(opening));
            format!("{}{}", if jinja { "!unsafe " } else { "" }, yaml::quoted(value))
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::Line;
    use crate::model::Service;

    #[test]
    fn only_what_jinja_sees_is_unsafe() {
        let check = |value: &str, expect: &str| {
            let value = Filled::string(value);
            let lines = [Line { name: "A", value: &value, variable: false, secret: true }];
            let document = Document { service: Service::Courier, environment: "demo", lines: &lines };
            let text = String::from_utf8(Ansible.write(&document).expect("bytes")).expect("UTF-8");
            assert!(text.ends_with(&format!("rpconf_courier:\n  \"A\": {expect}\n")), "{text}");
        };
        check("0123", "\"0123\"");
        check("a{{ b", "!unsafe \"a{{ b\"");
        check("{%", "!unsafe \"{%\"");
        check("{#", "!unsafe \"{#\"");
        check("{ {", "\"{ {\"");
    }
}
