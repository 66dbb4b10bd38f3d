//! What becomes of a renamed setting's value: the catalog's note says that more changed than the name, and this table,
//! what follows from it. A name that stands nowhere here is asked for.

/// What is done with a value whose setting has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It goes on under the new name.
    Carry,
    /// What does its work now is derived of the document's facts.
    Derive,
    /// Nothing does its work any more.
    End,
    /// Only a person can say what it becomes.
    Ask,
}

/// How a value goes on from `name` to `to`.
pub fn how(name: &str, to: &[&str], note: Option<&str>) -> How {
    match name {
        _ if to.len() > 1 || DERIVED.contains(&name) => How::Derive,
        _ if note.is_none() || CARRIED.contains(&name) => How::Carry,
        _ if ENDED.contains(&name) => How::End,
        _ => How::Ask,
    }
}

/// The note is on a default, on a second setting beside it, or on a form that `formats` writes anew.
const CARRIED: &[&str] = &[
    "ARCHIVER_S3_FORCE_PATH_STYLE",
    "BROKER_URL",
    "COURIER_ADDRESS",
    "COURIER_AWS_ACCESS_KEY_ID",
    "COURIER_AWS_REGION",
    "COURIER_AWS_SECRET_ACCESS_KEY",
    "COURIER_PORT",
    "COURIER_REDIS",
    "COURIER_S3_FORCE_PATH_STYLE",
    "MAILROOM_ADDRESS",
    "MAILROOM_AWS_ACCESS_KEY_ID",
    "MAILROOM_AWS_REGION",
    "MAILROOM_AWS_SECRET_ACCESS_KEY",
    "MAILROOM_DISALLOWED_I_PS",
    "MAILROOM_ELASTIC_CONTACTS_INDEX_V2",
    "MAILROOM_OPENSEARCH",
    "MAILROOM_OPENSEARCH_MESSAGES",
    "MAILROOM_OPENSEARCH_MESSAGES_ENDPOINT",
    "MAILROOM_OPENSEARCH_MESSAGES_INDEX",
    "MAILROOM_OS_ENDPOINT",
    "MAILROOM_OS_MESSAGES_INDEX",
    "MAILROOM_OS_MESSAGES_TICKETS_INDEX",
    "MAILROOM_OS_SEARCH_ENDPOINT",
    "MAILROOM_PORT",
    "MAILROOM_REDIS",
    "MAILROOM_S3_FORCE_PATH_STYLE",
    "MAILROOM_S3_MEDIA_BUCKET",
    "MAILROOM_S3_MEDIA_PREFIX",
    "MAILROOM_S3_SESSION_BUCKET",
];

/// Their buckets, hosts and numbers are facts of the document.
const DERIVED: &[&str] = &["ARCHIVE_BUCKET", "REDIS_DB", "REDIS_HOST", "REDIS_PORT"];

/// Metrics went from Librato to CloudWatch, which has other settings; allauth's option became part of a list that
/// upstream has.
const ENDED: &[&str] =
    &["ACCOUNT_EMAIL_REQUIRED", "ARCHIVER_LIBRATO_USERNAME", "COURIER_LIBRATO_USERNAME", "LIBRATO_TOKEN"];

/// Settings that a release still reads, and whose work another one does from then on: nothing tells them any more.
pub const REPLACED: &[(&str, &str)] = &[("AWS_STORAGE_BUCKET_NAME", "STORAGES"), ("DEFAULT_FILE_STORAGE", "STORAGES")];
