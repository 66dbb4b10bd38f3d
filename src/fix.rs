//! Applies the fixes that have one right answer, as edits of the source text: comments and layout stay.
//!
//! An edited text is parsed again and held against the tree before: whatever no edit touched must mean the same. A file
//! for which that fails keeps its text.

use std::rc::Rc;

use crate::diag::{Edit, FileId, Notes, SourceMap, Span};
use crate::source::{self, Entry, Kind, Node};

/// A file with its fixes applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The file.
    pub file: FileId,
    /// Its new text.
    pub text: String,
    /// What was done, one sentence each.
    pub titles: Vec<String>,
}

/// Applies every safe fix of the findings.
pub fn apply(notes: &Notes, map: &SourceMap) -> Vec<Fixed> {
    map.files().filter_map(|file| fixed(file, notes, map)).collect()
}

fn fixed(file: FileId, notes: &Notes, map: &SourceMap) -> Option<Fixed> {
    let (mut edits, mut titles): (Vec<Edit>, Vec<String>) = (vec![], vec![]);
    for fix in notes.sorted().into_iter().flat_map(|diagnostic| &diagnostic.fixes).filter(|fix| fix.safe) {
        let here = !fix.edits.is_empty() && fix.edits.iter().all(|edit| edit.span.file == file);
        let clear = !fix.edits.iter().any(|edit| edits.iter().any(|taken| overlap(edit.span, taken.span)));
        if here && clear {
            edits.extend(fix.edits.iter().cloned());
            let place = fix.edits.first().map(|edit| map.locate(edit.span)).unwrap_or_default();
            titles.push(format!("{place}: {}", fix.title));
        }
    }
    if edits.is_empty() {
        return None;
    }
    let before = map.text(file);
    let text = source::apply(before, &edits).ok()?;
    let edited: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
    same_but_for(before, &text, &edited, file).then_some(Fixed { file, text, titles })
}

fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end || a == b
}

/// Whether a text means what it meant before, but for what stands in the edited places.
fn same_but_for(before: &str, after: &str, edited: &[Span], file: FileId) -> bool {
    let parse = |text: &str| {
        let mut notes = Notes::default();
        source::parse(file, text, &mut notes)
    };
    match (parse(before), parse(after)) {
        (Some(before), Some(after)) => same(&before, &after, edited),
        _ => false,
    }
}

fn same(before: &Rc<Node>, after: &Rc<Node>, edited: &[Span]) -> bool {
    if edited.contains(&before.span) {
        return true;
    }
    match (&before.kind, &after.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => a.text == b.text && a.typed == b.typed,
        (Kind::Sequence(a), Kind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, edited))
        }
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            let key = |a: &Entry, b: &Entry| a.key.value == b.key.value || edited.contains(&a.key.span);
            let both = a.entries.iter().zip(&b.entries);
            a.entries.len() == b.entries.len() && { both }.all(|(a, b)| key(a, b) && same(&a.value, &b.value, edited))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Fix, codes};

    fn check(text: &str, fixes: &[(&str, &str, bool)], expect: Option<&str>) {
        let mut map = SourceMap::default();
        let file = map.add("a.yml", text);
        let mut notes = Notes::default();
        for (old, new, safe) in fixes {
            let start = text.find(old).unwrap_or(0);
            let span = Span::new(file, start, start + old.len());
            notes
                .error(codes::WRONG_TYPE, "x")
                .at(span, "")
                .fix(Fix { safe: *safe, ..Fix::safe("mend it", span, *new) });
        }
        let fixed = apply(&notes, &map);
        assert_eq!(fixed.first().map(|fixed| fixed.text.as_str()), expect, "{text}");
    }

    #[test]
    fn safe_fixes_change_what_they_name_and_nothing_else() {
        let text = "a: \"5432\" # the port\nOLD: x\nlist: [1, 2]\n";
        check(text, &[("\"5432\"", "5432", true)], Some("a: 5432 # the port\nOLD: x\nlist: [1, 2]\n"));
        check(
            text,
            &[("OLD", "NEW", true), ("\"5432\"", "5432", true)],
            Some("a: 5432 # the port\nNEW: x\nlist: [1, 2]\n"),
        );
        check(text, &[("OLD", "NEW", false)], None);
    }

    #[test]
    fn a_fix_that_would_change_more_is_not_applied() {
        check("a: x\nb: y\n", &[("x", "x\nc: z", true)], None);
        check("a: x\nb: y\n", &[("x", "[", true)], None);
    }
}
