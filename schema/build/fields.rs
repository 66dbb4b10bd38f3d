//! Takes a map's fields one by one, then complains of those left over.

use super::super::version::Version;
use super::Fault;
use super::tree::{Data, Node};

/// The fields of one map.
pub struct Fields<'tree> {
    pub line: usize,
    left: Vec<&'tree (String, usize, Node)>,
}

impl<'tree> Fields<'tree> {
    pub fn of(node: &'tree Node) -> Result<Self, Fault> {
        Ok(Self { line: node.line, left: entries(node)?.iter().collect() })
    }

    /// The field's value, or nothing.
    pub fn take(&mut self, key: &str) -> Option<&'tree Node> {
        let at = self.left.iter().position(|(name, ..)| name == key)?;
        Some(&self.left.remove(at).2)
    }

    /// The field's value.
    pub fn need(&mut self, key: &str) -> Result<&'tree Node, Fault> {
        self.take(key).ok_or_else(|| Fault::new(self.line, format!("`{key}` is missing")))
    }

    /// The field's text, or nothing.
    pub fn text(&mut self, key: &str) -> Result<Option<&'static str>, Fault> {
        self.take(key).map(text).transpose()
    }

    /// The field as a release, or nothing.
    pub fn version(&mut self, key: &str) -> Result<Option<Version>, Fault> {
        self.take(key).map(version).transpose()
    }

    /// The field as a word of a vocabulary, or nothing.
    pub fn word<T>(&mut self, key: &str, named: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(node) = self.take(key) else {
            return Ok(None);
        };
        let word = text(node)?;
        named(word).map(Some).ok_or_else(|| Fault::new(node.line, format!("`{word}` is no {key}")))
    }

    /// The field as true or false; absent is false.
    pub fn flag(&mut self, key: &str) -> Result<bool, Fault> {
        Ok(self.word(key, |word| word.parse::<bool>().ok())?.unwrap_or(false))
    }

    /// Fails when a field was not asked for.
    pub fn finish(self) -> Result<(), Fault> {
        match self.left.first() {
            None => Ok(()),
            Some((key, line, _)) => Err(Fault::new(*line, format!("unknown key `{key}`"))),
        }
    }
}

/// A map's entries.
pub fn entries(node: &Node) -> Result<&[(String, usize, Node)], Fault> {
    match &node.data {
        Data::Map(entries) => Ok(entries),
        _ => Err(Fault::new(node.line, "a map is due here")),
    }
}

/// A list's items.
pub fn items(node: &Node) -> Result<&[Node], Fault> {
    match &node.data {
        Data::List(items) => Ok(items),
        _ => Err(Fault::new(node.line, "a list is due here")),
    }
}

/// A scalar's text. It is leaked: a build is short, and the tables are made of `&'static`.
pub fn text(node: &Node) -> Result<&'static str, Fault> {
    match &node.data {
        Data::Scalar(text, _) => Ok(text.clone().leak()),
        _ => Err(Fault::new(node.line, "text is due here")),
    }
}

/// A scalar as a release, written with its `v`, or a version of Django without.
pub fn version(node: &Node) -> Result<Version, Fault> {
    let written = text(node)?;
    let short = if written.matches('.').count() == 1 { format!("{written}.0") } else { written.into() };
    Version::parse(&short).ok_or_else(|| Fault::new(node.line, format!("`{written}` is no version")))
}
