//! Where a value stands: byte ranges in the files of one environment, and the texts that those ranges cut.

/// Index of a file in its [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in one file. `start == end` marks a point, for instance the value that is missing after `key:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`; offsets past 4 GiB do not occur, as files are bounded long before.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end) }
    }

    /// The range as `usize`, for slicing with `str::get`.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The part of this span that begins `from` bytes into it and is `len` bytes long, cut to the span.
    pub fn within(self, from: usize, len: usize) -> Self {
        let start = (self.start as usize + from).min(self.end as usize);
        Self::new(self.file, start, (start + len).min(self.end as usize))
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// A human place: line and column count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The texts that spans point into, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    text: String,
    lines: Vec<u32>,
}

impl SourceMap {
    /// Adds a file. `name` is the path as the user knows it, for instance `env/production.yml`.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let (name, text) = (name.into(), text.into());
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1));
        let lines = starts.collect();
        self.files.push(SourceFile { name, text, lines });
        FileId(self.files.len() as u32 - 1)
    }

    /// The file's name as given to [`SourceMap::add`]; empty for an id of another map.
    pub fn name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |f| &f.name)
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |f| &f.text)
    }

    /// The text that a span cuts; empty when the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Line and column of the span's first byte.
    pub fn place(&self, span: Span) -> Place {
        self.place_of(span.file, span.start)
    }

    /// Line and column of a byte.
    pub fn place_of(&self, file: FileId, byte: u32) -> Place {
        let Some(f) = self.file(file) else { return Place { line: 1, column: 1 } };
        let line = f.lines.partition_point(|start| *start <= byte).max(1);
        let start = f.lines.get(line - 1).copied().unwrap_or(0) as usize;
        let end = f.text.floor_char_boundary(byte as usize);
        // No editor counts a byte order mark as a column.
        let column = f.text.get(start..end).map_or(1, |s| s.trim_start_matches('\u{feff}').chars().count() + 1);
        Place { line, column }
    }

    /// `name:line:column` of the span's first byte.
    pub fn locate(&self, span: Span) -> String {
        let place = self.place(span);
        format!("{}:{}:{}", self.name(span.file), place.line, place.column)
    }

    /// Every file, in the order of reading.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        (0..self.files.len() as u32).map(FileId)
    }

    fn file(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_from_one_and_columns_in_characters() {
        let mut map = SourceMap::default();
        let file = map.add("a.yml", "käse: 1\n\nb: 2\n");
        for (at, line, column) in [(0, 1, 1), (2, 1, 2), (3, 1, 3), (9, 2, 1), (10, 3, 1), (13, 3, 4)] {
            assert_eq!(map.place_of(file, at), Place { line, column }, "byte {at}");
        }
        assert_eq!(map.locate(Span::new(file, 10, 11)), "a.yml:3:1");
        let marked = map.add("b.yml", "\u{feff}a: 1\n");
        assert_eq!(map.place_of(marked, 3), Place { line: 1, column: 1 }, "a byte order mark is no column");
        assert_eq!(map.slice(Span::new(file, 0, 5)), "käse");
        assert_eq!(map.slice(Span::new(file, 2, 5)), "", "a span inside a character cuts nothing");
    }
}
