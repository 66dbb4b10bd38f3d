//! The fields that 1Password gives an item by its category, with the ids that it knows them by.

use crate::vault::same_name;

/// A built-in field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BuiltIn {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) purpose: &'static str,
}

const fn field(id: &'static str, label: &'static str, purpose: &'static str) -> BuiltIn {
    BuiltIn { id, label, purpose }
}

const FIELDS: &[(&str, &[BuiltIn])] = &[
    ("LOGIN", &[field("username", "username", "USERNAME"), field("password", "password", "PASSWORD")]),
    ("PASSWORD", &[field("password", "password", "PASSWORD")]),
    (
        "DATABASE",
        &[
            field("database_type", "type", ""),
            field("hostname", "server", ""),
            field("port", "port", ""),
            field("database", "database", ""),
            field("username", "username", ""),
            field("password", "password", ""),
        ],
    ),
    (
        "API_CREDENTIAL",
        &[field("username", "username", ""), field("credential", "credential", ""), field("hostname", "hostname", "")],
    ),
];

/// The built-in field of a category that a reference's last part names, by id or label.
pub(super) fn find(category: &str, name: &str) -> Option<BuiltIn> {
    let (_, fields) = FIELDS.iter().find(|(known, _)| *known == category)?;
    fields.iter().find(|field| same_name(field.id, name) || same_name(field.label, name)).copied()
}

/// Whether a field of this name is not to be read over somebody's shoulder.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "secret", "token", "credential", "key"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(category: &str, name: &str, expect: Option<&str>) {
        assert_eq!(find(category, name).map(|field| field.id), expect, "{category} {name}");
    }

    #[test]
    fn a_name_finds_the_field_that_1password_shows() {
        check("DATABASE", "server", Some("hostname"));
        check("DATABASE", "HOSTNAME", Some("hostname"));
        check("LOGIN", "username", Some("username"));
        check("PASSWORD", "token", None);
        check("RUNE", "password", None);
        assert!(is_secret("secret access key") && is_secret("token") && !is_secret("server"));
    }
}
