//! A vault file's content back to YAML, as a server that writes to it needs.

use serde_json::{Map, Value};

use super::read::{Content, VaultContent};
use crate::model::Secret;

/// Members that follow from the others.
const IMPLIED: &[&str] = &["vault", "content_path", "size"];

/// Writes a vault file's text: block style, every text quoted, so that none is taken for a number or a comment.
pub fn write(content: &Content) -> Secret<String> {
    let mut out = String::new();
    if !content.sealed {
        out.push_str("plaintext: true\n");
    }
    if !content.recipients.is_empty() {
        out.push_str("recipients:\n");
        content.recipients.iter().for_each(|key| out.push_str(&format!("  - {}\n", quoted(key))));
    }
    out.push_str(if content.vaults.is_empty() { "vaults: []\n" } else { "vaults:\n" });
    for VaultContent { id, name, items } in &content.vaults {
        out.push_str(&format!("  - name: {}\n    id: {}\n", quoted(name), quoted(id)));
        out.push_str(if items.is_empty() { "    items: []\n" } else { "    items:\n" });
        for item in items {
            entry(&mut out, item, 6);
        }
    }
    Secret::new(out)
}

/// A map as an entry of a list.
fn entry(out: &mut String, map: &Map<String, Value>, indent: usize) {
    let start = out.len();
    members(out, map, indent + 2);
    match out.get(start..).is_some_and(|text| !text.is_empty()) {
        // The dash takes the place of the first member's indentation.
        true => out.replace_range(start + indent..=start + indent, "-"),
        false => out.push_str(&format!("{:indent$}- {{}}\n", "")),
    }
}

fn members(out: &mut String, map: &Map<String, Value>, indent: usize) {
    for (key, value) in map.iter().filter(|(key, value)| !IMPLIED.contains(&key.as_str()) && !is_empty(value)) {
        out.push_str(&format!("{:indent$}{}:", "", plain_or_quoted(key)));
        match value {
            Value::Object(map) => {
                out.push('\n');
                members(out, map, indent + 2);
            }
            Value::Array(items) => {
                out.push('\n');
                for item in items {
                    match item {
                        Value::Object(map) => entry(out, map, indent + 2),
                        other => out.push_str(&format!("{:1$}- {2}\n", "", indent + 2, scalar(other))),
                    }
                }
            }
            other => out.push_str(&format!(" {}\n", scalar(other))),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn plain_or_quoted(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    if plain { key.to_string() } else { quoted(key) }
}

/// A double-quoted scalar. JSON's quoting is YAML's but for what YAML does not let stand raw (YAML 1.2, 5.1).
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::parse;
    use super::*;
    use crate::vault::laws::{content, tree};

    /// The items of a content, as text.
    fn items(content: &Content) -> String {
        let vaults = content.vaults.iter().map(|vault| json!([vault.id, vault.name, vault.items]));
        Value::from(vaults.collect::<Vec<_>>()).to_string()
    }

    fn check(content: &Content) {
        let text = write(content);
        let read = parse("v", text.expose(), content.sealed).map_err(|error| format!("{error}\n{}", text.expose()));
        let read = read.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(items(&read), items(content), "{}", text.expose());
        assert_eq!(write(&read).expose(), text.expose(), "writing is stable");
    }

    #[test]
    fn what_is_written_is_read_back() {
        check(&Content::from_tree(&tree(&content()), false).map_err(drop).expect("a vault file"));
        let sealed = json!({"recipients": ["age1x"], "vaults": []});
        let sealed = Content::from_tree(&tree(&sealed), true).map_err(drop).expect("a vault file");
        check(&sealed);
        assert_eq!(write(&sealed).expose(), "recipients:\n  - \"age1x\"\nvaults: []\n");
    }

    #[test]
    fn a_file_is_pleasant_to_read() {
        let root = json!({"plaintext": true, "vaults": [{"name": "V", "id": "v", "items": [
            {"id": "i", "title": "T", "tags": ["a"], "fields": [{"id": "f", "label": "l", "value": "x: #", "section": "S"}]},
        ]}]});
        let content = Content::from_tree(&tree(&root), false).map_err(drop).expect("a vault file");
        let text = write(&content);
        let head: Vec<&str> = text.expose().lines().take(14).collect();
        let expect = [
            "plaintext: true",
            "vaults:",
            "  - name: \"V\"",
            "    id: \"v\"",
            "    items:",
            "      - id: \"i\"",
            "        title: \"T\"",
            "        tags:",
            "          - \"a\"",
            "        category: \"CUSTOM\"",
            "        version: 1",
            "        sections:",
        ];
        assert_eq!(head[..12], expect);
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(value in any::<String>(), title in "\\PC+") {
            let root = json!({"plaintext": true, "vaults": [{"name": "V", "items": [
                {"title": title, "fields": [{"id": "f", "label": "l", "value": value}]},
            ]}]});
            check(&Content::from_tree(&tree(&root), false).map_err(drop).expect("a vault file"));
        }
    }
}
