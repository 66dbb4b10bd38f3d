//! The one filter that Connect takes: `name eq "…"` or `title eq "…"`, of SCIM (RFC 7644, 3.4.2.2).

/// The value that `attribute` must equal; none when the filter is another one.
pub(super) fn equals(filter: &str, attribute: &str) -> Option<String> {
    let mut words = filter.trim().splitn(3, char::is_whitespace);
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
    let matches = name.eq_ignore_ascii_case(attribute) && operator.eq_ignore_ascii_case("eq");
    // SCIM's strings are JSON's.
    matches.then(|| serde_json::from_str(value.trim()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::equals;

    #[test]
    fn only_eq_on_the_attribute_is_a_filter() {
        let check =
            |filter: &str, expect: Option<&str>| assert_eq!(equals(filter, "title").as_deref(), expect, "{filter}");
        check(r#"title eq "A \"quoted\" \\ name""#, Some("A \"quoted\" \\ name"));
        check(r#" TITLE EQ "  blanks" "#, Some("  blanks"));
        check(r#"name eq "x""#, None);
        check(r#"title co "x""#, None);
        check("title eq x", None);
        check("title eq \"x", None);
        check("", None);
    }
}
