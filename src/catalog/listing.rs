//! The rows of `rpconf catalog`: as data, as JSON, as a table to read.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::query::of;
use super::service::Service;
use super::table::{Catalog, Form, Literal, Preset, Rename, Setting};
use super::version::Version;
use super::words::{Kind, Of, Secrecy};

/// One form of one setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The setting's name.
    pub name: &'static str,
    /// How the value is read.
    pub kind: Kind,
    /// What holds when nobody sets it.
    pub default: Preset,
    /// The validator of the source.
    pub validate: Option<&'static str>,
    /// Its value is a credential, or may embed one.
    pub secret: bool,
    /// A production deployment cannot do without it.
    pub required: bool,
    /// Operators do not set it.
    pub internal: bool,
    /// The document's facts that it derives from.
    pub derived_from: &'static [&'static str],
    /// What did its work before; several joined by ` + `.
    pub renamed_from: Option<String>,
    /// What does its work afterwards; several joined by ` + `.
    pub renamed_to: Option<String>,
    /// First release with this form.
    pub since: Version,
    /// First release without it.
    pub until: Option<Version>,
    /// One line for people.
    pub help: &'static str,
    /// Who defines it, when the service's own source does not.
    pub of: Option<Of>,
}

/// What `rpconf catalog` prints.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// One row a setting with a release, one a form without.
    pub rows: Vec<Row>,
    /// The release is newer than the catalog, whose last forms these are.
    pub newer: bool,
}

/// The release is older than the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} {release} is before {first}, the first release that rpconf knows")]
pub struct TooOld {
    /// The service.
    pub service: Service,
    /// What was asked.
    pub release: Version,
    /// The first release of the catalog.
    pub first: Version,
}

/// The settings that a release of a service reads, or every form of every setting.
pub fn list(service: Service, release: Option<Version>) -> Result<Listing, TooOld> {
    let catalog = of(service);
    let Some(release) = release else {
        let forms = catalog.settings.iter().flat_map(|setting| setting.forms.iter().map(move |form| (setting, form)));
        return Ok(Listing {
            rows: forms.map(|(setting, form)| row(catalog, setting, form, None)).collect(),
            newer: false,
        });
    };
    if release < catalog.first {
        return Err(TooOld { service, release, first: catalog.first });
    }
    let forms = catalog.settings_at(release);
    let rows = forms.map(|(setting, form)| row(catalog, setting, form, Some(release))).collect();
    Ok(Listing { rows, newer: release > catalog.last })
}

impl Listing {
    /// An array of one object a row.
    pub fn json(&self) -> Value {
        self.rows.iter().map(Row::json).collect()
    }

    /// Columns of name, type, default, since, until and help, the widths by their longest entries.
    pub fn table(&self) -> String {
        let heads = ["NAME", "TYPE", "DEFAULT", "SINCE", "UNTIL", "HELP"].map(str::to_owned);
        let lines: Vec<_> = std::iter::once(heads).chain(self.rows.iter().map(Row::columns)).collect();
        let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|it| it.chars().count()).max();
        let widths: Vec<_> = (0..5).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = String::new();
        for line in &lines {
            for (cell, width) in line.iter().zip(&widths) {
                let _ = write!(text, "{cell:width$}  ");
            }
            text.extend(line.last().map(String::as_str));
            text.push('\n');
        }
        text
    }
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind.word(),
            "default": self.default_json(),
            "validate": self.validate,
            "secret": self.secret,
            "required": self.required,
            "internal": self.internal,
            "derived_from": self.derived_from,
            "renamed_from": self.renamed_from,
            "renamed_to": self.renamed_to,
            "since": self.since.to_string(),
            "until": self.until.map(|until| until.to_string()),
            "help": self.help,
            "of": self.of.map(Of::word),
        })
    }

    /// A Go service's plain default stands bare; Django's always say what they are.
    fn default_json(&self) -> Value {
        match self.default {
            Preset::Value(value) if self.kind != Kind::Python => literal_json(value),
            Preset::Value(value) => json!({"value": literal_json(value)}),
            Preset::Env { variable, value } => {
                json!({"env": variable, "value": literal_json(value)})
            }
            Preset::Expr(code) => json!({"expr": code}),
            Preset::Structure(shape) => json!({"structure": shape}),
        }
    }

    fn columns(&self) -> [String; 6] {
        [
            self.name.to_owned(),
            self.kind.to_string(),
            shortened(&self.default.to_string()),
            self.since.to_string(),
            self.until.map_or_else(|| "-".to_owned(), |until| until.to_string()),
            self.help.to_owned(),
        ]
    }
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Preset::Value(value) | Preset::Env { value, .. } => write!(f, "{}", literal_json(*value)),
            Preset::Expr(code) => f.write_str(code),
            Preset::Structure(shape) => write!(f, "({shape})"),
        }
    }
}

/// Longest default in a table; JSON has it whole.
const WIDEST: usize = 32;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

fn row(catalog: &Catalog, setting: &'static Setting, form: &Form, release: Option<Version>) -> Row {
    let before = |rename: &&Rename| match release {
        Some(release) => rename.release <= release,
        None => form.until.is_none_or(|until| rename.release < until),
    };
    let after = |rename: &&Rename| rename.release > release.unwrap_or(form.since);
    let from: Vec<_> =
        catalog.renames.iter().filter(|rename| rename.to.contains(&setting.name)).filter(before).collect();
    let latest = from.iter().map(|rename| rename.release).max();
    let from = from.iter().filter(|rename| Some(rename.release) == latest).map(|rename| rename.from);
    let to = catalog.renames.iter().filter(|rename| rename.from == setting.name).find(after);
    let derived = setting.derivation.filter(|it| match release {
        Some(release) => release.within(it.since, it.until),
        None => {
            it.until.is_none_or(|until| form.since < until)
                && it.since.is_none_or(|since| form.until.is_none_or(|until| since < until))
        }
    });
    Row {
        name: setting.name,
        kind: form.kind,
        default: form.default,
        validate: form.validate,
        secret: setting.secrecy != Secrecy::Open,
        required: setting.required,
        internal: setting.internal,
        derived_from: derived.map_or(&[], |it| it.from),
        renamed_from: latest.map(|_| from.collect::<Vec<_>>().join(" + ")),
        renamed_to: to.map(|rename| rename.to.join(" + ")),
        since: form.since,
        until: form.until,
        help: setting.help,
        of: form.of,
    }
}

fn literal_json(value: Literal) -> Value {
    match value {
        Literal::Null => Value::Null,
        Literal::Bool(value) => value.into(),
        Literal::Int(value) => value.into(),
        Literal::Float(value) => value.into(),
        Literal::Text(value) => value.into(),
        Literal::List(values) => values.iter().copied().map(literal_json).collect(),
        Literal::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), literal_json(*value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(service: Service, release: Option<&str>, name: &str) -> Vec<Value> {
        let release = release.map(|text| Version::parse(text).expect("a version"));
        let listing = list(service, release).expect("a listing");
        let rows = listing.rows.iter().filter(|row| row.name == name);
        rows.map(Row::json).collect()
    }

    #[test]
    fn tells_a_setting_in_the_facts_words() {
        let rows = find(Service::Courier, Some("v10.2.0"), "COURIER_VALKEY");
        let expect = json!([{
            "name": "COURIER_VALKEY",
            "type": "string",
            "default": "valkey://localhost:6379/15",
            "validate": "url,startswith=valkey:",
            "secret": true,
            "required": true,
            "internal": false,
            "derived_from": ["resources.redis"],
            "renamed_from": "COURIER_REDIS",
            "renamed_to": null,
            "since": "v10.1.31",
            "until": "v26.0.0",
            "help": "Valkey or Redis database that holds the message queues; the URL must begin with valkey:",
            "of": null,
        }]);
        assert_eq!(Value::from(rows), expect);
    }

    #[test]
    fn tells_defaults_of_every_kind() {
        for (service, release, name, expect) in [
            (Service::Courier, "9.3.38", "COURIER_INSTANCE_ID", json!({"expr": "hostname"})),
            (Service::Mailroom, "9.2.2", "MAILROOM_WEBHOOKS_BACKOFF_JITTER", json!(0.5)),
            (Service::Mailroom, "26.2.0", "MAILROOM_LATENCY_EXCLUDED_ORGS", json!([])),
            (Service::Django, "9.2.5", "STORAGE_URL", json!({"value": null})),
            (Service::Django, "7.4.2", "MAILGUN_API_KEY", json!({"env": "MAILGUN_API_KEY", "value": ""})),
            (
                Service::Django,
                "7.4.2",
                "AWS_BUCKET_DOMAIN",
                json!({"expr": "AWS_STORAGE_BUCKET_NAME + '.s3.amazonaws.com'"}),
            ),
            (Service::Django, "9.2.5", "BRAND", json!({"structure": "Dict"})),
        ] {
            let rows = find(service, Some(release), name);
            assert_eq!(rows.first().map(|row| &row["default"]), Some(&expect), "{name}");
        }
    }

    #[test]
    fn tells_renames_of_the_release_asked_for() {
        for (service, release, name, from, to) in [
            (Service::Mailroom, "7.4.1", "MAILROOM_ELASTIC", json!(null), json!("MAILROOM_ELASTIC_ENDPOINT")),
            (
                Service::Mailroom,
                "26.1.100",
                "MAILROOM_ELASTIC",
                json!("MAILROOM_OS_ENDPOINT"),
                json!("MAILROOM_ELASTIC_ENDPOINT"),
            ),
            (Service::Django, "7.4.2", "REDIS_HOST", json!(null), json!("CACHES + CELERY_BROKER_URL")),
            (Service::Django, "9.2.5", "BRAND", json!("BRANDS"), json!(null)),
        ] {
            let rows = find(service, Some(release), name);
            let told = rows.first().map(|row| (row["renamed_from"].clone(), row["renamed_to"].clone()));
            assert_eq!(told, Some((from, to)), "{name} {release}");
        }
    }

    #[test]
    fn lists_forms_without_a_release() {
        assert_eq!(find(Service::Courier, None, "COURIER_DB").len(), 4);
        assert_eq!(find(Service::Courier, Some("26.3.38"), "COURIER_DB").len(), 1);
    }

    #[test]
    fn knows_its_bounds() {
        let old = list(Service::Courier, Some(Version::new(1, 2, 57)));
        assert!(old.is_err_and(|error| error.to_string().contains("before v1.2.58")));
        let names = |release| {
            let listing = list(Service::Courier, Some(release)).expect("a listing");
            (listing.newer, listing.rows.iter().map(|row| row.name).collect::<Vec<_>>())
        };
        let (last, known) = names(of(Service::Courier).last);
        assert!(!last);
        assert_eq!(names(Version::new(99, 0, 0)), (true, known));
    }

    #[test]
    fn aligns_its_table() {
        let listing = list(Service::Indexer, Some(Version::new(7, 4, 0))).expect("a listing");
        let table = listing.table();
        let column = |line: &str| line.find("v").or(line.find("SINCE"));
        let columns: Vec<_> = table.lines().map(|line| line.find("  ").is_some() && column(line).is_some()).collect();
        assert_eq!(columns, vec![true; listing.rows.len() + 1]);
        assert!(table.starts_with("NAME "));
        assert!(table.contains("INDEXER_POLL"));
    }
}
