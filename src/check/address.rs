//! URLs with holes in them, taken apart.

use super::term::Term;

/// The parts of `scheme://user:password@host:port/path?query`, as written.
#[derive(Clone)]
pub struct Address {
    /// Scheme, without `://`; lower case.
    pub scheme: String,
    /// What stands before the last `@` of the authority, as written.
    pub userinfo: Option<Term>,
    /// User, decoded.
    pub user: Option<Term>,
    /// Password, decoded.
    pub password: Option<Term>,
    /// Host, lower case, an IPv6 address without its brackets.
    pub host: Term,
    /// Port, when one is written.
    pub port: Option<Term>,
    /// Path, with its slash; empty when there is none.
    pub path: Term,
    /// What follows the `?`.
    pub query: Term,
}

impl Address {
    /// Takes a term apart; nothing when it has no scheme.
    pub fn read(term: &Term) -> Option<Self> {
        let (scheme, rest) = term.as_str().split_once("://")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if scheme.is_empty() || !scheme.chars().all(plain) {
            return None;
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        let (user, password) = match userinfo.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            Some((user, password)) => (Some(Term::decoded(user)), Some(Term::decoded(password))),
            None => (None, None),
        };
        let password = password.filter(|password| !password.as_str().is_empty());
        let (host, port) = split_port(host);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            userinfo: userinfo.map(Term::piece),
            user,
            password,
            host: Term::piece(&host.to_ascii_lowercase()),
            port: port.map(Term::piece),
            path: Term::piece(path),
            query: Term::decoded(query.split('#').next().unwrap_or(query)),
        })
    }

    /// Whether it is one of Redis, by any of its schemes.
    pub fn is_redis(&self) -> bool {
        matches!(self.scheme.as_str(), "redis" | "rediss" | "valkey" | "valkeys")
    }

    /// The value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<Term> {
        let pairs = self.query.as_str().split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| Term::piece(value))
    }

    /// The port, or what the scheme or service takes without one.
    pub fn port_or(&self, default: u16) -> Term {
        self.port.clone().filter(|port| !port.as_str().is_empty()).unwrap_or_else(|| Term::of(default.to_string()))
    }

    /// The path without its first slash and a last one.
    pub fn name(&self) -> Term {
        let path = self.path.as_str();
        Term::decoded(path.strip_prefix('/').unwrap_or(path).trim_end_matches('/'))
    }
}

/// `host:port`, `[address]:port`, either without port.
pub fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[')
        && let Some((address, after)) = rest.split_once(']')
    {
        return (address, after.strip_prefix(':'));
    }
    match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, host, port, user, name) in [
            ("redis://redis.internal:6379/15", "redis.internal", Some("6379"), None, "15"),
            ("redis://redis.internal", "redis.internal", None, None, ""),
            ("postgres://a%40b:p%2Fw@[fd00::1]:5432/db?sslmode=require", "fd00::1", Some("5432"), Some("a@b"), "db"),
            ("https://Search.internal:443:443", "search.internal:443", Some("443"), None, ""),
        ] {
            let address = Address::read(&Term::of(text)).expect(text);
            assert_eq!(address.host.as_str(), host, "{text}");
            assert_eq!(address.port.as_ref().map(Term::as_str), port, "{text}");
            assert_eq!(address.user.as_ref().map(Term::as_str), user, "{text}");
            assert_eq!(address.name().as_str(), name, "{text}");
        }
        assert!(Address::read(&Term::of("redis.internal:6379")).is_none());
        let sslmode =
            Address::read(&Term::of("postgres://h/db?a=b&sslmode=require")).and_then(|a| a.parameter("sslmode"));
        assert_eq!(sslmode.as_ref().map(Term::as_str), Some("require"));
    }
}
