//! The clean documents, and the places in them that a mutant may break.

use std::ops::Range;
use std::rc::Rc;

use rpconf::diag::{Notes, SourceMap};
use rpconf::source::{self, Kind, Node, Scalar};

use super::{Expect, Mutant};

/// A clean document.
pub struct Document {
    /// Such as `production 7.4`.
    pub name: String,
    /// RapidPro's release.
    pub release: String,
    pub text: String,
    pub spots: Vec<Spot>,
}

/// A key with its value, or an item of a list.
pub struct Spot {
    /// Keys and indices, as in `hosts.web.services[0]`.
    pub path: String,
    /// The path that messages know: without indices.
    pub plain: String,
    /// The key's bytes; none for an item.
    pub key: Option<Range<usize>>,
    /// The value's bytes.
    pub value: Range<usize>,
    /// The value, when it is a scalar.
    pub scalar: Option<Scalar>,
}

/// The documents: env/production.yml and one by the services' own names at each train, and env/demo.yml.
pub fn all() -> Vec<Document> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let production = read("env/production.yml");
    let mut found = vec![Document::new("demo", "9.2", read("env/demo.yml"))];
    for release in ["5.2", "7.4", "9.2", "26.2"] {
        found.push(Document::new("production", release, super::super::rules::at(&production, release)));
        let upper = read(&format!("tests/it/mutants/documents/upper-{release}.yml"));
        found.push(Document::new("upper", release, upper));
    }
    found
}

impl Document {
    pub fn new(name: &str, release: &str, text: String) -> Self {
        let file = SourceMap::default().add("x.yml", text.as_str());
        let tree = source::parse(file, &text, &mut Notes::default()).expect("a clean document");
        let mut spots = vec![];
        gather(&tree, "", "", &mut spots);
        Self { name: format!("{name} {release}"), release: release.to_string(), text, spots }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, byte: usize) -> usize {
        self.text[..byte].matches('\n').count() + 1
    }

    /// The bytes of the line that holds a byte, without its end.
    pub fn whole_line(&self, byte: usize) -> Range<usize> {
        let start = self.text[..byte].rfind('\n').map_or(0, |at| at + 1);
        start..self.text[byte..].find('\n').map_or(self.text.len(), |at| byte + at)
    }

    /// The scalars, with what each is.
    pub fn scalars(&self) -> impl Iterator<Item = (&Spot, &Scalar)> {
        self.spots.iter().filter_map(|spot| Some((spot, spot.scalar.as_ref()?)))
    }

    /// Whether the release has no use for what stands there: nothing can be wrong with it.
    pub fn unread(&self, spot: &Spot) -> bool {
        let gone = |place: &str, releases: &[&str]| spot.path.starts_with(place) && releases.contains(&&*self.release);
        gone("services.indexer", &["26.2"])
            || gone("resources.courier", &["5.2", "7.4"])
            || gone("resources.obfuscation", &["5.2", "7.4", "9.2"])
    }

    /// Whether this document can do without it, by what stands elsewhere in it.
    pub fn optional(&self, spot: &Spot) -> bool {
        // Its base has these sections, too.
        let parts = spot.path.matches('.').count();
        let base = self.name.starts_with("demo") && spot.path.starts_with("resources") && parts < 2;
        let own = self.name.starts_with("upper") && spot.path.starts_with("services.");
        // A section of choices, each of which has a value without it; and a host that nobody calls.
        let services = ["courier", "mailroom", "archiver", "indexer"];
        let choices = services.iter().any(|name| spot.path == format!("services.{name}"));
        let spare = ["hosts.web.internal", "brand.support_email"];
        let choices = choices || spare.contains(&&*spot.path) || spot.path.contains("RETENTION_PERIODS");
        base || own || choices
    }

    /// The spot at a path.
    pub fn spot(&self, path: &str) -> Option<&Spot> {
        self.spots.iter().find(|spot| spot.path == path)
    }

    /// The mutant in which `range` reads `text`; the line of its start is the broken one.
    pub fn replace(&self, path: &str, kind: &'static str, range: Range<usize>, text: &str) -> Mutant {
        let mut mutated = self.text.clone();
        mutated.replace_range(range.clone(), text);
        let skipped = text.len() - text.trim_start_matches('\n').len();
        let expect = Expect::Line(self.line(range.start) + skipped);
        Mutant { name: format!("{} {path}: {kind}", self.name), kind, text: mutated, expect }
    }

    /// The mutant in which a value is written so, as YAML.
    pub fn write(&self, spot: &Spot, kind: &'static str, text: &str) -> Mutant {
        self.replace(&spot.path, kind, spot.value.clone(), text)
    }
}

/// What a text says, without its places; nothing when it is no YAML.
pub fn meaning(text: &str) -> Option<String> {
    fn write(node: &Node, out: &mut String) {
        match &node.kind {
            Kind::Scalar(scalar) => *out += &format!("{:?} {:?};", scalar.text, scalar.typed),
            Kind::Sequence(items) => items.iter().for_each(|item| write(item, out)),
            Kind::Mapping(mapping) => {
                *out += "{";
                mapping.entries.iter().for_each(|entry| {
                    *out += &format!("{:?}:", entry.key.value);
                    write(&entry.value, out);
                });
                *out += "}";
            }
        }
    }
    let mut notes = Notes::default();
    let tree = source::parse(SourceMap::default().add("x.yml", text), text, &mut notes).filter(|_| !notes.failed())?;
    let mut out = String::new();
    write(&tree, &mut out);
    Some(out)
}

fn gather(node: &Rc<Node>, path: &str, plain: &str, spots: &mut Vec<Spot>) {
    let below = |above: &str, key: &str| if above.is_empty() { key.to_string() } else { format!("{above}.{key}") };
    match &node.kind {
        Kind::Mapping(mapping) => {
            for entry in &mapping.entries {
                let (path, plain) = (below(path, &entry.key.value), below(plain, &entry.key.value));
                spots.push(spot(&path, &plain, Some(entry.key.span.range()), &entry.value));
                gather(&entry.value, &path, &plain, spots);
            }
        }
        Kind::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                let path = format!("{path}[{at}]");
                spots.push(spot(&path, plain, None, item));
                gather(item, &path, plain, spots);
            }
        }
        Kind::Scalar(_) => {}
    }
}

fn spot(path: &str, plain: &str, key: Option<Range<usize>>, node: &Node) -> Spot {
    let scalar = node.scalar().cloned();
    Spot { path: path.to_string(), plain: plain.to_string(), key, value: node.span.range(), scalar }
}
