//! What the operator's two providers for 1Password call a field.

use std::collections::BTreeMap;

use crate::emit::kubernetes::slug;
use crate::emit::yaml;
use crate::model::{Attribute, Hole, Reference};

/// A provider of the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Store {
    /// `onepasswordSDK`: a field is `item/[section/]field`, and a store has one vault.
    #[default]
    Sdk,
    /// `onepassword`, by Connect, which the operator calls deprecated: a field is an item and the field's label.
    Connect,
}

/// The fields that a manifest's templates read, each under a key of its own.
pub(super) struct Remotes {
    store: Store,
    keys: BTreeMap<Reference, String>,
    order: Vec<Reference>,
}

impl Remotes {
    pub(super) fn new(store: Store) -> Self {
        Self { store, keys: BTreeMap::new(), order: vec![] }
    }

    /// The key under which templates find a hole's field.
    pub(super) fn key(&mut self, hole: &Hole) -> Result<&str, &'static str> {
        let reference = &hole.reference;
        check(reference, self.store)?;
        if !self.keys.contains_key(reference) {
            let name = identifier(reference);
            let taken = |name: &str| self.keys.values().any(|key| key == name);
            let numbered = (2..).map(|n| format!("{name}_{n}"));
            let key = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name);
            self.keys.insert(reference.clone(), key);
            self.order.push(reference.clone());
        }
        Ok(self.keys.get(reference).map_or("", String::as_str))
    }

    /// Every key, in the order of their first use.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.order.iter().filter_map(|reference| self.keys.get(reference).map(String::as_str))
    }

    /// The name that a vault's store must have: `onepassword-my-vault`.
    fn store_name(&self, vault: &str) -> String {
        let simple = |vault: &str| slug(&vault.to_ascii_lowercase().replace([' ', '_', '.'], "-"));
        let vaults = self.order.iter().map(|reference| reference.vault.as_str());
        let namesake = vaults.take_while(|other| *other != vault).any(|other| simple(other) == simple(vault));
        format!("onepassword-{}", if namesake { slug(&format!("{vault} ")) } else { simple(vault) })
    }

    /// `secretStoreRef` and `data` of an ExternalSecret's `spec`. Each vault has a store of its own, of the kind
    /// SecretStore: the SDK's cannot have two, and Connect's would take an item from whichever has it first.
    pub(super) fn yaml(&self) -> String {
        let Some(first) = self.order.first() else { return "  data: []\n".to_string() };
        let store = |vault: &str| yaml::quoted(&self.store_name(vault));
        let mut text =
            format!("  secretStoreRef:\n    kind: SecretStore\n    name: {}\n  data:\n", store(&first.vault));
        for reference in &self.order {
            let key = self.keys.get(reference).map_or("", String::as_str);
            text += &format!("    - secretKey: {}\n      remoteRef:\n", yaml::quoted(key));
            text += &match self.store {
                Store::Sdk => format!("        key: {}\n", yaml::quoted(&sdk_key(reference))),
                Store::Connect => format!(
                    "        key: {}\n        property: {}\n",
                    yaml::quoted(&reference.item),
                    yaml::quoted(&property(&reference.field))
                ),
            };
            if reference.vault != first.vault {
                let store = store(&reference.vault);
                text += &format!(
                    "      sourceRef:\n        storeRef:\n          kind: SecretStore\n          name: {store}\n"
                );
            }
        }
        text
    }
}

/// Whether the provider can name the field.
fn check(reference: &Reference, store: Store) -> Result<(), &'static str> {
    // 1Password's own syntax of references knows no escapes: anything else is named by its id.
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c));
    let names = [Some(&reference.item), reference.section.as_ref(), Some(&reference.field)];
    match store {
        Store::Sdk if !names.into_iter().flatten().all(|name| plain(name)) => {
            Err("the SDK's references have only letters, digits, `-`, `_`, `.` and blanks: name it by its id")
        }
        Store::Connect if reference.attribute != Attribute::Value || reference.openssh => {
            Err("the operator's provider for Connect reads fields' values and nothing else of them: use `--store sdk`")
        }
        Store::Connect if reference.section.is_some() => {
            Err("the operator's provider for Connect knows no sections: use `--store sdk`")
        }
        _ => Ok(()),
    }
}

/// `item/[section/]field`, and its query.
fn sdk_key(reference: &Reference) -> String {
    let mut text = reference.item.clone();
    for part in [reference.section.as_ref(), Some(&reference.field)].into_iter().flatten() {
        text = text + "/" + part;
    }
    match (reference.attribute, reference.openssh) {
        (Attribute::Value, false) => text,
        (Attribute::Value, true) => text + "?ssh-format=openssh",
        (attribute, _) => text + "?attribute=" + attribute.name(),
    }
}

/// A field's label. The provider takes one that begins with `file/` or `field/` for a kind of property.
fn property(field: &str) -> String {
    if field.starts_with("file/") || field.starts_with("field/") { format!("field/{field}") } else { field.to_string() }
}

/// A name that Go's templates can write behind a point.
fn identifier(reference: &Reference) -> String {
    let words = format!("{}_{}", reference.item, reference.field);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = words.chars().map(plain).take(100).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("x{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{SourceMap, Span};

    fn span() -> Span {
        Span::new(SourceMap::default().add("x.yml", ""), 0, 0)
    }

    fn check(store: Store, reference: &str, expect: Result<(&str, &str), &str>) {
        let reference = Reference::parse(reference).expect("a reference");
        let hole = Hole { reference, span: span(), filters: vec![], optional: false };
        let mut remotes = Remotes::new(store);
        match (remotes.key(&hole).map(str::to_string), expect) {
            (Ok(key), Ok((expected, part))) => {
                assert_eq!(key, expected);
                assert!(remotes.yaml().contains(part), "{}", remotes.yaml());
            }
            (Err(got), Err(part)) => assert!(got.contains(part), "{got}"),
            (got, _) => panic!("{got:?}"),
        }
    }

    #[test]
    fn fields_by_provider() {
        let sdk = |reference, expect| check(Store::Sdk, reference, expect);
        sdk("op://V/My item/password", Ok(("my_item_password", "key: \"My item/password\"\n")));
        sdk("op://V/1/s/otp?attribute=otp", Ok(("x1_otp", "key: \"1/s/otp?attribute=otp\"\n")));
        sdk("op://V/k/private key?ssh-format=openssh", Ok(("k_private_key", "\"k/private key?ssh-format=openssh\"")));
        sdk("op://V/a%2Fb/f", Err("by its id"));
        let connect = |reference, expect| check(Store::Connect, reference, expect);
        connect(
            "op://V/My item/password",
            Ok(("my_item_password", "key: \"My item\"\n        property: \"password\"\n")),
        );
        connect("op://V/i/file%2Fx", Ok(("i_file_x", "property: \"field/file/x\"")));
        connect("op://V/i/f?attribute=otp", Err("--store sdk"));
        connect("op://V/i/s/f", Err("no sections"));
    }

    #[test]
    fn keys_and_stores_are_told_apart() {
        let mut remotes = Remotes::new(Store::Sdk);
        let mut key = |reference: &str| {
            let reference = Reference::parse(reference).expect("a reference");
            let hole = Hole { reference, span: span(), filters: vec![], optional: false };
            remotes.key(&hole).map(str::to_string)
        };
        assert_eq!(key("op://V/a b/c"), Ok("a_b_c".into()));
        assert_eq!(key("op://V/a_b/c"), Ok("a_b_c_2".into()));
        assert_eq!(key("op://V/a b/c"), Ok("a_b_c".into()));
        assert_eq!(key("op://Other/a b/c"), Ok("a_b_c_3".into()));
        let yaml = remotes.yaml();
        assert_eq!(yaml.matches("secretKey").count(), 3);
        assert!(yaml.starts_with("  secretStoreRef:\n    kind: SecretStore\n    name: \"onepassword-v\"\n"), "{yaml}");
        assert_eq!(yaml.matches("sourceRef").count(), 1);
    }
}
