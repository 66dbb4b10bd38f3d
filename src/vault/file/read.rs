//! The tree of a vault file to items in Connect's JSON form, with what the file may leave out filled in.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::ids::{Ordinals, derived};
use crate::diag::Span;
use crate::source::{Node, Typed};
use crate::vault::item::Item;
use crate::vault::names::{fold, nearest};

/// Something wrong in a vault file. It names keys, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub what: String,
}

/// What a vault file says, with every id filled in. Without `Debug`, as values are in it.
#[derive(Clone)]
pub struct Content {
    /// Whether the file was encrypted.
    pub(crate) sealed: bool,
    /// Whom an encrypted file is encrypted for again after a write.
    pub(crate) recipients: Vec<String>,
    pub(crate) vaults: Vec<VaultContent>,
}

/// A vault of the file.
#[derive(Clone)]
pub(crate) struct VaultContent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) items: Vec<Map<String, Value>>,
}

const ITEM: &[&str] = &[
    "id",
    "title",
    "vault",
    "category",
    "state",
    "version",
    "createdAt",
    "updatedAt",
    "lastEditedBy",
    "favorite",
    "tags",
    "urls",
    "sections",
    "fields",
    "files",
];
const FIELD: &[&str] =
    &["id", "label", "type", "value", "purpose", "section", "generate", "recipe", "entropy", "totp", "ssh_formats"];
const FILE: &[&str] = &["id", "name", "size", "section", "content", "content_path", "text"];
/// Members that are not text; any other scalar is the text that stands in the file, so that `007` stays `007`.
const TYPED: &[&str] = &["favorite", "primary", "generate", "version", "size", "entropy", "length"];

impl Content {
    /// Reads the tree of a vault file; answers every fault in it. `sealed` tells that the file was encrypted, and so
    /// need not say `plaintext: true`.
    pub fn from_tree(root: &Node, sealed: bool) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let recipients = root.get("recipients").map(|list| reader.list(list, "recipients")).unwrap_or_default();
        let recipients = recipients.iter().filter_map(|key| reader.text(key, "recipients")).collect();
        let content = Content { sealed, recipients, vaults: reader.file(root, sealed) };
        if reader.faults.is_empty() { Ok(content) } else { Err(reader.faults) }
    }

    /// The age recipients that the file lists under `recipients`: age itself does not tell whom a file is encrypted
    /// for, so this is how a write keeps them.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }
}

#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn file(&mut self, root: &Node, sealed: bool) -> Vec<VaultContent> {
        self.keys(root, "a vault file", &["plaintext", "recipients", "vaults"]);
        let plain = root.get("plaintext").and_then(|node| node.scalar()).map(|scalar| scalar.typed);
        if !sealed && plain != Some(Typed::Bool(true)) {
            self.fault(
                root.get("plaintext").map_or(root, Rc::as_ref),
                "a vault file that is not encrypted says `plaintext: true`",
            );
        }
        let Some(list) = root.get("vaults") else {
            self.fault(root, "a vault file has `vaults`");
            return vec![];
        };
        let mut seen = Ordinals::default();
        self.list(list, "vaults").iter().map(|node| self.vault(node, &mut seen)).collect()
    }

    fn vault(&mut self, node: &Node, seen: &mut Ordinals) -> VaultContent {
        self.keys(node, "a vault", &["name", "id", "description", "items"]);
        let name = self.required(node, "a vault", "name");
        let ordinal = seen.next(&name);
        let id = self.text_of(node, "id").unwrap_or_else(|| derived(&["vault", &name, &ordinal]));
        let mut titles = Ordinals::default();
        let nodes = node.get("items").map(|list| self.list(list, "items")).unwrap_or_default();
        let mut items: Vec<Map<String, Value>> = vec![];
        for node in nodes {
            let item = self.item(&node, &id, &mut titles);
            if items.iter().any(|other| other.get("id") == item.get("id")) {
                self.fault(&node, "another item of this vault has the same id");
            }
            items.push(item);
        }
        VaultContent { id, name, items }
    }

    fn item(&mut self, node: &Node, vault: &str, titles: &mut Ordinals) -> Map<String, Value> {
        let before = self.faults.len();
        self.keys(node, "an item", ITEM);
        let title = self.required(node, "an item", "title");
        let ordinal = titles.next(&title);
        let id = self.text_of(node, "id").unwrap_or_else(|| derived(&["item", vault, &title, &ordinal]));
        let mut item = Map::new();
        item.insert("id".into(), id.clone().into());
        item.insert("title".into(), title.into());
        item.insert("vault".into(), json!({"id": vault}));
        item.extend(self.members(node, &["id", "title", "vault", "sections", "fields", "files"]));
        item.entry("category").or_insert("CUSTOM".into());
        item.entry("version").or_insert(1.into());

        let mut parts = Parts { item: id, sections: vec![], labels: Ordinals::default() };
        for section in node.get("sections").map(|list| self.list(list, "sections")).unwrap_or_default() {
            self.keys(&section, "a section", &["id", "label"]);
            let (id, label) = (self.text_of(&section, "id"), self.text_of(&section, "label"));
            parts.section(id, label.unwrap_or_default());
        }
        let fields = node.get("fields").map(|fields| self.fields(fields, &mut parts)).unwrap_or_default();
        let files = node.get("files").map(|files| self.list(files, "files")).unwrap_or_default();
        let files: Vec<Value> = files.iter().map(|file| self.attached(file, &mut parts)).collect();
        let sections = parts.sections.iter().map(|(id, label)| json!({"id": id, "label": label}));
        item.insert("sections".into(), sections.collect());
        item.insert("fields".into(), fields.into());
        item.insert("files".into(), files.into());
        // serde's own message quotes the value that it stumbled over.
        let sound = self.faults.len() == before;
        if sound && serde_json::from_value::<Item>(Value::Object(item.clone())).is_err() {
            self.fault(node, "this is not an item as Connect has them");
        }
        item
    }

    /// A list as Connect has it, or the short form `{label: value}`.
    fn fields(&mut self, node: &Node, parts: &mut Parts) -> Vec<Value> {
        if let Some(short) = node.mapping() {
            let field = |entry: &crate::source::Entry| {
                let label = &entry.key.value;
                let value = self.text(&entry.value, label).unwrap_or_default();
                json!({"id": label, "label": label, "type": "CONCEALED", "value": value})
            };
            return short.entries.iter().map(field).collect();
        }
        let nodes = self.list(node, "fields");
        nodes.iter().map(|node| self.field(node, parts)).collect()
    }

    fn field(&mut self, node: &Node, parts: &mut Parts) -> Value {
        self.keys(node, "a field", FIELD);
        let mut field = self.members(node, &["section"]);
        let section = self.section(node, parts);
        let label = self.text_of(node, "label");
        if label.is_none() && field.get("id").is_none() {
            self.fault(node, "a field has a `label` or an `id`");
        }
        let id = parts.id(&section, label.as_deref().unwrap_or_default());
        let id = field.entry("id").or_insert(id.into()).clone();
        field.entry("label").or_insert(id);
        field.entry("type").or_insert("STRING".into());
        field.extend(section.map(|section| ("section".to_string(), section)));
        field.into()
    }

    fn attached(&mut self, node: &Node, parts: &mut Parts) -> Value {
        self.keys(node, "a file", FILE);
        let mut file = self.members(node, &["section", "content", "content_path", "size", "text"]);
        let name = self.required(node, "a file", "name");
        let section = self.section(node, parts);
        let content = match (self.text_of(node, "content"), self.text_of(node, "text")) {
            (Some(base64), None) => STANDARD.decode(base64.split_ascii_whitespace().collect::<String>()).ok(),
            (None, Some(text)) => Some(text.into_bytes()),
            _ => None,
        };
        let Some(content) = content else {
            self.fault(node, "a file has either `content`, in base64, or `text`");
            return Value::Null;
        };
        file.entry("id").or_insert(parts.id(&section, &name).into());
        file.insert("size".into(), content.len().into());
        file.insert("content".into(), STANDARD.encode(content).into());
        file.extend(section.map(|section| ("section".to_string(), section)));
        file.into()
    }

    /// A part's section: `{id: …}` as Connect has it, or by its label alone.
    fn section(&mut self, node: &Node, parts: &mut Parts) -> Option<Value> {
        let section = node.get("section").filter(|section| !section.is_null())?;
        let (id, label) = match section.mapping() {
            Some(_) => (self.text_of(section, "id"), self.text_of(section, "label").unwrap_or_default()),
            None => (None, self.text(section, "section")?),
        };
        Some(json!({"id": parts.section(id, label)}))
    }

    /// A mapping's members but for those that are read apart.
    fn members(&mut self, node: &Node, apart: &[&str]) -> Map<String, Value> {
        let entries = node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
        let kept = entries.iter().filter(|entry| !apart.contains(&entry.key.value.as_str()) && !entry.value.is_null());
        kept.map(|entry| (entry.key.value.clone(), self.value(&entry.value, &entry.key.value))).collect()
    }

    fn value(&mut self, node: &Node, key: &str) -> Value {
        if let Some(items) = node.sequence() {
            return items.iter().map(|item| self.value(item, key)).collect();
        }
        if node.mapping().is_some() && !matches!(key, "value" | "id" | "label" | "type") {
            return self.members(node, &[]).into();
        }
        match node.scalar().map(|scalar| scalar.typed) {
            Some(Typed::Bool(value)) if TYPED.contains(&key) => value.into(),
            Some(Typed::Int(value)) if TYPED.contains(&key) => value.into(),
            Some(Typed::Float(value)) if TYPED.contains(&key) => value.into(),
            _ => self.text(node, key).map_or(Value::Null, Value::from),
        }
    }

    fn text_of(&mut self, node: &Node, key: &str) -> Option<String> {
        let value = node.get(key).filter(|value| !value.is_null())?;
        self.text(value, key)
    }

    fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.scalar().map(|scalar| scalar.text.clone());
        if text.is_none() {
            self.fault(node, format!("`{key}` is one text, not a list or a map"));
        }
        text.filter(|_| !node.is_null())
    }

    fn required(&mut self, node: &Node, what: &str, key: &str) -> String {
        let before = self.faults.len();
        let text = self.text_of(node, key).unwrap_or_default();
        if text.is_empty() && node.mapping().is_some() && self.faults.len() == before {
            self.fault(node, format!("{what} has a `{key}`"));
        }
        text
    }

    fn list(&mut self, node: &Node, key: &str) -> Vec<Rc<Node>> {
        if node.sequence().is_none() && !node.is_null() {
            self.fault(node, format!("`{key}` is a list"));
        }
        node.sequence().map(<[_]>::to_vec).unwrap_or_default()
    }

    /// Checks that a node is a mapping without unknown keys.
    fn keys(&mut self, node: &Node, what: &str, known: &[&str]) {
        let Some(mapping) = node.mapping() else { return self.fault(node, format!("{what} is a map")) };
        for entry in &mapping.entries {
            let key = &entry.key;
            if !known.contains(&key.value.as_str()) {
                let near = nearest(&key.value, known.iter().copied());
                let meant = near.first().map(|name| format!("; did you mean `{name}`")).unwrap_or_default();
                self.faults.push(Fault { span: key.span, what: format!("{what} has no `{}`{meant}", key.value) });
            }
        }
    }

    fn fault(&mut self, node: &Node, what: impl Into<String>) {
        self.faults.push(Fault { span: node.span, what: what.into() });
    }
}

/// What the parts of one item share: its sections, and the ids that follow from labels.
struct Parts {
    item: String,
    sections: Vec<(String, String)>,
    labels: Ordinals,
}

impl Parts {
    /// The id of the section with this id or label, which is added when it is new.
    fn section(&mut self, id: Option<String>, label: String) -> String {
        let same = |(known_id, known_label): &&(String, String)| match &id {
            Some(id) => fold(known_id) == fold(id),
            None => fold(known_label) == fold(&label) || fold(known_id) == fold(&label),
        };
        if let Some((known, _)) = self.sections.iter().find(same) {
            return known.clone();
        }
        let id = id.unwrap_or_else(|| derived(&["section", &self.item, &label]));
        self.sections.push((id.clone(), label));
        id
    }

    /// The id of a field or file that has none in the file.
    fn id(&mut self, section: &Option<Value>, label: &str) -> String {
        let section = section.as_ref().and_then(|section| section.get("id")?.as_str()).unwrap_or_default();
        let ordinal = self.labels.next(&format!("{section}/{label}"));
        derived(&["part", &self.item, section, label, &ordinal])
    }
}
