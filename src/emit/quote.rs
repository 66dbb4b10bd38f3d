//! Quoting that systemd and the POSIX shells read alike.
//!
//! Never the `'\''` of shell-quoting libraries: systemd 252 misreads it, and python-dotenv refuses the file.

use std::borrow::Cow;

/// Whether a value needs no quotes in any dialect: no blank, quote, `$`, `#`, `~` or other character that one reads
/// specially.
pub(super) fn is_plain(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.,:/@%+=-".contains(&b);
    !value.is_empty() && value.bytes().all(plain)
}

/// Plain, else `'…'`, else `"…"` with the four characters escaped that systemd and POSIX unescape there.
pub(super) fn posix(value: &str) -> Cow<'_, str> {
    if is_plain(value) {
        return Cow::Borrowed(value);
    }
    if !value.contains('\'') {
        return Cow::Owned(format!("'{value}'"));
    }
    let mut quoted = String::with_capacity(value.len() + 8);
    quoted.push('"');
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_only_where_needed() {
        let check = |value: &str, expect: &str| assert_eq!(super::posix(value), expect);
        check("redis://cache:6379/15", "redis://cache:6379/15");
        check("", "''");
        check("a b", "'a b'");
        check("~", "'~'");
        check("$(id)", "'$(id)'");
        check("it's \"$x\" `y` \\", r#""it's \"\$x\" \`y\` \\""#);
        check("'\n[Service]", "\"'\n[Service]\"");
    }
}
