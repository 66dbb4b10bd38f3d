//! What a rule of derivation may read, and how it says that it cannot derive.

use crate::catalog::{Form, Setting, Version};
use crate::compile::facts::{Facts, Lookup};
use crate::compile::fleet::Fleet;
use crate::model::{Fact, Filter, FilterError, Placement, Service, Value};

/// Why a rule gives no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// The document lacks a fact that the setting needs; its path.
    Missing(String),
    /// Something it reads is already reported.
    Broken,
    /// There is nothing to write: upstream's own default is right.
    Default,
    /// The document asks for what this release cannot do.
    Refused {
        /// The path of the fact that asks.
        path: String,
        /// What cannot be done, and since when it can or until when it could.
        why: String,
    },
}

/// What rules answer.
pub type Derived = Result<Value, Stop>;

impl From<FilterError> for Stop {
    /// Facts are checked when they are read, so a filter that fails here failed there.
    fn from(_: FilterError) -> Self {
        Stop::Broken
    }
}

/// What a rule sees. It notes down the facts that the rule uses: they become the setting's origin.
pub struct Cx<'a> {
    /// The document's facts.
    pub facts: &'a Facts,
    /// Releases and hosts.
    pub fleet: &'a Fleet,
    /// The service whose setting is derived.
    pub service: Service,
    /// Where.
    pub placement: &'a Placement,
    /// The setting.
    pub setting: &'static Setting,
    /// How this release reads it.
    pub form: &'static Form,
    /// The facts used so far.
    pub used: Vec<Fact>,
}

impl Cx<'_> {
    /// The fact at a path, when the document has it.
    pub fn want(&mut self, path: &str) -> Result<Option<Value>, Stop> {
        match self.facts.get(path) {
            Some(Lookup::Fact(fact)) => {
                self.note(path, Some(fact.span));
                Ok(Some(fact.value.clone()))
            }
            Some(Lookup::Broken) => Err(Stop::Broken),
            Some(Lookup::Group | Lookup::Removed) | None => Ok(None),
        }
    }

    /// The fact at a path; without it there is no value.
    pub fn need(&mut self, path: &str) -> Derived {
        self.want(path)?.ok_or_else(|| Stop::Missing(path.to_string()))
    }

    /// The fact at a path; without it upstream's default is right.
    pub fn given(&mut self, path: &str) -> Derived {
        self.want(path)?.ok_or(Stop::Default)
    }

    /// The service's own lower-case key. An explicit null there removes the setting.
    pub fn own(&mut self, key: &str) -> Result<Option<Value>, Stop> {
        let path = format!("services.{}.{key}", self.service);
        match self.facts.get(&path) {
            Some(Lookup::Removed) => Err(Stop::Default),
            _ => self.want(&path),
        }
    }

    /// The text of a fact that must be literal, noted as used.
    pub fn word(&mut self, path: &str) -> Result<Option<String>, Stop> {
        Ok(match self.want(path)? {
            Some(Value::String(word)) => Some(word),
            _ => None,
        })
    }

    /// Whether the document has anything at a path.
    pub fn has(&self, path: &str) -> bool {
        matches!(self.facts.get(path), Some(Lookup::Fact(_) | Lookup::Group | Lookup::Broken))
    }

    /// Notes a fact as used.
    pub fn note(&mut self, path: &str, span: Option<crate::diag::Span>) {
        if !self.used.iter().any(|fact| fact.path == path) {
            self.used.push(Fact { path: path.to_string(), span });
        }
    }

    /// Whether this service is at a release or later.
    pub fn since(&self, release: Version) -> bool {
        self.fleet.version(self.service) >= release
    }

    /// A host for a URL, or by itself when Django takes it apart from its port.
    pub fn host(&mut self, path: &str, filter: Filter) -> Derived {
        let value = self.need(path)?;
        let mut builder = crate::model::Builder::default();
        builder.value(&value, &[filter])?;
        Ok(builder.finish(crate::model::Becomes::String))
    }
}
