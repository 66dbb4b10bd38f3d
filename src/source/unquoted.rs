//! Templates written without quotes. `domain: {{ x }}` is a map with a map as its key to YAML, and often no YAML at all,
//! so the place where `{{` opens a value is looked at before its inside is.

use crate::diag::{Diagnostic, FileId, Fix, Notes, Span, codes};

/// What surrounds a value, and thereby what may end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// Inside of `[…]` or `{…}`.
    pub(super) flow: bool,
    /// In the place of a key.
    pub(super) key: bool,
}

/// Whether a value that opens at `at` is a template.
pub(super) fn opens(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with("{{"))
}

/// Where the scalar ends that was meant by the template at `at`; nothing when its `}}` is not on the same line.
pub(super) fn end(text: &str, at: usize, surroundings: Surroundings) -> Option<usize> {
    let line = line_from(text, at);
    let mut len = 0;
    while let Some(c) = line[len..].chars().next() {
        let rest = &line[len..];
        if rest.starts_with("{{") {
            len += rest.find("}}")? + 2;
            continue;
        }
        let comment = c == '#' && line[..len].ends_with([' ', '\t']);
        let colon = c == ':' && rest[1..].chars().next().is_none_or(char::is_whitespace);
        if comment || (surroundings.flow && matches!(c, ',' | ']' | '}')) || (surroundings.key && colon) {
            break;
        }
        len += c.len_utf8();
    }
    Some(at + line[..len].trim_end().len())
}

/// Reports the template at `start`, with the scalar's end where it is known.
pub(super) fn report<'n>(
    file: FileId,
    text: &str,
    start: usize,
    end: Option<usize>,
    notes: &'n mut Notes,
) -> &'n mut Diagnostic {
    let span = Span::new(file, start, end.unwrap_or_else(|| start + line_from(text, start).trim_end().len()));
    let message = "a template without quotes is a map to YAML, as `{` opens one";
    let note = notes.error(codes::UNQUOTED_TEMPLATE, message).at(span, "quotes are missing around this");
    match text.get(span.range()).filter(|_| end.is_some()) {
        Some(meant) => note.fix(Fix::safe("quote the whole value", span, quoted(meant))),
        None => note.help("write the whole value on one line, in quotes"),
    }
}

/// A one-line text as a quoted YAML scalar, in double quotes where nothing needs an escape.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

fn line_from(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    rest.split(['\n', '\r']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scalar_that_was_meant_is_found() {
        let block = Surroundings { flow: false, key: false };
        let flow = Surroundings { flow: true, key: false };
        let key = Surroundings { flow: false, key: true };
        for (text, surroundings, expect) in [
            ("{{ a }}", block, "{{ a }}"),
            ("{{ a }}/x, y: z  # note\nnext", block, "{{ a }}/x, y: z"),
            ("{{ a }}#x", block, "{{ a }}#x"),
            ("{{ a }}:{{ b, c }}]", flow, "{{ a }}:{{ b, c }}"),
            ("{{ a }}, b]", flow, "{{ a }}"),
            ("{{ a }} : 1", key, "{{ a }}"),
            ("{{ a }}:8000: 1", key, "{{ a }}:8000"),
            ("{{ ä }}ö\r\n", block, "{{ ä }}ö"),
        ] {
            assert_eq!(end(text, 0, surroundings).map(|end| &text[..end]), Some(expect), "{text:?}");
        }
        assert_eq!(end("{{ a\n}}", 0, block), None);
        assert_eq!(end("{{ a }}{{ b", 0, block), None);
    }

    #[test]
    fn quotes_are_those_that_need_no_escape() {
        for (text, expect) in
            [("{{ a }}", r#""{{ a }}""#), (r#"{{ op("x") }}'s"#, r#"'{{ op("x") }}''s'"#), (r"\", r"'\'")]
        {
            assert_eq!(quoted(text), expect);
        }
    }
}
