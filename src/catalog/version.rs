//! A release number: three integers, ordered.

use std::fmt;

/// A release of a service, `v7.4.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First number.
    pub major: u16,
    /// Second number; even for stable lines.
    pub minor: u16,
    /// Third number.
    pub patch: u16,
}

impl Version {
    /// The release of these three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `7.4.0` or `v7.4.0`.
    pub fn parse(text: &str) -> Option<Self> {
        match numbers(text)?[..] {
            [major, minor, patch] => Some(Self::new(major, minor, patch)),
            _ => None,
        }
    }

    /// Whether it is `since` or later, and before `until`; without a bound, that side is open.
    pub fn within(self, since: Option<Self>, until: Option<Self>) -> bool {
        since.is_none_or(|since| since <= self) && until.is_none_or(|until| self < until)
    }

    /// Its line, the first two numbers.
    pub const fn line(self) -> (u16, u16) {
        (self.major, self.minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("v{}.{}.{}", self.major, self.minor, self.patch))
    }
}

/// The numbers of `7.4` or `v7.4.0`. `u16::from_str` alone would take a sign and leading zeros, and `07.4` is nobody's release.
pub(super) fn numbers(text: &str) -> Option<Vec<u16>> {
    let digits = text.strip_prefix('v').unwrap_or(text);
    digits.split('.').map(number).collect()
}

fn number(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let padded = digits.len() > 1 && digits.starts_with('0');
    if plain && !padded { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, expect) in [
            ("v7.4.0", Some("v7.4.0")),
            ("26.3.54", Some("v26.3.54")),
            ("0.0.1", Some("v0.0.1")),
            ("7.4", None),
            ("7.4.0.1", None),
            ("vv7.4.0", None),
            ("7.04.0", None),
            ("7.+4.0", None),
            ("7.4.-1", None),
            ("7.4.70000", None),
            ("7..0", None),
            ("", None),
        ] {
            let got = Version::parse(text).map(|version| version.to_string());
            assert_eq!(got.as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn orders_by_number() {
        assert!(Version::new(9, 10, 0) > Version::new(9, 9, 99));
        assert!(Version::new(10, 0, 0) > Version::new(9, 99, 99));
    }
}
