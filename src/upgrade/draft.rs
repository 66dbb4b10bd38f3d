//! An upgrade in the making: the two sides, the operations so far, and what there is to tell.

use std::rc::Rc;

use super::Input;
use super::item::{Done, Item, Kind};
use super::op::{Index, Op};
use super::side::{Side, crosses, versions};
use super::{at, yaml};
use crate::catalog::{Train, Version};
use crate::diag::{FileId, Notes, Severity, SourceMap, Span, codes};
use crate::model::{Lack, Service, placeholder, to_fill_in};
use crate::source::{self, Entry, Kind as NodeKind, Node, Style};

/// The state.
pub struct Draft<'a> {
    /// What is upgraded.
    pub input: &'a Input<'a>,
    /// The texts.
    pub map: &'a SourceMap,
    /// The merged document, as it is.
    pub tree: Rc<Node>,
    /// Each file's own tree, as it is.
    own: Vec<Rc<Node>>,
    /// The document at its own release.
    pub old: Side,
    /// The document, as far as it is upgraded, at the new one.
    pub new: Side,
    /// The operations so far.
    pub ops: Vec<Op>,
    /// The facts that were missing, and are written.
    pub lacks: Vec<Lack>,
    to: Train,
    items: Vec<Item>,
}

impl<'a> Draft<'a> {
    /// Nothing but the new release.
    pub fn new(input: &'a Input<'a>, map: &'a SourceMap, tree: Rc<Node>, from: &Train, to: Train) -> Self {
        let old = Side::compile(input, &tree, from, map);
        let new = old.until_compiled(versions(&tree, &to));
        let read = |file| source::parse(file, map.text(file), &mut Notes::default());
        let own = map.files().filter_map(read).collect();
        Self { input, map, tree, own, old, new, ops: vec![], lacks: vec![], to, items: vec![] }
    }

    /// Writes the release, and moves pins that stay behind it.
    pub fn release(&mut self, asked: &str) {
        if let Some(node) = at(&self.tree, "release") {
            let asked = asked.strip_prefix('v').unwrap_or(asked);
            let was = node.scalar().map(|scalar| scalar.text.clone()).unwrap_or_default();
            self.replace(&node, &like(&node, asked));
            self.tell(Item {
                what: format!("`{was}` becomes `{asked}`"),
                span: Some(node.span),
                done: Done::Edited,
                ..item(None, Kind::Release, "release")
            });
        }
        for service in Service::ALL {
            self.pin(service);
        }
        self.new.versions = versions(&self.upgraded(), &self.to);
    }

    fn pin(&mut self, service: Service) {
        let path = format!("versions.{service}");
        let Some((node, key)) = at(&self.tree, &path).filter(|node| !node.is_null()).zip(self.key(&path)) else {
            return;
        };
        let text = node.scalar().map(|scalar| scalar.text.clone()).unwrap_or_default();
        let Some(pinned) = Version::parse(&text) else { return };
        let what = match self.to.version(service) {
            Some(version) if version > pinned => {
                let plain = version.to_string();
                let plain = if text.starts_with('v') { plain.as_str() } else { plain.trim_start_matches('v') };
                self.replace(&node, &like(&node, plain));
                format!("the pin {pinned} becomes {version}, the release's own")
            }
            Some(_) => return,
            None => {
                self.ops.push(Op::Remove { key });
                format!("the pin {pinned} goes: the release has no {service} any more")
            }
        };
        self.tell(Item {
            what,
            span: Some(node.span),
            done: Done::Edited,
            ..item(Some(service), Kind::Release, &path)
        });
    }

    /// The entries that a setting has in files where another one wins over it: what the document writes takes its name and
    /// form from the winner, and a name that nothing reads would come back from below.
    pub fn shadows(&self, service: Service, winner: &Entry) -> Vec<Entry> {
        let path = format!("services.{service}");
        let entry = |tree: &Rc<Node>| at(tree, &path)?.mapping()?.entry(&winner.key.value).cloned();
        let entries = self.own.iter().filter_map(entry);
        entries.filter(|entry| entry.key.span != winner.key.span).collect()
    }

    /// Renames an entry of a setting, wherever it stands.
    pub fn rename(&mut self, service: Service, entry: &Entry, to: &str) {
        for entry in self.shadows(service, entry).iter().chain([entry]) {
            self.ops.push(Op::Rename { key: entry.key.span, to: to.to_string() });
        }
    }

    /// Removes an entry of a setting, wherever it stands.
    pub fn remove(&mut self, service: Service, entry: &Entry) {
        for entry in self.shadows(service, entry).iter().chain([entry]) {
            self.ops.push(Op::Remove { key: entry.key.span });
        }
    }

    /// Adds an item, once.
    pub fn tell(&mut self, item: Item) {
        if !self.items.contains(&item) {
            self.items.push(item);
        }
    }

    /// Replaces a value.
    pub fn replace(&mut self, node: &Node, text: &str) {
        self.ops.push(Op::Replace { value: node.span, text: text.to_string() });
    }

    /// Replaces a value by a marker for what is to be written.
    pub fn mark(&mut self, node: &Node, what: &str) {
        self.replace(node, &yaml::quoted(&placeholder(what)));
    }

    /// Writes a value at a path, whether something stands there or not.
    pub fn set(&mut self, path: &str, text: &str) {
        match at(&self.tree, path).filter(|node| !node.is_null()) {
            Some(node) => self.replace(&node, text),
            None => self.ops.push(Op::Insert { path: path.to_string(), text: text.to_string() }),
        }
    }

    /// The document with the operations so far.
    pub fn upgraded(&self) -> Rc<Node> {
        Index::new(&self.ops).apply(&self.tree)
    }

    /// Compiles what the operations made at the new release.
    pub fn recompile(&mut self) {
        let tree = self.upgraded();
        self.new = Side::compile(self.input, &tree, &self.to, self.map);
    }

    /// The place of the key at a path.
    pub fn key(&self, path: &str) -> Option<Span> {
        let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
        let map = if above.is_empty() { Rc::clone(&self.tree) } else { at(&self.tree, above)? };
        Some(map.mapping()?.entry(key)?.key.span)
    }

    /// The key at a path, or the nearest one above it: where something that is not there belongs.
    pub fn nearest(&self, path: &str) -> Option<Span> {
        let mut path = path;
        loop {
            if let Some(span) = self.key(path) {
                return Some(span);
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return self.key("release"),
            }
        }
    }

    /// Where a service's own settings stand or would: its section, else the word among a host's services.
    pub fn place(&self, service: Service) -> Option<Span> {
        let host = || {
            let hosts = at(&self.tree, "hosts")?.mapping().cloned()?.entries.into_iter();
            let lists = hosts.filter_map(|host| host.value.get("services")?.sequence().map(<[_]>::to_vec));
            let named = |word: &Rc<Node>| word.scalar().is_some_and(|scalar| scalar.text == service.name());
            lists.flatten().find(named).map(|word| word.span)
        };
        self.key(&format!("services.{service}")).or_else(host).or_else(|| self.key("release"))
    }

    /// What is wrong still, with its places in the document as it is.
    pub fn remaining(&self) -> Vec<(Option<Span>, String)> {
        let errors = self.new.notes.sorted().into_iter().filter(|note| note.severity == Severity::Error);
        let errors = errors.filter(|note| note.code != codes::FILL_IN);
        errors.map(|note| (note.primary(), note.message.clone())).collect()
    }

    /// Whether a service passes a release of its own on the way.
    pub fn crosses(&self, service: Service, release: Version) -> bool {
        crosses(self.old.version(service), self.new.version(service), release)
    }

    /// A service that both releases have, with its versions.
    pub fn both(&self, service: Service) -> Option<(Version, Version)> {
        Some((self.old.version(service)?, self.new.version(service)?))
    }

    /// Every service's versions before and after.
    pub fn versions(&self) -> Vec<(Service, Option<Version>, Option<Version>)> {
        let all = Service::ALL.into_iter();
        all.map(|service| (service, self.old.version(service), self.new.version(service))).collect()
    }

    /// The file in which the release stands.
    pub fn release_file(&self) -> Option<FileId> {
        at(&self.tree, "release").map(|node| node.span.file)
    }

    /// Every marker of the upgraded document: path, and what is to be written.
    pub fn markers(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        markers("", &self.upgraded(), &mut found);
        found
    }

    /// The items, by service and kind, in the order of the document.
    pub fn finished(mut self) -> Vec<Item> {
        let mut items = std::mem::take(&mut self.items);
        for item in items.iter_mut().filter(|item| item.span.is_none()) {
            item.span = item.service.and_then(|service| self.place(service));
        }
        self.items = items;
        self.items.sort_by(|a, b| (a.service, a.kind, a.span, &a.name).cmp(&(b.service, b.kind, b.span, &b.name)));
        self.items
    }
}

/// An item with nothing told yet.
pub fn item(service: Option<Service>, kind: Kind, name: &str) -> Item {
    Item {
        service,
        kind,
        name: name.to_string(),
        to: vec![],
        release: None,
        what: String::new(),
        span: None,
        done: Done::Told,
    }
}

/// A text in the style of the scalar that it replaces.
pub fn like(node: &Node, text: &str) -> String {
    match node.scalar().map(|scalar| scalar.style) {
        Some(Style::Plain) => text.to_string(),
        Some(Style::Single) => format!("'{}'", text.replace('\'', "''")),
        _ => yaml::quoted(text),
    }
}

fn markers(path: &str, node: &Node, found: &mut Vec<(String, String)>) {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            found.extend(to_fill_in(&scalar.text).map(|what| (path.to_string(), what.to_string())));
        }
        NodeKind::Sequence(items) => {
            items.iter().enumerate().for_each(|(at, item)| markers(&format!("{path}.{at}"), item, found));
        }
        NodeKind::Mapping(mapping) => {
            for entry in &mapping.entries {
                let key = &entry.key.value;
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                markers(&below, &entry.value, found);
            }
        }
    }
}
