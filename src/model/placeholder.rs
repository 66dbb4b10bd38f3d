//! The marker of a value that only a person knows, `<fill in: what it is>`. A document with one in it is wrong.

const OPEN: &str = "<fill in";

/// The marker for what is to be written in its place.
pub fn placeholder(what: &str) -> String {
    format!("{OPEN}: {what}>")
}

/// What is to be written in a marker's place, when a text is one.
pub fn to_fill_in(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix(OPEN)?;
    let what = rest.strip_prefix(':').or_else(|| rest.starts_with('>').then_some(rest))?;
    Some(what.strip_suffix('>').unwrap_or(what).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_known_by_how_they_begin() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(to_fill_in(text), expect, "{text}");
        check(&placeholder("the table prefix"), Some("the table prefix"));
        check("<fill in: a > b>", Some("a > b"));
        check("<fill in>", Some(""));
        check("<fill in: cut off", Some("cut off"));
        check("fill in: x", None);
        check("<fill inside>", None);
    }
}
