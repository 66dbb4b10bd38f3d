//! Buckets, regions, endpoints and AWS credentials.

use super::cx::{Cx, Derived, Stop};
use crate::catalog::Version;
use crate::model::{Becomes, Builder, Service, Value};

const REGION: &str = "resources.s3.region";
const ATTACHMENTS: &str = "resources.s3.buckets.attachments";

/// Regions opened before 20 March 2019: only their buckets answer at `BUCKET.s3.amazonaws.com` (AWS, "Virtual hosting").
const WITH_GLOBAL_NAME: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether services take their AWS credentials from the machine's role.
fn by_role(cx: &mut Cx<'_>) -> Result<bool, Stop> {
    Ok(cx.word("resources.s3.credentials")?.as_deref() == Some("role"))
}

pub(super) fn region(cx: &mut Cx<'_>) -> Derived {
    cx.need(REGION)
}

/// The Go services' endpoint. Upstream's default is the global one, which signs for us-east-1.
pub(super) fn endpoint(cx: &mut Cx<'_>) -> Derived {
    match cx.want("resources.s3.endpoint")? {
        Some(endpoint) => Ok(endpoint),
        None => regional(cx, "s3"),
    }
}

fn regional(cx: &mut Cx<'_>, service: &str) -> Derived {
    let mut url = Builder::from(&format!("https://{service}."));
    url.value(&cx.need(REGION)?, &[])?.known(".amazonaws.com");
    Ok(url.finish(Becomes::Url))
}

/// Django's endpoint: None leaves it to AWS's own client, where upstream has a developer's localstack.
pub(super) fn django_endpoint(cx: &mut Cx<'_>) -> Derived {
    let endpoint = cx.want("resources.s3.endpoint")?;
    absent_is_aws(cx, endpoint)
}

/// As [`django_endpoint`], for DynamoDB.
pub(super) fn django_dynamo_endpoint(cx: &mut Cx<'_>) -> Derived {
    let endpoint = cx.want("resources.dynamo.endpoint")?;
    absent_is_aws(cx, endpoint)
}

fn absent_is_aws(cx: &mut Cx<'_>, endpoint: Option<Value>) -> Derived {
    match endpoint {
        Some(endpoint) => Ok(endpoint),
        // Where settings_common does not name it, None is the library's own default.
        None if cx.form.of.is_some() => Err(Stop::Default),
        None => cx.need(REGION).map(|_| Value::None),
    }
}

pub(super) fn dynamo_endpoint(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.dynamo.endpoint")
}

pub(super) fn dynamo_table_prefix(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.dynamo.table_prefix")
}

/// `path` or `virtual`: upstream's `path` gives media URLs in which neither courier nor Django finds the bucket again.
pub(super) fn addressing_style(cx: &mut Cx<'_>) -> Derived {
    cx.need(REGION)?;
    Ok(Value::string(if path_style_asked(cx)? { "path" } else { "virtual" }))
}

pub(super) fn path_style(cx: &mut Cx<'_>) -> Derived {
    if path_style_asked(cx)? { Ok(Value::Bool(true)) } else { Err(Stop::Default) }
}

fn path_style_asked(cx: &mut Cx<'_>) -> Result<bool, Stop> {
    Ok(cx.want("resources.s3.path_style")? == Some(Value::Bool(true)))
}

pub(super) fn bucket(cx: &mut Cx<'_>, name: &str) -> Derived {
    cx.need(&format!("resources.s3.buckets.{name}"))
}

/// Flow sessions, where the document has a bucket for them; with SESSION_STORAGE=db, the default, none is used.
pub(super) fn bucket_sessions(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.s3.buckets.sessions")
}

pub(super) fn prefix(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.s3.prefix")
}

/// AWS's own name for a bucket, or the endpoint with the bucket in its path.
fn bucket_address(cx: &mut Cx<'_>, bucket: &Value) -> Result<(String, Builder), Stop> {
    let mut address = Builder::default();
    if let Some(Value::String(endpoint)) = cx.want("resources.s3.endpoint")? {
        let (scheme, host) = endpoint.split_once("://").ok_or(Stop::Broken)?;
        let host = host.trim_end_matches('/');
        if path_style_asked(cx)? {
            address.known(host).known("/").value(bucket, &[])?;
        } else {
            address.value(bucket, &[])?.known(".").known(host);
        }
        return Ok((scheme.to_string(), address));
    }
    let region = cx.need(REGION)?;
    address.value(bucket, &[])?.known(".s3.");
    if !matches!(&region, Value::String(region) if WITH_GLOBAL_NAME.contains(&region.as_str())) {
        address.value(&region, &[])?.known(".");
    }
    address.known("amazonaws.com");
    Ok(("https".to_string(), address))
}

/// The host of public media, as settings_common computes it from the bucket.
pub(super) fn bucket_domain(cx: &mut Cx<'_>) -> Derived {
    let bucket = cx.need(ATTACHMENTS)?;
    Ok(bucket_address(cx, &bucket)?.1.finish(Becomes::String))
}

/// The address of public media; Django's own check refuses None and a slash at the end.
pub(super) fn storage_url(cx: &mut Cx<'_>) -> Derived {
    let bucket = cx.need(ATTACHMENTS)?;
    let (scheme, address) = bucket_address(cx, &bucket)?;
    let mut url = Builder::from(&format!("{scheme}://"));
    url.parts(address.into_parts(), &[])?;
    Ok(url.finish(Becomes::Url))
}

/// The host that courier compares an outgoing media URL with, after it has taken the region out of it.
pub(super) fn media_domain(cx: &mut Cx<'_>) -> Derived {
    let bucket = cx.need(ATTACHMENTS)?;
    let mut domain = Builder::default();
    match cx.want("resources.s3.endpoint")? {
        Some(_) => return Ok(bucket_address(cx, &bucket)?.1.finish(Becomes::String)),
        None => domain.value(&bucket, &[])?.known(".s3.amazonaws.com"),
    };
    Ok(domain.finish(Becomes::String))
}

/// The storage class of the releases before STORAGES; beside STORAGES Django refuses it.
pub(super) fn default_file_storage(cx: &mut Cx<'_>) -> Derived {
    if cx.fleet.django >= Version::new(4, 2, 0) && cx.fleet.release >= Version::new(8, 1, 209) {
        return Err(Stop::Default);
    }
    cx.need(ATTACHMENTS)?;
    Ok(Value::string("storages.backends.s3boto3.S3Boto3Storage"))
}

/// Django's STORAGES, complete, with the aliases that the release's own dict has.
pub(super) fn storages(cx: &mut Cx<'_>) -> Derived {
    let entry = |key: &str, value| (key.to_string(), value);
    let s3 = |options: Vec<(String, Value)>| {
        Value::Map(vec![
            entry("BACKEND", Value::string("storages.backends.s3boto3.S3Boto3Storage")),
            entry("OPTIONS", Value::Map(options)),
        ])
    };
    let attachments = cx.need(ATTACHMENTS)?;
    // Exports live here, and attachments are deleted through it.
    let default = cx.want("resources.s3.buckets.default")?.unwrap_or_else(|| attachments.clone());
    let mut aliases = vec![entry("default", s3(vec![entry("bucket_name", default)]))];
    if cx.since(Version::new(8, 1, 233)) {
        aliases.push(entry("archives", s3(vec![entry("bucket_name", bucket(cx, "archives")?)])));
    }
    // Channel logs moved to DynamoDB with the 9.3 line.
    if cx.since(Version::new(8, 1, 230)) && !cx.since(Version::new(9, 3, 19)) {
        aliases.push(entry("logs", s3(vec![entry("bucket_name", bucket(cx, "logs")?)])));
    }
    // Media URLs are stored in the database: a signed one would expire there, a private one is refused to providers.
    aliases.push(entry(
        "public",
        s3(vec![
            entry("bucket_name", attachments),
            entry("signature_version", Value::string("s3v4")),
            entry("default_acl", Value::string("public-read")),
            entry("querystring_auth", Value::Bool(false)),
        ]),
    ));
    let files = Value::string("django.contrib.staticfiles.storage.StaticFilesStorage");
    aliases.push(entry("staticfiles", Value::Map(vec![entry("BACKEND", files)])));
    Ok(Value::Map(aliases))
}

pub(super) fn access_key_id(cx: &mut Cx<'_>) -> Derived {
    key(cx, "access_key_id")
}

pub(super) fn secret_access_key(cx: &mut Cx<'_>) -> Derived {
    key(cx, "secret_access_key")
}

fn key(cx: &mut Cx<'_>, name: &str) -> Derived {
    if !by_role(cx)? {
        return cx.need(&format!("resources.s3.{name}"));
    }
    // Upstream's defaults are a developer's keys, and true: django-storages and boto3 would present them.
    if cx.service == Service::Django {
        return Ok(Value::None);
    }
    match role_since(cx.service) {
        Some(since) if !cx.since(since) => Err(Stop::Refused {
            path: "resources.s3.credentials".into(),
            why: format!("{} takes its credentials from a role only from {since} on", cx.service),
        }),
        _ => Err(Stop::Default),
    }
}

/// The first release of a Go service that works without keys. Before it, empty keys meant upstream's dummies, or a
/// local folder instead of S3.
fn role_since(service: Service) -> Option<Version> {
    match service {
        Service::Courier => Some(Version::new(7, 5, 4)),
        Service::Mailroom => Some(Version::new(7, 5, 5)),
        Service::Archiver => Some(Version::new(7, 5, 0)),
        Service::Django | Service::Indexer => None,
    }
}

/// The switch that courier and mailroom had for a role, from v7.5.4 to v9.2.
pub(super) fn use_cred_chain(cx: &mut Cx<'_>) -> Derived {
    if by_role(cx)? { Ok(Value::Bool(true)) } else { Err(Stop::Default) }
}
