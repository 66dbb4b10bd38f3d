//! Values whose form a release changed, one entry each: from which release on, of which settings, and how a written value
//! is mended.

use std::rc::Rc;

use super::draft::{Draft, item, like};
use super::item::{Done, Item, Kind};
use super::op::Op;
use super::settings::written;
use super::{at, yaml};
use crate::catalog::{self, Fate, Version};
use crate::model::{Origin, Part, Service, Value};
use crate::source::{Kind as NodeKind, Node, Typed};

/// A form that changed.
struct Format {
    service: Service,
    /// The release of the service that changed it.
    since: Version,
    /// The settings, by their names before and after.
    names: &'static [&'static str],
    /// What is to be known.
    what: &'static str,
    mend: Mend,
}

/// How a written value is mended.
#[derive(Clone, Copy)]
enum Mend {
    /// Not at all.
    Nothing,
    /// Every text in it, by this function; nothing where the text is right.
    Texts(fn(&str) -> Option<String>),
    /// A map's key has another name; where neither is there, the new one is a copy of a third.
    Key { from: &'static str, to: &'static str, copy: &'static str },
}

const fn format(
    service: Service,
    since: (u16, u16, u16),
    names: &'static [&'static str],
    what: &'static str,
    mend: Mend,
) -> Format {
    let since = Version::new(since.0, since.1, since.2);
    Format { service, since, names, what, mend }
}

const VALKEY: &str = "the URL begins with `valkey:` instead of `redis:`";
const POSTGRES: &str = "a URL that begins with `postgresql:` is refused: it begins with `postgres:`";
const LEVEL: &str = "the words are debug, info, warn and error; another one stops the service at start";
const LISTENERS: &str =
    "one listener becomes two: this one for the internet, and an internal one for RapidPro's own services";

#[rustfmt::skip]
const FORMATS: &[Format] = &[
    format(Service::Django, (6, 5, 40), &["DATABASES"], "the alias `direct` became `readonly`, which lists and exports read", Mend::Key { from: "direct", to: "readonly", copy: "default" }),
    format(Service::Django, (7, 1, 49), &["CSRF_TRUSTED_ORIGINS"], "each origin has a scheme (Django 4.0)", Mend::Texts(with_scheme)),
    format(Service::Django, (10, 1, 201), &["CACHES"], "django-valkey takes the place of django-redis, which is not installed any more", Mend::Texts(django_valkey)),
    format(Service::Django, (10, 3, 0), &["DATABASES"], "the engine is Postgres's own: RapidPro needs no PostGIS any more", Mend::Texts(plain_engine)),
    format(Service::Courier, (8, 3, 25), &["COURIER_LOG_LEVEL"], LEVEL, Mend::Texts(level)),
    format(Service::Courier, (9, 1, 1), &["COURIER_DB"], POSTGRES, Mend::Texts(postgres)),
    format(Service::Courier, (10, 1, 31), &["COURIER_REDIS", "COURIER_VALKEY"], VALKEY, Mend::Texts(valkey)),
    format(Service::Courier, (26, 1, 33), &["COURIER_ADDRESS", "COURIER_PORT"], LISTENERS, Mend::Nothing),
    format(Service::Mailroom, (6, 5, 33), &["MAILROOM_DB", "MAILROOM_READONLY_DB"], POSTGRES, Mend::Texts(postgres)),
    format(Service::Mailroom, (8, 3, 35), &["MAILROOM_LOG_LEVEL"], LEVEL, Mend::Texts(level)),
    format(Service::Mailroom, (10, 1, 136), &["MAILROOM_REDIS", "MAILROOM_VALKEY"], VALKEY, Mend::Texts(valkey)),
    format(Service::Mailroom, (26, 1, 116), &["MAILROOM_ADDRESS", "MAILROOM_PORT"], LISTENERS, Mend::Nothing),
    format(Service::Archiver, (9, 1, 0), &["ARCHIVER_LOG_LEVEL"], LEVEL, Mend::Texts(level)),
    format(Service::Indexer, (9, 1, 0), &["INDEXER_LOG_LEVEL"], LEVEL, Mend::Texts(level)),
];

/// Storage classes of the settings that STORAGES took over in v8.1.208 (Django 4.2): the derived STORAGES has them.
const STORAGE_CLASSES: &[(&str, &str)] = &[
    ("DEFAULT_FILE_STORAGE", "storages.backends.s3boto3.S3Boto3Storage"),
    ("STATICFILES_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage"),
];

/// Mends what the document writes, and tells of every change on the way.
pub fn rewrite(draft: &mut Draft<'_>) {
    for format in FORMATS {
        if draft.old.runs(format.service) && draft.crosses(format.service, format.since) {
            format.names.iter().for_each(|name| one(draft, format, name));
        }
    }
    storage_classes(draft);
}

fn one(draft: &mut Draft<'_>, format: &Format, name: &str) {
    let Some(setting) = draft.old.told(format.service, name).cloned() else { return };
    let base = Item {
        release: Some(format.since),
        what: format.what.to_string(),
        span: setting.origin.span(),
        done: Done::Derived,
        ..item(Some(format.service), Kind::Format, name)
    };
    let entry = written(&draft.tree, format.service).into_iter().find(|entry| entry.key.value == name);
    let node = match (&entry, &setting.origin) {
        (Some(entry), _) => Some((Rc::clone(&entry.value), format!("services.{}.{name}", format.service))),
        // A log level of the document's own key is written as it stands.
        (None, Origin::Derived { rule: "log_level", facts }) => {
            facts.first().and_then(|fact| Some((at(&draft.tree, &fact.path)?, fact.path.clone())))
        }
        (None, _) => None,
    };
    let Some((node, path)) = node else {
        // A derived URL has begun in the right way all along.
        if format.what != POSTGRES {
            draft.tell(base);
        }
        return;
    };
    let ops = mended(&node, &path, format.mend);
    if !ops.is_empty() {
        draft.ops.extend(ops);
        let below = entry.iter().flat_map(|entry| draft.shadows(format.service, entry)).collect::<Vec<_>>();
        draft.ops.extend(below.iter().flat_map(|entry| mended(&entry.value, &path, format.mend)));
        draft.tell(Item { span: Some(node.span), done: Done::Edited, ..base });
    } else if in_vault(&setting.value) {
        let what = format!("{}; its value is in the vault: change it there with the upgrade", format.what);
        draft.tell(Item { span: Some(node.span), what, done: Done::Told, ..base });
    } else if matches!(format.mend, Mend::Nothing) || format.what == LEVEL {
        draft.tell(Item { span: Some(node.span), done: Done::Told, ..base });
    }
}

/// Whether a value begins with what only the vault knows.
fn in_vault(value: &Value) -> bool {
    matches!(value, Value::Text(text) if matches!(text.parts.first(), Some(Part::Hole(_) | Part::Group(..))))
}

fn mended(node: &Rc<Node>, path: &str, mend: Mend) -> Vec<Op> {
    match mend {
        Mend::Nothing => vec![],
        Mend::Texts(mend) => {
            let mut ops = vec![];
            texts(node, mend, &mut ops);
            ops
        }
        Mend::Key { from, to, copy } => {
            let Some(mapping) = node.mapping().filter(|mapping| mapping.get(to).is_none()) else { return vec![] };
            match (mapping.entry(from), mapping.get(copy)) {
                (Some(entry), _) => vec![Op::Rename { key: entry.key.span, to: to.to_string() }],
                (None, Some(model)) => vec![Op::Insert { path: format!("{path}.{to}"), text: yaml::line(model) }],
                (None, None) => vec![],
            }
        }
    }
}

fn texts(node: &Rc<Node>, mend: fn(&str) -> Option<String>, ops: &mut Vec<Op>) {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.typed == Typed::String => {
            ops.extend(mend(&scalar.text).map(|text| Op::Replace { value: node.span, text: like(node, &text) }));
        }
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| texts(item, mend, ops)),
        NodeKind::Mapping(mapping) => mapping.entries.iter().for_each(|entry| texts(&entry.value, mend, ops)),
    }
}

fn valkey(text: &str) -> Option<String> {
    text.strip_prefix("redis:").map(|rest| format!("valkey:{rest}"))
}

fn postgres(text: &str) -> Option<String> {
    text.strip_prefix("postgresql:").map(|rest| format!("postgres:{rest}"))
}

/// logrus's words in slog's; what is more severe than an error is an error there.
fn level(text: &str) -> Option<String> {
    let word = match text.to_ascii_lowercase().as_str() {
        "warning" => "warn",
        "fatal" | "panic" => "error",
        "trace" => "debug",
        _ => return None,
    };
    let upper = text.chars().all(|c| c.is_ascii_uppercase());
    Some(if upper { word.to_ascii_uppercase() } else { word.to_string() })
}

/// Django 4.0 compares whole origins (`4_0.E001`); before, hosts, whose subdomains a leading dot meant.
fn with_scheme(text: &str) -> Option<String> {
    let bare = !text.contains("://") && !text.starts_with("op:") && !text.trim_start().starts_with("{%");
    let host = if text.starts_with('.') { format!("*{text}") } else { text.to_string() };
    bare.then(|| format!("https://{host}"))
}

fn django_valkey(text: &str) -> Option<String> {
    match text {
        "django_redis.cache.RedisCache" => Some("django_valkey.cache.ValkeyCache".to_string()),
        "django_redis.client.DefaultClient" => Some("django_valkey.client.DefaultClient".to_string()),
        _ => None,
    }
}

fn plain_engine(text: &str) -> Option<String> {
    (text == "django.contrib.gis.db.backends.postgis").then(|| "django.db.backends.postgresql".to_string())
}

fn storage_classes(draft: &mut Draft<'_>) {
    let since = Version::new(8, 1, 208);
    if !draft.crosses(Service::Django, since) {
        return;
    }
    let entries = written(&draft.tree, Service::Django);
    let storages = entries.iter().any(|entry| entry.key.value == "STORAGES");
    let mut asked = storages;
    for entry in entries {
        let name = entry.key.value.as_str();
        let Some((_, usual)) = STORAGE_CLASSES.iter().find(|(known, _)| *known == name) else { continue };
        let goes = draft.both(Service::Django).map(|(_, new)| catalog::of(Service::Django).fate(name, new));
        let derived = entry.value.is_null() || entry.value.scalar().is_some_and(|scalar| scalar.text == *usual);
        let base = Item {
            release: Some(since),
            what: "`STORAGES` took its place and excludes it".to_string(),
            span: Some(entry.key.span),
            done: Done::Edited,
            ..item(Some(Service::Django), Kind::Format, name)
        };
        if derived || asked {
            if !matches!(goes, Some(Fate::Removed { .. })) {
                draft.remove(Service::Django, &entry);
            }
            draft.tell(base);
            continue;
        }
        asked = true;
        draft.ops.retain(|op| *op != Op::Remove { key: entry.key.span });
        draft.ops.push(Op::Rename { key: entry.key.span, to: "STORAGES".into() });
        draft.mark(
            &entry.value,
            &format!(
                "all of Django's STORAGES, with the class that {name} named: {}",
                yaml::line(&entry.value).replace('"', "")
            ),
        );
        draft.tell(Item { done: Done::FillIn, ..base });
    }
}
