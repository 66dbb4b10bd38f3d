//! Facts that the new release needs and the document lacks. What the document says by a service's own name is taken from
//! there; the rest is a marker.

use std::rc::Rc;

use url::Url;

use super::draft::{Draft, item};
use super::item::{Done, Item, Kind};
use super::settings::written;
use super::{at, yaml};
use crate::catalog::{self, Rule};
use crate::model::document::DOCUMENT;
use crate::model::shape::{Leaf, Shape};
use crate::model::{Lack, Service, placeholder};
use crate::schema;
use crate::source::{Node, Typed};

/// Writes every fact that is missing now.
pub fn complete(draft: &mut Draft<'_>) {
    for lack in draft.new.plan.lacks.clone() {
        let why = needed(&lack);
        let before = draft.old.plan.lacks.iter().any(|old| old.path == lack.path);
        let already = if before { ", as the older release did" } else { "" };
        let (what, done, text) = match known(draft, &lack.path) {
            Some((text, name)) => (format!("{why}{already}; `{name}` says it"), Done::Edited, text),
            None => {
                let marker = placeholder(&asked(&lack.path, why.split(", ").next().unwrap_or_default()));
                (format!("{why}{already}"), Done::FillIn, yaml::quoted(&marker))
            }
        };
        let span = draft.nearest(&lack.path);
        let services: Vec<Service> = lack.needs.iter().map(|(service, ..)| *service).collect();
        let only = services.first().copied().filter(|first| services.iter().all(|service| service == first));
        draft.tell(Item { what, span, done, ..item(only, Kind::Missing, &lack.path) });
        draft.set(&lack.path, &text);
        if done == Done::Edited {
            companions(draft, &lack.path);
        }
        draft.lacks.push(lack);
    }
}

/// Facts that a release can do without, and that go with one which was found: without its password, a database's name is
/// worth nothing.
const COMPANIONS: &[(&str, &[&str])] = &[
    ("resources.postgres.host", &["resources.postgres.password", "resources.postgres.port"]),
    ("resources.redis.host", &["resources.redis.port"]),
    ("resources.smtp.user", &["resources.smtp.password"]),
];

fn companions(draft: &mut Draft<'_>, path: &str) {
    let all = COMPANIONS.iter().filter(|(fact, _)| *fact == path).flat_map(|(_, companions)| *companions);
    for companion in all.filter(|companion| at(&draft.tree, companion).is_none()).collect::<Vec<_>>() {
        if let Some((text, name)) = known(draft, companion) {
            let (what, span) = (format!("it goes with `{path}`; `{name}` says it"), draft.nearest(companion));
            draft.tell(Item { what, span, done: Done::Edited, ..item(None, Kind::Missing, companion) });
            draft.set(companion, &text);
        }
    }
}

fn needed(lack: &Lack) -> String {
    let mut by: Vec<String> = vec![];
    for (service, version, name) in &lack.needs {
        let named = format!("{service} {version} needs it for `{name}`");
        if by.len() < 2 && !by.iter().any(|known| known.starts_with(service.name())) {
            by.push(named);
        }
    }
    by.join(", ")
}

/// What a marker says: what the fact is, how it is written, and who needs it.
fn asked(path: &str, why: &str) -> String {
    let (above, _) = path.rsplit_once('.').unwrap_or_default();
    let above = schema::help(above).filter(|_| !above.starts_with("services.") && above != "resources");
    let help = schema::help(path).unwrap_or_else(|| path.to_string());
    let help = match above {
        Some(above) => format!("{}: {}", lower(&above), lower(&help)),
        None => lower(&help),
    };
    let form = match DOCUMENT.at(path) {
        Some(Shape::Leaf(Leaf::Secret)) => ", a reference such as op://vault/item/field",
        Some(Shape::Leaf(Leaf::Bool)) => ", true or false",
        _ => "",
    };
    format!("{help}{form}; {}", why.replace('`', ""))
}

/// A sentence as one goes on with it: a name keeps its capitals.
pub fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => sentence.to_string(),
    }
}

/// A fact as the settings of the document say it, all of them alike, and the first one that does.
fn known(draft: &Draft<'_>, path: &str) -> Option<(String, String)> {
    let mut found: Option<(String, String)> = None;
    for service in Service::ALL {
        for entry in written(&draft.tree, service) {
            let rule = catalog::of(service).setting(&entry.key.value).and_then(|setting| setting.derivation);
            let Some(text) = rule.and_then(|rule| said(rule.rule, &entry.value, path)) else { continue };
            match &found {
                Some((known, _)) if *known != text => return None,
                Some(_) => {}
                None => found = Some((text, entry.key.value.clone())),
            }
        }
    }
    found
}

/// What a setting that is derived by a rule says of a fact.
fn said(rule: Rule, value: &Rc<Node>, path: &str) -> Option<String> {
    match rule {
        Rule::RedisUrl | Rule::BrokerUrl => of_redis(&value.scalar()?.text, path),
        Rule::Databases => {
            let (_, key) = DATABASE.iter().find(|(fact, _)| *fact == path)?;
            alike(value.get("default")?.get(key)?, path)
        }
        _ => alike(value, path).filter(|_| fact(rule) == Some(path)),
    }
}

/// The facts of Django's dict of a database.
const DATABASE: &[(&str, &str)] = &[
    ("resources.postgres.database", "NAME"),
    ("resources.postgres.host", "HOST"),
    ("resources.postgres.password", "PASSWORD"),
    ("resources.postgres.port", "PORT"),
    ("resources.postgres.user", "USER"),
];

/// A value as a fact takes it, when it can.
fn alike(value: &Rc<Node>, path: &str) -> Option<String> {
    let text = value.scalar().map_or("", |scalar| scalar.text.as_str());
    // A fact's template does not know which service it is for.
    if value.is_null() || text.contains("service.") {
        return None;
    }
    match (DOCUMENT.at(path), value.scalar()) {
        (Some(Shape::Leaf(Leaf::Port | Leaf::Int)), Some(scalar)) if !text.contains("{{") && !text.contains("://") => {
            scalar.text.trim().parse::<i64>().ok().map(|number| number.to_string())
        }
        (Some(Shape::Leaf(_)), Some(scalar)) if scalar.typed == Typed::String => Some(yaml::line(value)),
        (Some(Shape::Leaf(_)), None) if value.get("ref").is_some() => Some(yaml::line(value)),
        _ => None,
    }
}

/// The fact that a setting repeats, whatever the release.
fn fact(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::AwsAccessKeyId => "resources.s3.access_key_id",
        Rule::AwsSecretAccessKey => "resources.s3.secret_access_key",
        Rule::CourierAuthToken => "resources.courier.auth_token",
        Rule::Domain => "domain",
        Rule::DynamoTablePrefix => "resources.dynamo.table_prefix",
        Rule::ElasticUrl => "resources.elasticsearch.url",
        Rule::EmailFrom => "resources.smtp.from",
        Rule::EmailHost => "resources.smtp.host",
        Rule::EmailPassword => "resources.smtp.password",
        Rule::EmailPort => "resources.smtp.port",
        Rule::EmailUser => "resources.smtp.user",
        Rule::MailroomAuthToken => "resources.mailroom.auth_token",
        Rule::ObfuscationKey => "resources.obfuscation_key",
        Rule::RedisDb => "resources.redis.db",
        Rule::RedisHost => "resources.redis.host",
        Rule::RedisPort => "resources.redis.port",
        Rule::S3BucketArchives => "resources.s3.buckets.archives",
        Rule::S3BucketAttachments => "resources.s3.buckets.attachments",
        Rule::S3BucketLogs => "resources.s3.buckets.logs",
        Rule::S3Region => "resources.s3.region",
        _ => return None,
    })
}

/// Host, port and number of a Redis URL that is written out.
fn of_redis(text: &str, path: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| !text.contains("{{") && matches!(url.scheme(), "redis" | "valkey"))?;
    match path {
        "resources.redis.host" => url.host_str().map(yaml::text),
        "resources.redis.port" => url.port().map(|port| port.to_string()),
        "resources.redis.db" => url.path().trim_start_matches('/').parse::<u16>().ok().map(|db| db.to_string()),
        _ => None,
    }
}
