//! Where Connect is and how it may be spoken to.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Url, redirect};

use super::roots;
use crate::model::Secret;
use crate::vault::VaultError;

/// How Connect is reached. Without `Debug`, as nobody needs it.
pub struct Settings {
    /// The value of `OP_CONNECT_HOST`.
    pub host: String,
    /// The value of `OP_CONNECT_TOKEN`, or the content of a token file.
    pub token: Secret<String>,
    /// Certificates in PEM that are trusted besides the system's.
    pub ca: Option<Vec<u8>>,
    /// The system's certificates in PEM, where they are known; else the platform is asked for them.
    pub system_ca: Option<Vec<u8>>,
    /// Whether plain http may leave this machine.
    pub allow_http: bool,
    /// How long everything may take together.
    pub deadline: Duration,
    /// How long one attempt may take.
    pub request_timeout: Duration,
}

impl Settings {
    /// The usual settings: 30 seconds for everything, 10 for an attempt.
    pub fn new(host: impl Into<String>, token: Secret<String>) -> Self {
        let (deadline, request_timeout) = (Duration::from_secs(30), Duration::from_secs(10));
        Self { host: host.into(), token, ca: None, system_ca: None, allow_http: false, deadline, request_timeout }
    }

    /// The URL below which `/v1` is.
    pub(super) fn base(&self) -> Result<Url, VaultError> {
        let wrong = |what: &str| VaultError::Settings { what: what.to_string() };
        let host = self.host.trim();
        let url = Url::parse(host)
            .map_err(|_| wrong("`OP_CONNECT_HOST` is not a URL, such as `https://connect.internal`"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("`OP_CONNECT_HOST` holds a user or a password; Connect takes a token only"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("`OP_CONNECT_HOST` holds a `?` or a `#`; it is the address of a server"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_http || is_loopback(&url) => Ok(url),
            "http" => Err(wrong(
                "`OP_CONNECT_HOST` is plain http to another machine, which would show the token to whoever listens; \
                 use https, or allow it with `--allow-http` or `allow_http: true` under `vault`",
            )),
            _ => Err(wrong("`OP_CONNECT_HOST` is neither http nor https")),
        }
    }

    /// `Bearer …`, kept out of every `Debug`.
    #[expect(clippy::disallowed_methods, reason = "the token becomes a header that is marked as sensitive")]
    pub(super) fn authorization(&self) -> Result<HeaderValue, VaultError> {
        let wrong = |what: &str| VaultError::Settings { what: what.to_string() };
        // A token file ends with a line break.
        let token = self.token.expose().trim();
        if token.is_empty() {
            return Err(wrong("there is no token: set `OP_CONNECT_TOKEN` or name a token file"));
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| wrong("the token holds characters that no header can carry"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Whether TLS is spoken, and so the system's certificates are needed.
    pub fn is_https(&self) -> bool {
        self.base().is_ok_and(|url| url.scheme() == "https")
    }

    /// The HTTP client. Parsing the system's certificates takes a millisecond, so plain http does without.
    pub(super) fn client(&self, base: &Url) -> Result<reqwest::Client, VaultError> {
        // reqwest has no cryptography of its own here; a second installation is refused, which is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            // A redirect would carry the token to whoever it names.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("rpconf/", env!("CARGO_PKG_VERSION")));
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        if base.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        } else {
            builder = roots::add(builder, self.system_ca.as_deref(), self.ca.as_deref())?;
        }
        builder
            .build()
            .map_err(|_| VaultError::Settings { what: "the HTTP client cannot be set up with this CA".into() })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, allow_http: bool, expect: Result<&str, &str>) {
        let settings = Settings { allow_http, ..Settings::new(host, Secret::new("t".into())) };
        let base = settings.base().map(|url| url.to_string()).map_err(|error| error.to_string());
        match (&base, expect) {
            (Err(message), Err(part)) => assert!(message.contains(part), "{host}: {message}"),
            _ => assert_eq!(base, expect.map(str::to_string).map_err(str::to_string), "{host}"),
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for host in ["http://localhost:8080/", "http://127.0.0.1:8080/", "http://127.9.9.9/", "http://[::1]:80/"] {
            assert!(Settings::new(host, Secret::new("t".into())).base().is_ok(), "{host}");
        }
        check("http://10.0.0.1:8080", false, Err("plain http to another machine"));
        check("http://localhost.evil.example", false, Err("plain http to another machine"));
        check("http://10.0.0.1:8080", true, Ok("http://10.0.0.1:8080/"));
        check(" https://connect.internal/prefix\n", false, Ok("https://connect.internal/prefix"));
        check("connect.internal:8080", false, Err("neither http nor https"));
        check("connect", false, Err("is not a URL"));
        check("https://user:canary@host", false, Err("holds a user or a password"));
        check("https://host/?x", false, Err("holds a `?`"));
    }

    #[test]
    fn a_token_fits_a_header_and_stays_out_of_debug() {
        let header = |token: &str| Settings::new("http://localhost", Secret::new(token.into())).authorization();
        let value = header("canary\n").expect("a header");
        assert_eq!(value, "Bearer canary");
        assert!(!format!("{value:?}").contains("canary"));
        assert!(matches!(header(" \n"), Err(VaultError::Settings { .. })));
        let refused = header("canary\nX: y").expect_err("a line break").to_string();
        assert!(!refused.contains("canary"), "{refused}");
    }
}
