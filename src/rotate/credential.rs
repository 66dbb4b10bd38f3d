//! A credential: who logs in, and by what.

use crate::model::Secret;

/// One login of a backend.
#[derive(Debug)]
pub struct Credential {
    /// The role, user, or access key id. No secret; none where a password stands alone.
    pub user: Option<String>,
    /// The password, secret key or token.
    pub password: Secret<String>,
    /// What the backend is given in place of the password: the exact SCRAM verifier. Made once for a rotation, since a
    /// verifier of the same password with another salt locks clients of a pooler out.
    pub verifier: Option<Secret<String>>,
}

impl Credential {
    /// A password alone.
    pub fn password(password: Secret<String>) -> Self {
        Self { user: None, password, verifier: None }
    }

    /// A user with a password.
    pub fn login(user: impl Into<String>, password: Secret<String>) -> Self {
        Self { user: Some(user.into()), password, verifier: None }
    }
}

impl Clone for Credential {
    #[expect(clippy::disallowed_methods, reason = "a copy of a secret is a secret")]
    fn clone(&self) -> Self {
        let copy = |secret: &Secret<String>| Secret::new(secret.expose().clone());
        Self { user: self.user.clone(), password: copy(&self.password), verifier: self.verifier.as_ref().map(copy) }
    }
}
