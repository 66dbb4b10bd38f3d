//! The strategies, one file or folder each.

pub mod iam;
pub mod manual;
pub mod postgres;
pub mod redis;
pub mod secret_key;
pub mod ses;
pub mod smtp;
pub mod token;

use std::time::Duration;

use super::{Blocked, Fault, Survey};

impl Survey {
    /// Adds a reason not to begin, and what to do about it.
    fn block(&mut self, what: impl Into<String>, help: &str) {
        self.blocked.push(Blocked { what: what.into(), help: help.to_string() });
    }
}

/// A client that follows no redirect, which would carry a login to whoever it names.
fn http(timeout: Duration) -> Result<reqwest::Client, Fault> {
    cryptography();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(timeout);
    client.build().map_err(|_| Fault::Unfit("the HTTP client cannot be set up".to_string()))
}

/// Neither HTTP nor SMTP brings its own; a second installation is refused, which is fine.
fn cryptography() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
