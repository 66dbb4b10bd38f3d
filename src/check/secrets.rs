//! The secrets of a plan, by what each is for.

use super::cx::{Cx, Seen, dig};
use super::term::Term;
use crate::model::Value;

/// Settings that are secrets as a whole, and what each is for. Settings with one purpose hold one secret.
const WHOLE: [(&str, &str); 22] = [
    ("SECRET_KEY", "Django's secret key"),
    ("MAILROOM_AUTH_TOKEN", "mailroom's token"),
    ("COURIER_AUTH_TOKEN", "courier's token"),
    ("MAILROOM_COURIER_AUTH_TOKEN", "courier's token"),
    ("WEBSOCKETS_AUTH_SECRET", "the websockets' secret"),
    ("EMAIL_HOST_PASSWORD", "the mail password"),
    ("MAILROOM_ELASTIC_PASSWORD", "Elasticsearch's password"),
    ("ID_OBFUSCATION_KEY", "the obfuscation key"),
    ("MAILROOM_ID_OBFUSCATION_KEY", "the obfuscation key"),
    ("AWS_ACCESS_KEY_ID", "the access key's id"),
    ("COURIER_AWS_ACCESS_KEY_ID", "the access key's id"),
    ("MAILROOM_AWS_ACCESS_KEY_ID", "the access key's id"),
    ("ARCHIVER_AWS_ACCESS_KEY_ID", "the access key's id"),
    ("INDEXER_AWS_ACCESS_KEY_ID", "the access key's id"),
    ("AWS_SECRET_ACCESS_KEY", "the secret access key"),
    ("COURIER_AWS_SECRET_ACCESS_KEY", "the secret access key"),
    ("MAILROOM_AWS_SECRET_ACCESS_KEY", "the secret access key"),
    ("ARCHIVER_AWS_SECRET_ACCESS_KEY", "the secret access key"),
    ("INDEXER_AWS_SECRET_ACCESS_KEY", "the secret access key"),
    ("FACEBOOK_APPLICATION_SECRET", "Facebook's application secret"),
    ("FACEBOOK_WEBHOOK_SECRET", "Facebook's webhook secret"),
    ("COURIER_FACEBOOK_APPLICATION_SECRET", "Facebook's application secret"),
];

/// URLs whose password is a secret.
const URLS: [(&str, &str); 11] = [
    ("COURIER_DB", "the database's password"),
    ("MAILROOM_DB", "the database's password"),
    ("ARCHIVER_DB", "the database's password"),
    ("INDEXER_DB", "the database's password"),
    ("CELERY_BROKER_URL", "Redis's password"),
    ("BROKER_URL", "Redis's password"),
    ("COURIER_REDIS", "Redis's password"),
    ("COURIER_VALKEY", "Redis's password"),
    ("MAILROOM_REDIS", "Redis's password"),
    ("MAILROOM_VALKEY", "Redis's password"),
    ("MAILROOM_SMTP_SERVER", "the mail password"),
];

/// Every secret of the plan, with its purpose.
pub fn secrets<'a>(cx: &Cx<'a>) -> Vec<(&'static str, Term, Seen<'a>)> {
    let mut found = vec![];
    for (name, purpose) in WHOLE {
        found.extend(cx.all(name).into_iter().filter_map(|seen| Some((purpose, cx.value(seen)?, seen))));
    }
    for (name, purpose) in URLS {
        found.extend(cx.all(name).into_iter().filter_map(|seen| Some((purpose, cx.address(seen)?.password?, seen))));
    }
    for seen in cx.all("DATABASES") {
        let password = dig(&seen.setting.value, &["default", "PASSWORD"]).filter(|it| !matches!(it, Value::None));
        let term = password.and_then(|password| cx.term(password));
        found.extend(term.map(|term| ("the database's password", term, seen)));
    }
    found.retain(|(_, term, _)| !term.as_str().is_empty());
    found
}
