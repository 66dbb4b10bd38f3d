//! Vaults and items in Connect's form, which every backend's answers are brought into.

use base64::Engine as _;
use serde::{Deserialize, Deserializer};

use crate::model::Secret;

/// A vault, without its items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VaultSummary {
    /// 26 characters `a-z0-9` in 1Password.
    pub id: String,
    /// Not unique.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}

/// An item, without its fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemSummary {
    /// 26 characters `a-z0-9` in 1Password.
    pub id: String,
    /// Not unique.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// `LOGIN`, `DATABASE`, …
    #[serde(default, deserialize_with = "or_default")]
    pub category: String,
    /// `ARCHIVED`, `DELETED`, or nothing.
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Rises by one with each write.
    #[serde(default, deserialize_with = "or_default")]
    pub version: u64,
    /// RFC 3339.
    #[serde(default, alias = "created_at")]
    pub created_at: Option<String>,
    /// RFC 3339.
    #[serde(default, alias = "updated_at")]
    pub updated_at: Option<String>,
}

/// A whole item.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What its summary says too.
    #[serde(flatten)]
    pub summary: ItemSummary,
    /// The vault that it is in.
    #[serde(default)]
    pub vault: Option<VaultSummary>,
    /// Its sections.
    #[serde(default, deserialize_with = "or_default")]
    pub sections: Vec<Section>,
    /// Its fields.
    #[serde(default, deserialize_with = "or_default")]
    pub fields: Vec<Field>,
    /// Its attached files.
    #[serde(default, deserialize_with = "or_default")]
    pub files: Vec<AttachedFile>,
}

/// A section: in an item's list with its label, in a field perhaps by id alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Section {
    /// Unique in the item.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// What people see.
    #[serde(default, deserialize_with = "or_default")]
    pub label: String,
}

/// A field.
#[derive(Debug, Deserialize)]
pub struct Field {
    /// Unique in the item; built-in fields have fixed ones, such as `password`.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// What people see; not unique.
    #[serde(default, deserialize_with = "or_default")]
    pub label: String,
    /// `STRING`, `CONCEALED`, …
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: String,
    /// `USERNAME`, `PASSWORD`, `NOTES`, or nothing.
    #[serde(default, deserialize_with = "or_default")]
    pub purpose: String,
    /// Where it stands.
    #[serde(default)]
    pub section: Option<Section>,
    /// The value; Connect leaves an empty one out.
    #[serde(default)]
    pub value: Option<Secret<String>>,
    /// The current one-time password, computed by the server.
    #[serde(default)]
    pub totp: Option<Secret<String>>,
    /// A private key in other formats, as the `op` program has it.
    #[serde(default)]
    pub ssh_formats: Option<SshFormats>,
}

/// A private key in other formats.
#[derive(Debug, Deserialize)]
pub struct SshFormats {
    /// OpenSSH's.
    #[serde(default)]
    pub openssh: Option<SshFormat>,
}

/// A private key in one format.
#[derive(Debug, Deserialize)]
pub struct SshFormat {
    /// The key.
    #[serde(default)]
    pub value: Option<Secret<String>>,
}

/// An attached file.
#[derive(Debug, Deserialize)]
pub struct AttachedFile {
    /// Unique in the item.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub size: u64,
    /// Where it stands.
    #[serde(default)]
    pub section: Option<Section>,
    /// The content, base64 on the wire; asked for apart where it is absent.
    #[serde(default, deserialize_with = "content")]
    pub content: Option<Secret<Vec<u8>>>,
}

impl ItemSummary {
    /// Whether names may lead to it. Archived items are still listed by Connect.
    pub fn is_active(&self) -> bool {
        !["ARCHIVED", "DELETED"].iter().any(|state| self.state.eq_ignore_ascii_case(state))
    }
}

impl Item {
    /// A section by its id, with the label that the item's own list gives it.
    pub fn section_name<'a>(&'a self, section: &'a Section) -> &'a str {
        let listed = self.sections.iter().find(|s| s.id == section.id).map_or("", |s| s.label.as_str());
        [section.label.as_str(), listed, section.id.as_str()].into_iter().find(|name| !name.is_empty()).unwrap_or("")
    }
}

/// Go writes an empty list as null.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[expect(clippy::disallowed_methods, reason = "an attached file's content is decoded from base64")]
fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<Vec<u8>>>, D::Error> {
    let Some(text) = Option::<Secret<String>>::deserialize(deserializer)? else { return Ok(None) };
    let decoded = base64::engine::general_purpose::STANDARD.decode(text.expose());
    decoded.map(|bytes| Some(Secret::new(bytes))).map_err(|_| serde::de::Error::custom("not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_leaves_out_or_writes_as_null_is_empty() {
        let text =
            r#"{"id": "i", "vault": {"id": "v"}, "fields": null, "files": [{"id": "f", "content": "aGk="}], "new": 1}"#;
        let item: Item = serde_json::from_str(text).expect("an item");
        assert!(item.fields.is_empty() && item.summary.is_active());
        assert_eq!(item.files[0].content.as_ref().map(|c| c.expose().as_slice()), Some(b"hi".as_slice()));
    }

    #[test]
    fn debug_shows_no_value() {
        let text = r#"{"id": "i", "fields": [{"id": "f", "value": "hunter2", "totp": "123456"}]}"#;
        let item: Item = serde_json::from_str(text).expect("an item");
        let shown = format!("{item:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("123456"), "{shown}");
    }
}
