//! The YAML that an upgrade writes: values of one line, which stand in block and in flow style alike.

use crate::diag::{FileId, Notes};
use crate::source::{self, Kind, Node, Scalar, Typed};

/// A string in double quotes. What people read stays as it is; only what quotes cannot hold is escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A value in one line.
pub fn line(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => self::scalar(scalar),
        Kind::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| line(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Mapping(mapping) => {
            let entry = |entry: &crate::source::Entry| format!("{}: {}", key(&entry.key.value), line(&entry.value));
            let entries: Vec<String> = mapping.entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A string, plain where it can be.
pub fn text(text: &str) -> String {
    if is_simple(text) { text.to_string() } else { quoted(text) }
}

/// A key: plain where a word is.
pub fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    let kept = word && !matches!(name, "null" | "true" | "false");
    if kept { name.to_string() } else { quoted(name) }
}

fn scalar(scalar: &Scalar) -> String {
    match scalar.typed {
        Typed::Null => "null".to_string(),
        Typed::Bool(_) | Typed::Int(_) | Typed::Float(_) => scalar.text.clone(),
        Typed::String => text(&scalar.text),
    }
}

/// Whether a text is the same string without quotes, in block and in flow style: no mark of YAML's, no number, no word.
fn is_simple(text: &str) -> bool {
    let free = |c: char| !c.is_control() && !"{}[],#'\"".contains(c);
    let begins = text.starts_with(|c: char| "-?: &*!|>%@`".contains(c));
    let marks = begins || text.contains(": ") || text.ends_with([':', ' ']);
    if marks || !text.chars().all(free) {
        return false;
    }
    let mut notes = Notes::default();
    let read = source::parse(FileId(0), text, &mut notes);
    let same = |scalar: &Scalar| scalar.typed == Typed::String && scalar.text == text;
    notes.is_empty() && read.is_some_and(|node| node.scalar().is_some_and(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_in_one_line() {
        let check = |text: &str, expect: &str| {
            let read = |text: &str| source::parse(FileId(0), text, &mut Notes::default()).expect(text);
            let shown = line(&read(text));
            assert_eq!(shown, expect, "{text}");
            assert_eq!(line(&read(&format!("{{k: {shown}}}"))), format!("{{k: {expect}}}"), "{text}");
        };
        check("op://RapidPro/Production S3/access key id", "op://RapidPro/Production S3/access key id");
        check("a, b", "\"a, b\"");
        check("'5432'", "\"5432\"");
        check("\"plain\"", "plain");
        check("'yes'", "\"yes\"");
        check("5432", "5432");
        check("k:\n  l:\n  - 1\n  - x # c\n", "{k: {l: [1, x]}}");
        check("\"{{ domain }}\"", "\"{{ domain }}\"");
        check("|\n  a\n  b\n", "\"a\\u000Ab\\u000A\"");
        check("~", "null");
    }
}
