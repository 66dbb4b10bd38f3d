//! Who may do what: tokens with scopes.

use sha2::{Digest, Sha256};

use crate::model::Secret;

/// A token and what it may do.
#[derive(Debug)]
pub struct Token {
    /// What stands behind `Bearer`.
    pub secret: Secret<String>,
    /// The vaults that it may read, by name or id; none for every vault with every right.
    pub grants: Option<Vec<Grant>>,
}

/// A vault that a token may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The vault's name or id.
    pub vault: String,
    /// Whether it may write as well.
    pub write: bool,
}

/// The token that a request came with. The time that this takes does not depend on where two tokens begin to differ:
/// hashes are compared.
#[expect(clippy::disallowed_methods, reason = "hashes of tokens are compared")]
pub(super) fn find<'a>(tokens: &'a [Token], header: Option<&str>) -> Option<&'a Token> {
    let given = Sha256::digest(header?.strip_prefix("Bearer ")?);
    tokens.iter().find(|token| Sha256::digest(token.secret.expose()) == given)
}

impl Token {
    /// Whether it reaches a vault.
    pub(super) fn reads(&self, id: &str, name: &str) -> bool {
        self.grant(id, name).is_some()
    }

    /// Whether it may write to a vault.
    pub(super) fn writes(&self, id: &str, name: &str) -> bool {
        self.grant(id, name).unwrap_or(false)
    }

    fn grant(&self, id: &str, name: &str) -> Option<bool> {
        let Some(grants) = &self.grants else { return Some(true) };
        grants.iter().find(|grant| grant.vault == id || grant.vault == name).map(|grant| grant.write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reaches_what_it_was_granted() {
        let grants = vec![Grant { vault: "V".into(), write: false }, Grant { vault: "id2".into(), write: true }];
        let tokens = [Token { secret: Secret::new("t".into()), grants: Some(grants) }];
        for none in [None, Some("t"), Some("Bearer "), Some("Bearer T"), Some("Basic t")] {
            assert!(find(&tokens, none).is_none(), "{none:?}");
        }
        let token = find(&tokens, Some("Bearer t")).expect("the token");
        assert!(token.reads("id1", "V") && !token.writes("id1", "V"));
        assert!(token.reads("id2", "W") && token.writes("id2", "W"));
        assert!(!token.reads("id3", "X") && !token.writes("id3", "X"));
    }
}
