//! The document's facts: every scalar that the grammar names, read once, with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::broken;
use super::template::{self, Found, Scope};
use super::written::{Desk, Written, template_of, templated, untemplated};
use crate::diag::{Notes, Span, Spanned, codes};
use crate::model::document::DOCUMENT;
use crate::model::shape::{Leaf, Shape};
use crate::model::{Becomes, Builder, Filter, FilterError, Given, Part, Service, Value};
use crate::source::{Kind, Node, Typed};

/// A fact: a value, its place, and the places that it won over.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
    /// What it won over in documents that this one extends.
    pub overrides: Vec<Span>,
}

/// What stands at a path.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// A fact.
    Fact(Rc<Fact>),
    /// A map or a list.
    Group,
    /// An explicit null.
    Removed,
    /// Something that is already reported.
    Broken,
}

/// Every fact of a document, by dotted path.
#[derive(Debug, Default)]
pub struct Facts {
    found: BTreeMap<String, Lookup>,
}

impl Facts {
    /// What stands at a path; `None` when nothing does. Below something broken everything is.
    pub fn get(&self, path: &str) -> Option<&Lookup> {
        self.found.get(path).or_else(|| {
            let mut above = path.match_indices('.').filter_map(|(dot, _)| self.found.get(path.get(..dot)?));
            above.find(|lookup| matches!(lookup, Lookup::Broken))
        })
    }

    /// Whether what stands, or should stand, at a path is already reported.
    pub fn is_broken(&self, path: &str) -> bool {
        matches!(self.get(path), Some(Lookup::Broken))
    }

    /// Whether anything at or below a path is already reported.
    pub fn is_broken_within(&self, path: &str) -> bool {
        let inside = |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.found.iter().any(|(key, lookup)| inside(key) && matches!(lookup, Lookup::Broken))
    }

    /// The fact at a path.
    pub fn fact(&self, path: &str) -> Option<&Rc<Fact>> {
        match self.found.get(path) {
            Some(Lookup::Fact(fact)) => Some(fact),
            _ => None,
        }
    }

    /// The text of a fact that is known without a vault.
    pub fn known(&self, path: &str) -> Option<&str> {
        match &self.fact(path)?.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Every fact with its place, in the order of the paths.
    pub fn given(&self) -> Vec<Given> {
        let given = |(path, lookup): (&String, &Lookup)| match lookup {
            Lookup::Fact(fact) => Some(Given { path: path.clone(), value: fact.value.clone(), span: fact.span }),
            Lookup::Group | Lookup::Removed | Lookup::Broken => None,
        };
        self.found.iter().filter_map(given).collect()
    }

    /// Every fact of `resources`, by its path without that word.
    pub fn resources(&self) -> BTreeMap<String, Spanned<Value>> {
        let fact = |(path, lookup): (&String, &Lookup)| match lookup {
            Lookup::Fact(fact) => {
                Some((path.strip_prefix("resources.")?.to_string(), Spanned::new(fact.value.clone(), fact.span)))
            }
            _ => None,
        };
        self.found.iter().filter_map(fact).collect()
    }

    /// The paths of facts.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.found.keys().map(String::as_str)
    }
}

/// How facts are read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Whether services run in containers, which decides their homes.
    pub containers: bool,
    /// Whether the vault is a plaintext file, so that secrets may be literals.
    pub plaintext: bool,
    /// The places that the schema has already reported.
    pub bad: &'a BTreeSet<Span>,
}

/// Reads every fact of a tree.
pub fn read(tree: &Rc<Node>, options: Options<'_>, desk: &mut Desk<'_>) -> Facts {
    let Options { containers, plaintext, bad } = options;
    let mut facts = Facts::default();
    facts.found.extend(broken::paths(tree, bad).into_iter().map(|path| (path, Lookup::Broken)));
    let mut reader = Reader { tree, containers, plaintext, bad, desk, facts, open: vec![] };
    reader.walk("", tree, DOCUMENT);
    reader.facts
}

struct Reader<'a, 'd> {
    tree: &'a Rc<Node>,
    containers: bool,
    plaintext: bool,
    bad: &'a BTreeSet<Span>,
    desk: &'a mut Desk<'d>,
    facts: Facts,
    /// Paths that are being read, to find circles.
    open: Vec<String>,
}

impl Reader<'_, '_> {
    fn walk(&mut self, path: &str, node: &Rc<Node>, shape: &Shape) {
        match (shape, &node.kind) {
            (Shape::Leaf(_), _) => {
                self.read(path);
            }
            (Shape::Map(_) | Shape::Named(_), Kind::Mapping(mapping)) => {
                if !path.is_empty() {
                    self.facts.found.insert(path.to_string(), Lookup::Group);
                }
                for entry in &mapping.entries {
                    let Some(below) = shape.at(&entry.key.value) else { continue };
                    let name =
                        if path.is_empty() { entry.key.value.clone() } else { format!("{path}.{}", entry.key.value) };
                    self.walk(&name, &entry.value, below);
                }
            }
            _ => {
                let lookup = if node.is_null() { Lookup::Removed } else { Lookup::Group };
                self.facts.found.entry(path.to_string()).or_insert(lookup);
            }
        }
    }

    /// The fact at a path, read now if it was not yet; `None` when nothing stands there.
    fn read(&mut self, path: &str) -> Option<Lookup> {
        if let Some(done) = self.facts.get(path) {
            return Some(done.clone());
        }
        let Some(Shape::Leaf(leaf)) = DOCUMENT.at(path) else { return None };
        let node = Rc::clone(path.split('.').try_fold(self.tree, |node, key| node.get(key))?);
        if self.open.iter().any(|open| open == path) {
            let circle = format!("{} → {path}", self.open.join(" → "));
            self.desk
                .notes
                .error(codes::BAD_TEMPLATE, "templates that need each other have no value")
                .at(&node, circle);
            return Some(Lookup::Broken);
        }
        self.open.push(path.to_string());
        let lookup = self.leaf(path, &node, *leaf);
        self.open.pop();
        self.facts.found.insert(path.to_string(), lookup.clone());
        Some(lookup)
    }

    fn leaf(&mut self, path: &str, node: &Rc<Node>, leaf: Leaf) -> Lookup {
        if self.bad.contains(&node.span) {
            return Lookup::Broken;
        }
        if node.is_null() {
            return Lookup::Removed;
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        let written = self.written(path, node, name);
        let value = match written {
            Written::Broken => return Lookup::Broken,
            Written::Literal => {
                let password = || leaf == Leaf::Url && node.scalar().is_some_and(|scalar| url_password(&scalar.text));
                if !self.plaintext && (leaf == Leaf::Secret || password()) {
                    plaintext_secret(path, node, self.desk.notes);
                }
                literal(node, leaf)
            }
            Written::Parts(parts, _) => {
                if matches!(leaf, Leaf::Literal | Leaf::OneOf(_)) {
                    self.desk
                        .notes
                        .error(codes::NOT_LITERAL, format!("`{path}` shapes the plan and must be literal"))
                        .at(node, "this is known only once the vault is asked")
                        .help("write the value itself");
                    return Lookup::Broken;
                }
                if let [Part::Hole(hole)] = parts.as_slice()
                    && hole.optional
                {
                    self.desk
                        .notes
                        .error(codes::BAD_REFERENCE, format!("`{path}` cannot be optional"))
                        .at(node, "settings are derived from it")
                        .help("remove `optional`, or use it on a whole setting under `services`");
                    return Lookup::Broken;
                }
                // A template around a secret makes it no reference.
                let holes = parts.iter().any(|part| !matches!(part, Part::Known(_)));
                if leaf == Leaf::Secret && !holes && !self.plaintext {
                    plaintext_secret(path, node, self.desk.notes);
                }
                placed(parts, leaf)
            }
        };
        match value {
            Ok(value) => Lookup::Fact(Rc::new(Fact { value, span: node.span, overrides: node.overrides.clone() })),
            Err(why) => {
                self.desk
                    .notes
                    .error(codes::WRONG_TYPE, format!("`{path}` has a value that it cannot take"))
                    .at(node, why);
                Lookup::Broken
            }
        }
    }

    fn written(&mut self, path: &str, node: &Rc<Node>, name: &str) -> Written {
        let Some(text) = template_of(node) else { return untemplated(node, name, self.desk) };
        let service = path.strip_prefix("services.").and_then(|p| p.split('.').next()).and_then(Service::parse);
        // A template may read other facts, which are then read first.
        let compiled = template::compile(text, node.span, &mut FactScope { reader: self, service });
        templated(node, compiled, self.desk)
    }
}

/// Whether a text is a URL with a password in it.
pub fn url_password(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.password().is_some_and(|password| !password.is_empty()))
}

/// Reports a secret that stands in the document.
pub fn plaintext_secret(name: &str, node: &Node, notes: &mut Notes) {
    notes
        .error(codes::SECRET_PLAINTEXT, format!("`{name}` is a secret and stands here in the clear"))
        .at(node, "anyone who reads this file can use it")
        .help("put it into the vault and write its reference, `op://vault/item/field`")
        .help("change it: what was committed is no secret any more");
}

/// What a fact's template may read.
struct FactScope<'r, 'a, 'd> {
    reader: &'r mut Reader<'a, 'd>,
    service: Option<Service>,
}

impl Scope for FactScope<'_, '_, '_> {
    fn find(&mut self, path: &str) -> Found {
        if let Some(key) = path.strip_prefix("service.") {
            let Some(service) = self.service else { return Found::Absent };
            let own = self.reader.read(&format!("services.{service}.{key}"));
            return match own {
                Some(Lookup::Fact(fact)) => Found::Value(fact.value.clone()),
                Some(Lookup::Broken) => Found::Broken,
                Some(Lookup::Removed | Lookup::Group) | None => service_default(service, key, self.reader.containers),
            };
        }
        if !readable(path) {
            return Found::Absent;
        }
        match self.reader.read(path) {
            Some(lookup) => found(&lookup),
            None if DOCUMENT.at(path).is_some_and(|shape| !matches!(shape, Shape::Leaf(_))) => Found::Group,
            None => Found::Absent,
        }
    }

    fn like(&self, path: &str) -> Vec<String> {
        like(path, &self.reader.facts)
    }
}

/// What a setting's template may read: every fact, and its own service.
pub struct SettingScope<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The service whose setting it is.
    pub service: Service,
    /// Whether it is compiled for containers.
    pub containers: bool,
}

impl Scope for SettingScope<'_> {
    fn find(&mut self, path: &str) -> Found {
        if let Some(key) = path.strip_prefix("service.") {
            return match self.facts.get(&format!("services.{}.{key}", self.service)) {
                Some(Lookup::Fact(fact)) => Found::Value(fact.value.clone()),
                Some(Lookup::Broken) => Found::Broken,
                Some(Lookup::Removed | Lookup::Group) | None => service_default(self.service, key, self.containers),
            };
        }
        if !readable(path) {
            return Found::Absent;
        }
        match self.facts.get(path) {
            Some(lookup) => found(lookup),
            None if DOCUMENT.at(path).is_some_and(|shape| !matches!(shape, Shape::Leaf(_))) => Found::Group,
            None => Found::Absent,
        }
    }

    fn like(&self, path: &str) -> Vec<String> {
        like(path, self.facts)
    }
}

fn found(lookup: &Lookup) -> Found {
    match lookup {
        Lookup::Fact(fact) => Found::Value(fact.value.clone()),
        Lookup::Group => Found::Group,
        Lookup::Removed => Found::Absent,
        Lookup::Broken => Found::Broken,
    }
}

/// Templates read what is shared; another service's own keys are not.
fn readable(path: &str) -> bool {
    matches!(path.split('.').next(), Some("domain" | "hosts" | "resources" | "brand"))
}

fn service_default(service: Service, key: &str, containers: bool) -> Found {
    match key {
        "home" => Found::Value(Value::string(home(service, containers))),
        "user" => Found::Value(Value::string(user(service))),
        "name" => Found::Value(Value::string(service.name())),
        _ => Found::Absent,
    }
}

/// The home folder of a service's user, as RapidPro's roles have it; `/app` in containers.
pub fn home(service: Service, containers: bool) -> String {
    if containers { "/app".to_string() } else { format!("/home/{}", user(service)) }
}

/// The user that a service runs as, as RapidPro's roles have it.
pub fn user(service: Service) -> &'static str {
    match service {
        Service::Django => "django",
        Service::Courier => "courier",
        Service::Mailroom => "mailroom",
        Service::Archiver => "rapidpro-archiver",
        Service::Indexer => "rapidpro-indexer",
    }
}

fn like(path: &str, facts: &Facts) -> Vec<String> {
    let mut near: Vec<(usize, &str)> = facts
        .paths()
        .filter(|known| readable(known))
        .map(|known| (strsim::damerau_levenshtein(path, known), known))
        .filter(|(distance, known)| *distance <= known.len().max(3) / 3)
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known.to_string()).collect()
}

/// A literal scalar as its leaf reads it; types that the schema judges are not judged again.
fn literal(node: &Node, leaf: Leaf) -> Result<Value, String> {
    let Some(scalar) = node.scalar() else { return Err("this is not a single value".to_string()) };
    let value = match leaf {
        Leaf::Port | Leaf::Int => match scalar.typed {
            Typed::Int(n) => Value::Int(n),
            _ => return Err("a whole number is needed".to_string()),
        },
        Leaf::Bool => match scalar.typed {
            Typed::Bool(b) => Value::Bool(b),
            _ => return Err("`true` or `false` is needed".to_string()),
        },
        Leaf::Text | Leaf::Secret | Leaf::Host | Leaf::Url | Leaf::Literal | Leaf::OneOf(_) => {
            Value::String(scalar.text.clone())
        }
    };
    checked(value, leaf)
}

/// What a template or a reference gave, as its leaf reads it.
fn placed(parts: Vec<Part>, leaf: Leaf) -> Result<Value, String> {
    let becomes = match leaf {
        Leaf::Port | Leaf::Int => Becomes::Int,
        Leaf::Bool => Becomes::Bool,
        Leaf::Url => Becomes::Url,
        Leaf::Text | Leaf::Secret | Leaf::Host | Leaf::Literal | Leaf::OneOf(_) => Becomes::String,
    };
    let mut builder = Builder::default();
    builder.parts(parts, &[]).map_err(|why| why.to_string())?;
    let value = match (builder.finish(becomes), becomes) {
        (Value::String(text), Becomes::Int) => Value::Int(text.trim().parse().map_err(|_| "a whole number is needed")?),
        (Value::String(text), Becomes::Bool) => {
            Value::Bool(text.trim().parse().map_err(|_| "`true` or `false` is needed")?)
        }
        (value, _) => value,
    };
    checked(value, leaf)
}

fn checked(value: Value, leaf: Leaf) -> Result<Value, String> {
    let text = match &value {
        Value::String(text) => text.as_str(),
        Value::Int(n) if leaf == Leaf::Port && !(1..=65535).contains(n) => {
            return Err("a port is a whole number from 1 to 65535".to_string());
        }
        _ => return Ok(value),
    };
    let refused = |why: FilterError| why.to_string();
    match leaf {
        Leaf::Host => Filter::HostName.apply(text).map(Value::String).map_err(refused),
        Leaf::Url if !is_url(text) => {
            Err("an absolute URL is needed, such as `https://search.internal:9200`".to_string())
        }
        Leaf::OneOf(words) if !words.contains(&text) => Err(format!("one of `{}` is needed", words.join("`, `"))),
        _ => Ok(value),
    }
}

/// Whether a text is a URL with a scheme and a host.
pub fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.has_host()) && !text.contains(char::is_whitespace)
}
