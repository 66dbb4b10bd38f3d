//! The little YAML that manifests and variables are made of: maps of maps of strings.
//!
//! Written are double-quoted scalars in ASCII, whose escapes every YAML 1.1 and 1.2 parser reads alike. JSON's would
//! not do: go-yaml refuses the surrogate pairs by which JSON escapes what lies beyond U+FFFF.

use std::fmt::Write;

use granit_parser::{Event, Parser};

use super::ReadError;

/// A double-quoted scalar.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            _ => {
                let code = u32::from(c);
                let written = if code > 0xffff { write!(out, "\\U{code:08X}") } else { write!(out, "\\u{code:04X}") };
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
        }
    }
    out.push('"');
    out
}

/// A map's entries, one a line; `{}` for none. Keys are quoted, as YAML 1.1 takes `NO` and `Y` for booleans.
pub(super) fn map<'a>(indent: usize, entries: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let blank = " ".repeat(indent);
    let lines: String = entries.into_iter().map(|(key, value)| format!("{blank}{}: {value}\n", quoted(key))).collect();
    if lines.is_empty() { " {}\n".to_string() } else { format!("\n{lines}") }
}

/// What a document holds, with the line on which it begins.
#[derive(Debug, PartialEq)]
pub(super) enum Node {
    /// A scalar, as text.
    Scalar(usize, String),
    /// A map, in order.
    Map(usize, Vec<(String, Node)>),
}

impl Node {
    /// The entries of a map.
    pub(super) fn entries(&self) -> &[(String, Node)] {
        if let Node::Map(_, entries) = self { entries } else { &[] }
    }

    /// What stands under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// A scalar's text.
    pub(super) fn text(&self) -> Result<&str, ReadError> {
        match self {
            Node::Scalar(_, text) => Ok(text),
            Node::Map(line, _) => Err(ReadError { line: *line, reason: "a text is needed here" }),
        }
    }

    /// The line on which it begins.
    pub(super) fn line(&self) -> usize {
        let (Node::Scalar(line, _) | Node::Map(line, _)) = self;
        *line
    }
}

/// A map that is being read, and the key whose value comes next.
struct OpenMap {
    line: usize,
    key: Option<String>,
    entries: Vec<(String, Node)>,
}

/// Every document of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Node>, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError { line: 1, reason: "not UTF-8" })?;
    let options = granit_parser::options! { flow_nesting_limit: 16, block_nesting_limit: 16 };
    let mut documents = vec![];
    let mut open: Vec<OpenMap> = vec![];
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|_| ReadError { line: 1, reason: "not YAML" })?;
        let at = span.byte_range().map_or(0, |range| range.start);
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let node = match event {
            Event::MappingStart(..) => {
                open.push(OpenMap { line, key: None, entries: vec![] });
                continue;
            }
            Event::Scalar(text, ..) => Node::Scalar(line, text.into_owned()),
            Event::MappingEnd => match open.pop() {
                Some(map) => Node::Map(map.line, map.entries),
                None => continue,
            },
            Event::SequenceStart(..) | Event::SequenceEnd | Event::Alias(_) => {
                return Err(ReadError { line, reason: "only maps and texts are read here" });
            }
            _ => continue,
        };
        match open.last_mut() {
            None => documents.push(node),
            Some(OpenMap { key: key @ None, .. }) => *key = Some(node.text()?.to_string()),
            Some(OpenMap { key, entries, .. }) => entries.extend(key.take().map(|key| (key, node))),
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_ascii() {
        let check = |text: &str, expect: &str| {
            assert_eq!(quoted(text), expect);
            assert_eq!(read(quoted(text).as_bytes()), Ok(vec![Node::Scalar(1, text.to_string())]));
        };
        check("", "\"\"");
        check("a b: #c", "\"a b: #c\"");
        check("\"\\\n\t", "\"\\\"\\\\\\n\\u0009\"");
        check("é\u{1F600}\u{ffff}", "\"\\u00E9\\U0001F600\\uFFFF\"");
    }

    #[test]
    fn documents_of_maps() {
        let map = |entries: Vec<(&str, Node)>, line| {
            Node::Map(line, entries.into_iter().map(|(key, node)| (key.to_string(), node)).collect())
        };
        let scalar = |line, text: &str| Node::Scalar(line, text.to_string());
        let inner = map(vec![("c", scalar(3, "1"))], 3);
        let documents = vec![map(vec![("a", scalar(1, "x")), ("b", inner)], 1), map(vec![], 5)];
        assert_eq!(read(b"a: x\nb:\n  c: 1\n---\n{}\n"), Ok(documents));
        let refused = |text: &str| read(text.as_bytes()).map_err(|error| error.reason);
        assert_eq!(refused("[]"), Err("only maps and texts are read here"));
        assert_eq!(refused("a: ["), Err("only maps and texts are read here"));
        assert_eq!(refused("\"a"), Err("not YAML"));
    }
}
