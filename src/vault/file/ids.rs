//! Ids that follow from names, so that a vault file need not hold any and a lock learnt from it stays true.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// 26 characters `a-z0-9`, as 1Password's ids are, that follow from `parts` alone.
pub(crate) fn derived(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digit = |byte: &u8| b"abcdefghijklmnopqrstuvwxyz234567".get(usize::from(byte % 32)).copied().map(char::from);
    hash.finalize().iter().take(26).filter_map(digit).collect()
}

/// Counts how often each name came, so that two things of one name get two ids.
#[derive(Default)]
pub(crate) struct Ordinals(BTreeMap<String, usize>);

impl Ordinals {
    /// `0` for the first thing of that name, `1` for the second.
    pub(crate) fn next(&mut self, name: &str) -> String {
        let count = self.0.entry(name.to_string()).or_default();
        *count += 1;
        (*count - 1).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_every_part() {
        let id = derived(&["vault", "RapidPro"]);
        assert_eq!(id, derived(&["vault", "RapidPro"]));
        assert_ne!(id, derived(&["vaultR", "apidPro"]), "where a part ends counts");
        assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    }
}
