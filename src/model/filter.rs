//! What filters do to text: the same at compile, for what is known, and at link, for what a vault gave.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Filter, string_literal};

/// Everything but RFC 3986's unreserved characters: libpq, redis-py, kombu and Go's `net/url` all read the result back.
const URL_COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a filter refuses a text. It never quotes the text, which may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A host with a scheme, a port, a path or blanks.
    #[error("this is no host: a name, an IPv4 or an IPv6 address is needed, without scheme and port")]
    NotAHost,
    /// Not a TCP port.
    #[error("this is no port: a whole number from 1 to 65535 is needed")]
    NotAPort,
}

impl Filter {
    /// The filter that a template calls by this name; [`Filter::Host`], [`Filter::HostName`] and [`Filter::Port`] have none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "urlencode" => Some(Filter::UrlEncode),
            "python" => Some(Filter::Python),
            "b64encode" => Some(Filter::Base64),
            "sha256" => Some(Filter::Sha256),
            _ => None,
        }
    }

    /// What the filter is called in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Filter::UrlEncode => "urlencode",
            Filter::Python => "python",
            Filter::Base64 => "b64encode",
            Filter::Sha256 => "sha256",
            Filter::Host => "host",
            Filter::HostName => "hostname",
            Filter::Port => "port",
        }
    }

    /// Applies the filter.
    pub fn apply(self, text: &str) -> Result<String, FilterError> {
        Ok(match self {
            Filter::UrlEncode => utf8_percent_encode(text, URL_COMPONENT).to_string(),
            Filter::Python => string_literal(text),
            Filter::Base64 => STANDARD.encode(text),
            Filter::Sha256 => hex(&Sha256::digest(text)),
            Filter::Host => match bare_host(text)? {
                host if host.contains(':') => format!("[{host}]"),
                host => host.to_string(),
            },
            Filter::HostName => bare_host(text)?.to_string(),
            Filter::Port => {
                text.trim().parse::<u16>().ok().filter(|p| *p > 0).ok_or(FilterError::NotAPort)?.to_string()
            }
        })
    }
}

/// A host without brackets.
fn bare_host(text: &str) -> Result<&str, FilterError> {
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let address = inside.parse::<Ipv6Addr>().is_ok() || inside.parse::<Ipv4Addr>().is_ok();
    // Container networks have names with underscores, which RFC 1123 does not allow and every resolver takes.
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    // No name ends in a number (RFC 3696): `10.0.1.333` and `10.0.1` are addresses that somebody mistyped.
    let numeric = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let name = inside == text && text.len() <= 253 && text.split('.').all(label) && !numeric;
    if address || name { Ok(inside) } else { Err(FilterError::NotAHost) }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: Filter, text: &str, expect: Result<&str, FilterError>) {
        assert_eq!(filter.apply(text), expect.map(str::to_string), "{filter:?} of {text:?}");
    }

    #[test]
    fn filters() {
        check(Filter::UrlEncode, "p@ss/w:rd +~", Ok("p%40ss%2Fw%3Ard%20%2B~"));
        check(Filter::UrlEncode, "é", Ok("%C3%A9"));
        check(Filter::Python, "it's\n\\ \u{1F600}é\0", Ok("\"it's\\n\\\\ \\U0001f600\\xe9\\x00\""));
        check(Filter::Base64, "a", Ok("YQ=="));
        check(Filter::Sha256, "", Ok("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        check(Filter::Host, "db.example.org", Ok("db.example.org"));
        check(Filter::Host, "::1", Ok("[::1]"));
        check(Filter::Host, "[2001:db8::1]", Ok("[2001:db8::1]"));
        check(Filter::HostName, "[2001:db8::1]", Ok("2001:db8::1"));
        check(Filter::HostName, "my_redis", Ok("my_redis"));
        for bad in ["", "http://db", "db:5432", "db/x", "a b", "user@db", "-x", "[db]", "a..b", "10.0.1", "10.0.1.333"]
        {
            check(Filter::Host, bad, Err(FilterError::NotAHost));
        }
        check(Filter::Port, "5432", Ok("5432"));
        for bad in ["0", "70000", "x", ""] {
            check(Filter::Port, bad, Err(FilterError::NotAPort));
        }
    }
}
