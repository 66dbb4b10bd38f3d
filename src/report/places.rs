//! Spans as reports print them: lines and columns, and the parts of a text that are shown.

use std::collections::BTreeMap;
use std::ops::Range;

use super::mask::masked;
use crate::diag::{Edit, FileId, Fix, SourceMap, Span};

/// Lines and columns of a span, from 1; the end is one past its last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

/// Where a span stands.
pub(super) fn region(map: &SourceMap, span: Span) -> Region {
    let (start, end) = (map.place(span), map.place_of(span.file, span.end.max(span.start)));
    Region { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

/// The texts of a [`SourceMap`] with their secrets hidden, each one made when it is asked for.
pub(super) struct Shown<'a> {
    map: &'a SourceMap,
    hidden: &'a [Span],
    texts: BTreeMap<FileId, String>,
}

/// Some lines of a hidden text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'t> {
    /// The lines.
    pub(super) text: &'t str,
    /// The first line's number, from 1.
    pub(super) line: usize,
    start: usize,
}

impl<'a> Shown<'a> {
    /// `hidden` are places of secrets that the texts alone would not betray.
    pub(super) fn new(map: &'a SourceMap, hidden: &'a [Span]) -> Self {
        Self { map, hidden, texts: BTreeMap::new() }
    }

    /// The lines of `file` from the first to the last of `spans`.
    pub(super) fn window(&mut self, file: FileId, spans: &[Range<usize>]) -> Window<'_> {
        let text = self.text(file);
        let first = spans.iter().map(|span| span.start).min().unwrap_or(0).min(text.len());
        let last = spans.iter().map(|span| span.end).max().unwrap_or(0).clamp(first, text.len());
        let (first, last) = (text.floor_char_boundary(first), text.ceil_char_boundary(last));
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        let line = text[..start].matches('\n').count() + 1;
        let start = start + if text[start..end].starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Window { text: &text[start..end], line, start }
    }

    /// Whether a fix can be shown: no line that it touches holds a secret, before or after.
    pub(super) fn tells_nothing(&mut self, fix: &Fix) -> bool {
        fix.edits.iter().all(|edit| self.edit_tells_nothing(edit))
    }

    fn edit_tells_nothing(&mut self, edit: &Edit) -> bool {
        let original = self.map.text(edit.span.file);
        let window = self.window(edit.span.file, &[edit.span.range()]);
        let lines = window.start..window.start + window.text.len();
        if original.get(lines.clone()) != Some(window.text) {
            return false;
        }
        let around =
            (original.get(lines.start..edit.span.start as usize), original.get(edit.span.end as usize..lines.end));
        let (Some(before), Some(after)) = around else { return false };
        let mended = format!("{before}{}{after}", edit.text);
        masked(&mended, &[]) == mended
    }

    fn text(&mut self, file: FileId) -> &str {
        self.texts.entry(file).or_insert_with(|| {
            let hidden: Vec<_> = self.hidden.iter().filter(|span| span.file == file).map(|span| span.range()).collect();
            masked(self.map.text(file), &hidden)
        })
    }
}

impl Window<'_> {
    /// A range of the whole text as one of the window, cut to it and to whole characters: the renderer panics otherwise.
    pub(super) fn range(&self, span: &Range<usize>) -> Range<usize> {
        let cut = |at: usize| at.saturating_sub(self.start).min(self.text.len());
        let start = self.text.floor_char_boundary(cut(span.start));
        start..self.text.ceil_char_boundary(cut(span.end)).max(start)
    }
}

/// A span cut to its first line: a mark over thirty lines shows less than one over the first.
pub(super) fn first_line(map: &SourceMap, span: Span) -> Range<usize> {
    let range = span.range();
    let rest = map.text(span.file).as_bytes().get(range.clone()).unwrap_or_default();
    let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(range.len());
    range.start..range.start + line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_lines_and_ranges_are_cut_to_them() {
        let mut map = SourceMap::default();
        let file = map.add("a.yml", "\u{feff}a: ä\nb: 2\nc: 3\n");
        let mut shown = Shown::new(&map, &[]);
        for (spans, text, line) in [
            (&[(3, 4)][..], "a: ä", 1),
            (&[(9, 10), (14, 15)], "b: 2\nc: 3", 2),
            (&[(7, 7)], "a: ä", 1),
            (&[(500, 900)], "", 4),
        ] {
            let spans: Vec<Range<usize>> = spans.iter().map(|(start, end)| *start..*end).collect();
            let window = shown.window(file, &spans);
            assert_eq!((window.text, window.line), (text, line), "{spans:?}");
        }
        let window = shown.window(file, std::slice::from_ref(&(3..4)));
        assert_eq!(window.range(&(6..7)), 3..5, "a character is never cut");
        assert_eq!(window.range(&(0..900)), 0..5);
        assert_eq!(window.range(&Range { start: 6, end: 2 }), 3..3);
    }

    #[test]
    fn fixes_that_tell_a_secret_are_known() {
        let mut map = SourceMap::default();
        let file = map.add("a.yml", "a: yes\npassword: x y\nb: 1\n");
        let check = |hidden: &[Span], start, end, text: &str, expect| {
            let fix = Fix::safe("t", Span::new(file, start, end), text);
            assert_eq!(Shown::new(&map, hidden).tells_nothing(&fix), expect, "{start} {text}");
        };
        check(&[], 3, 6, "true", true);
        check(&[Span::new(file, 3, 6)], 3, 6, "true", false);
        check(&[], 17, 20, "'x y'", false);
        check(&[], 24, 25, "redis://:pw@h", false);
        check(&[], 24, 900, "2", false);
    }
}
