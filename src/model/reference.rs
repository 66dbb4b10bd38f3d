//! References to vault items: `op://vault/item/[section/]field`.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// A reference to one field of one item, by names or ids as the document has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Vault.
    pub vault: String,
    /// Item.
    pub item: String,
    /// Section, where the field's name alone would not do.
    pub section: Option<String>,
    /// Field, or an attached file's name.
    pub field: String,
    /// Which property of the field.
    pub attribute: Attribute,
    /// Whether a private key is wanted in OpenSSH's format (`?ssh-format=openssh`).
    pub openssh: bool,
}

/// Which property of a field a reference asks for (`?attribute=…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Attribute {
    /// Its value.
    #[default]
    Value,
    /// Its current one-time password.
    Otp,
    /// Its type.
    Type,
    /// Its id.
    Id,
    /// Its purpose.
    Purpose,
}

impl Attribute {
    const NAMES: [(Attribute, &'static str); 5] = [
        (Attribute::Value, "value"),
        (Attribute::Otp, "otp"),
        (Attribute::Type, "type"),
        (Attribute::Id, "id"),
        (Attribute::Purpose, "purpose"),
    ];

    /// The word that references use.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(a, _)| *a == self).map_or("value", |(_, name)| name)
    }
}

/// Why a reference cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Too few or too many parts.
    #[error("a reference has three or four parts, `op://vault/item/field` or `op://vault/item/section/field`")]
    Parts,
    /// An empty part, or one of blanks.
    #[error("a part of the reference is empty")]
    EmptyPart,
    /// A `%` that encodes no character.
    #[error("`%` begins no percent-encoded character here")]
    Percent,
    /// A query that is not known.
    #[error("`?{0}` is not known; references take `?attribute=value|otp|type|id|purpose` and `?ssh-format=openssh`")]
    Query(String),
    /// A control character.
    #[error("the reference holds a control character")]
    Control,
}

/// What stands escaped in a written reference: what would end a part, or could not be read back.
const PART: &AsciiSet = &CONTROLS.add(b'/').add(b'%').add(b'?');

impl Reference {
    /// A field's value, without a section.
    pub fn new(vault: impl Into<String>, item: impl Into<String>, field: impl Into<String>) -> Self {
        let (vault, item, field) = (vault.into(), item.into(), field.into());
        Self { vault, item, section: None, field, attribute: Attribute::Value, openssh: false }
    }

    /// Whether a string means to be a reference, `op:/…` with a slash too few among them.
    pub fn looks_like(text: &str) -> bool {
        text.trim_start().get(..4).is_some_and(|head| head.eq_ignore_ascii_case("op:/"))
    }

    /// Reads `op://…`; parts are percent-decoded, so that a name may hold a slash.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        let (head, rest) = text.split_at_checked(5).ok_or(ReferenceError::Parts)?;
        if !head.eq_ignore_ascii_case("op://") {
            return Err(ReferenceError::Parts);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let parts = path.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let (vault, item, section, field) = match parts.as_slice() {
            [vault, item, field] => (vault, item, None, field),
            [vault, item, section, field] => (vault, item, Some(section.clone()), field),
            _ => return Err(ReferenceError::Parts),
        };
        let mut reference = Self { section, ..Self::new(vault, item, field) };
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            reference.query(pair)?;
        }
        Ok(reference)
    }

    fn query(&mut self, pair: &str) -> Result<(), ReferenceError> {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let attribute = Attribute::NAMES.iter().find(|(_, name)| *name == value).map(|(a, _)| *a);
        match (key, attribute) {
            ("attribute", Some(attribute)) => self.attribute = attribute,
            ("ssh-format", _) if value == "openssh" => self.openssh = true,
            _ => return Err(ReferenceError::Query(pair.to_string())),
        }
        Ok(())
    }
}

fn decode(part: &str) -> Result<String, ReferenceError> {
    let bytes = part.as_bytes();
    let bad_percent = bytes.iter().enumerate().any(|(at, byte)| {
        *byte == b'%' && !matches!(bytes.get(at + 1..at + 3), Some(hex) if hex.iter().all(u8::is_ascii_hexdigit))
    });
    if bad_percent {
        return Err(ReferenceError::Percent);
    }
    let name = percent_decode_str(part).decode_utf8().map_err(|_| ReferenceError::Percent)?;
    if name.trim().is_empty() {
        return Err(ReferenceError::EmptyPart);
    }
    if name.chars().any(char::is_control) {
        return Err(ReferenceError::Control);
    }
    Ok(name.into_owned())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part| utf8_percent_encode(part, PART);
        write!(f, "op://{}/{}/", part(&self.vault), part(&self.item))?;
        if let Some(section) = &self.section {
            write!(f, "{}/", part(section))?;
        }
        write!(f, "{}", part(&self.field))?;
        let mut separator = '?';
        if self.attribute != Attribute::Value {
            write!(f, "{separator}attribute={}", self.attribute.name())?;
            separator = '&';
        }
        if self.openssh {
            write!(f, "{separator}ssh-format=openssh")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, ReferenceError>) {
        let read = Reference::parse(text).map(|r| r.to_string());
        assert_eq!(read, expect.map(str::to_string), "{text}");
    }

    #[test]
    fn references_are_read_and_written_back() {
        check("op://RapidPro/SMTP/password", Ok("op://RapidPro/SMTP/password"));
        check(
            "op://RapidPro/Production Postgres RapidPro User/server",
            Ok("op://RapidPro/Production Postgres RapidPro User/server"),
        );
        check("OP://v/i/s/f", Ok("op://v/i/s/f"));
        check("op://v/a%2Fb/f", Ok("op://v/a%2Fb/f"));
        check("op://v/i/f?attribute=otp", Ok("op://v/i/f?attribute=otp"));
        check("op://v/i/private key?ssh-format=openssh", Ok("op://v/i/private key?ssh-format=openssh"));
        check("op://v/i", Err(ReferenceError::Parts));
        check("op://v/i/s/f/g", Err(ReferenceError::Parts));
        check("op:///i/f", Err(ReferenceError::EmptyPart));
        check("op://v/ /f", Err(ReferenceError::EmptyPart));
        check("op://v/i/100%", Err(ReferenceError::Percent));
        check("op://v/i/f%0a", Err(ReferenceError::Control));
        check("op://v/i/f?attribute=colour", Err(ReferenceError::Query("attribute=colour".into())));
    }
}
