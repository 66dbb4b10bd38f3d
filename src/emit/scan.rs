//! A cursor over a file's characters that knows its line.

use super::ReadError;

pub(super) struct Scan<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Scan<'a> {
    /// Begins at the first byte; every consumer here refuses what is not UTF-8, or reads it differently from the rest.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|b| **b == b'\n').count();
            ReadError { line, reason: "not UTF-8" }
        })?;
        Ok(Self { rest: text, line: 1 })
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// Takes `text` if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let next = self.rest.starts_with(text);
        if next {
            self.skip(text.len());
        }
        next
    }

    /// Takes what `accept` accepts, perhaps nothing.
    pub(super) fn take(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !accept(c)).unwrap_or(self.rest.len());
        self.skip(end)
    }

    /// Takes a variable's name and the `=` behind it.
    pub(super) fn name(&mut self) -> Result<&'a str, ReadError> {
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || !self.eat("=") {
            return Err(self.error("not `NAME=value`"));
        }
        Ok(name)
    }

    pub(super) fn error(&self, reason: &'static str) -> ReadError {
        ReadError { line: self.line, reason }
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.bytes().filter(|b| *b == b'\n').count();
        self.rest = rest;
        taken
    }
}
