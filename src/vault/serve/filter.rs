//! The one filter that Connect takes: `name eq "…"` or `title eq "…"`, of SCIM (RFC 7644, 3.4.2.2).

/// The name that a filter asks for; none when it is no such filter. Clients write `title` for vaults too.
pub(super) fn equals(filter: &str) -> Option<String> {
    let mut words = filter.trim().splitn(3, char::is_whitespace);
    let (attribute, operator, value) = (words.next()?, words.next()?, words.next()?);
    let named = ["name", "title"].iter().any(|name| attribute.eq_ignore_ascii_case(name));
    // SCIM's strings are JSON's.
    (named && operator.eq_ignore_ascii_case("eq")).then(|| serde_json::from_str(value.trim()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::equals;

    fn check(filter: &str, expect: Option<&str>) {
        assert_eq!(equals(filter).as_deref(), expect, "{filter}");
    }

    #[test]
    fn only_eq_on_a_name_is_a_filter() {
        check(r#"title eq "A \"quoted\" \\ name""#, Some("A \"quoted\" \\ name"));
        check(r#" NAME EQ "  blanks" "#, Some("  blanks"));
        for none in [r#"id eq "x""#, r#"title co "x""#, "title eq x", "title eq \"x", "title eq", ""] {
            check(none, None);
        }
    }
}
