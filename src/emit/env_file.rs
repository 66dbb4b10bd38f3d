//! What all formats of `NAME=value` lines have in common.

use std::borrow::Cow;

use super::text::text;
use super::{Document, Unwritable, each, header};

/// How a dialect writes its lines.
pub(super) struct Dialect {
    /// What stands before each name.
    pub(super) prefix: &'static str,
    /// A value in its quotes, or why there are none that hold it.
    pub(super) quote: fn(&str) -> Result<Cow<'_, str>, &'static str>,
    /// The most bytes that `NAME=value` may have, and what a longer one is.
    pub(super) longest: (usize, &'static str),
}

/// The kernel's limit for one string of an environment, less its NUL (Linux's MAX_ARG_STRLEN is 131,072 with it): a
/// longer one makes the service's exec fail.
pub(super) const ENVIRONMENT: (usize, &str) =
    (131_071, "with its name it is longer than the 131,071 bytes that an environment variable may have");

/// Writes a line for each setting.
pub(super) fn write(document: &Document, dialect: &Dialect) -> Result<Vec<u8>, Vec<Unwritable>> {
    let lines = each(document, |line| {
        if !is_name(line.name) {
            return Err("a variable's name has only letters, digits and `_`, and begins with no digit");
        }
        let value = text(line.value, document.service)?;
        let (longest, reason) = dialect.longest;
        if line.name.len() + 1 + value.len() > longest {
            return Err(reason);
        }
        Ok(format!("{}{}={}\n", dialect.prefix, line.name, (dialect.quote)(&value)?))
    })?;
    Ok((header(document.environment) + &lines.concat()).into_bytes())
}

/// Whether an environment can have a variable of this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
