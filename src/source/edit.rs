//! Edits by byte span, spliced into a text.

use crate::diag::Edit;

/// Edits that do not fit the text or each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A span reaches past the text, ends before it begins, or cuts a character.
    #[error("an edit of bytes {start} to {end} does not fit the text")]
    Misfit {
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// Two edits change the same bytes.
    #[error("two edits change the text at byte {at}")]
    Overlap {
        /// Where the second one begins.
        at: u32,
    },
    /// Edits of several files came together.
    #[error("the edits are of several files")]
    SeveralFiles,
}

/// The text with all edits made. Edits of one file come in any order; one that is there twice is made once, and
/// insertions at one place keep their order.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    sorted.dedup();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        if edits.iter().any(|other| other.span.file != edit.span.file) {
            return Err(EditError::SeveralFiles);
        }
        let range = edit.span.range();
        if range.start < done {
            return Err(EditError::Overlap { at: edit.span.start });
        }
        let fits = text.get(range.clone()).and(text.get(done..range.start));
        let Some(before) = fits else {
            return Err(EditError::Misfit { start: edit.span.start, end: edit.span.end });
        };
        result.push_str(before);
        result.push_str(&edit.text);
        done = range.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FileId, Span};

    fn check(text: &str, edits: &[(usize, usize, &str)], expect: Result<&str, EditError>) {
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(start, end, text)| Edit { span: Span::new(FileId(0), *start, *end), text: (*text).to_owned() })
            .collect();
        assert_eq!(apply(text, &edits).as_deref(), expect.as_ref().map(|s| *s), "{text:?} {edits:?}");
    }

    #[test]
    fn edits_are_spliced_in() {
        check("a: 1\nb: 2\n", &[], Ok("a: 1\nb: 2\n"));
        check("a: 1\nb: 2\n", &[(8, 9, "three"), (3, 4, "")], Ok("a: \nb: three\n"));
        check("ab", &[(1, 1, "x"), (1, 1, "y"), (2, 2, "z")], Ok("axybz"));
        check("ab", &[(0, 1, "x"), (0, 1, "x")], Ok("xb"));
        check("ab", &[(0, 1, "x"), (1, 2, "y")], Ok("xy"));
    }

    #[test]
    fn edits_that_do_not_fit_are_refused() {
        check("abc", &[(0, 2, "x"), (1, 3, "y")], Err(EditError::Overlap { at: 1 }));
        check("abc", &[(0, 2, "x"), (0, 2, "y")], Err(EditError::Overlap { at: 0 }));
        check("ä", &[(0, 1, "x")], Err(EditError::Misfit { start: 0, end: 1 }));
        check("a", &[(0, 2, "x")], Err(EditError::Misfit { start: 0, end: 2 }));
        check("abc", &[(2, 1, "x")], Err(EditError::Misfit { start: 2, end: 1 }));
        let edit = |file| Edit { span: Span::new(FileId(file), 0, 0), text: String::new() };
        assert_eq!(apply("a", &[edit(0), edit(1)]), Err(EditError::SeveralFiles));
    }
}
