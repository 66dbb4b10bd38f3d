//! What the document says, value by value with the place of each: the facts, and what it writes by services' own names.

use std::collections::{BTreeMap, BTreeSet};

use super::cx::{Cx, Seen};
use super::term::Term;
use crate::diag::Span;
use crate::model::document::DOCUMENT;
use crate::model::shape::{Leaf, Shape};
use crate::model::{Service, Value};

/// A value of the document.
pub struct Said<'a> {
    /// Its path: `resources.redis.host`, `COURIER_DB`, `DATABASES.default.HOST`.
    pub path: String,
    /// The service, when it stands under a name of the service's own.
    pub service: Option<Service>,
    /// The value, a scalar or what Python makes of one.
    pub value: &'a Value,
    /// Its place.
    pub span: Span,
}

/// Everything that the document says, each place once.
pub fn said<'a>(cx: &Cx<'a>) -> Vec<Said<'a>> {
    let facts = cx.plan.said.iter().map(|fact| Said {
        path: fact.path.clone(),
        service: None,
        value: &fact.value,
        span: fact.span,
    });
    let mut all: Vec<Said<'a>> = facts.collect();
    let mut known: BTreeSet<Span> = BTreeSet::new();
    for seen in cx.settings().filter(Seen::is_written) {
        let Some(span) = seen.place().filter(|span| known.insert(*span)) else { continue };
        let (service, path) = (Some(seen.unit.service), seen.name().to_string());
        let places: BTreeMap<&[String], Span> =
            seen.setting.inner.iter().map(|inner| (inner.path.as_slice(), inner.span)).collect();
        inside(&seen.setting.value, &mut vec![], &mut |keys, value| {
            let span = places.get(keys).copied().unwrap_or(span);
            let path = keys.iter().fold(path.clone(), |path, key| format!("{path}.{key}"));
            all.push(Said { path, service, value, span });
        });
    }
    all
}

/// Calls `say` with every scalar inside a value, and the keys that lead to it.
fn inside<'a>(value: &'a Value, keys: &mut Vec<String>, say: &mut dyn FnMut(&[String], &'a Value)) {
    let below: Vec<(String, &'a Value)> = match value {
        Value::Map(entries) | Value::Update { entries, .. } => {
            entries.iter().map(|(key, v)| (key.clone(), v)).collect()
        }
        Value::List(items) | Value::Tuple(items) => items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        scalar => return say(keys, scalar),
    };
    for (key, value) in below {
        keys.push(key);
        inside(value, keys, say);
        keys.pop();
    }
}

impl<'a> Said<'a> {
    /// The text, when it is known.
    pub fn text(&self) -> Option<&'a str> {
        if let Value::String(text) = self.value { Some(text) } else { None }
    }

    /// The last word of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// The setting that it stands in, or the fact's whole path.
    pub fn setting(&self) -> &str {
        if self.service.is_some() { self.path.split('.').next().unwrap_or(&self.path) } else { &self.path }
    }

    /// What the grammar calls it, when it is a fact.
    pub fn leaf(&self) -> Option<Leaf> {
        match DOCUMENT.at(&self.path).filter(|_| self.service.is_none())? {
            Shape::Leaf(leaf) => Some(*leaf),
            _ => None,
        }
    }

    /// Whether it is the name of a server or an interface.
    pub fn is_host(&self) -> bool {
        const NAMES: [&str; 5] = ["EMAIL_HOST", "REDIS_HOST", "HOST", "AWS_BUCKET_DOMAIN", "COURIER_MEDIA_DOMAIN"];
        self.leaf() == Some(Leaf::Host)
            || self.service.is_some() && (NAMES.contains(&self.name()) || self.name().ends_with("_ADDRESS"))
    }

    /// The schemes of the address that it is; none when it is none.
    pub fn schemes(&self) -> &'static [&'static str] {
        const WEB: &[&str] = &["https", "http"];
        let name = self.name();
        if self.service.is_none() {
            return if self.leaf() == Some(Leaf::Url) { WEB } else { &[] };
        }
        if name.ends_with("_DB") && self.service != Some(Service::Django) {
            return &["postgres", "postgresql"];
        }
        match name {
            "LOCATION" | "BROKER_URL" | "CELERY_BROKER_URL" | "COURIER_REDIS" | "MAILROOM_REDIS" => {
                &["redis", "rediss", "valkey", "valkeys"]
            }
            "COURIER_VALKEY" | "MAILROOM_VALKEY" => &["valkey", "redis", "valkeys", "rediss"],
            "MAILROOM_SMTP_SERVER" => &["smtp"],
            _ if name.ends_with("S3_ENDPOINT") || name.contains("DYNAMO_ENDPOINT") || name.contains("ELASTIC") => {
                if name.ends_with("INDEX") || name.contains("USER") || name.contains("PASSWORD") {
                    &[]
                } else {
                    WEB
                }
            }
            "AWS_S3_ENDPOINT_URL" | "STORAGE_URL" | "MAILROOM_URL" | "MAILROOM_COURIER_ENDPOINT" => WEB,
            _ => &[],
        }
    }

    /// Whether it is the name of a bucket.
    pub fn is_bucket(&self) -> bool {
        let name = self.name();
        let named = name.ends_with("BUCKET") || name == "AWS_STORAGE_BUCKET_NAME" || name == "bucket_name";
        self.path.starts_with("resources.s3.buckets.") || self.service.is_some() && named
    }

    /// The value as a term.
    pub fn term(&self, cx: &Cx<'a>) -> Option<Term> {
        cx.term(self.value)
    }
}
