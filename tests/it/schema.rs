//! The promise of the schema: what an editor underlines `check` reports, and each fault is reported once.

use std::collections::BTreeSet;

use rpconf::diag::{Notes, Severity, SourceMap};
use rpconf::model::Service;
use rpconf::source::{FileError, Files, MAX_BYTES};

struct One<'a>(&'a str);

impl Files for One<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if self.0.len() > MAX_BYTES {
            return Err(FileError::TooLarge { limit: MAX_BYTES });
        }
        if path == "env/test.yml" { Ok(self.0.as_bytes().to_vec()) } else { Err(FileError::NotFound) }
    }
}

/// What `check` says of a document.
pub fn checked(document: &str) -> (SourceMap, Notes) {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let target = rpconf::Target { environment: "test".into(), path: "env/test.yml".into(), containers: false };
    rpconf::compile(&target, &One(document), &mut map, &mut notes);
    (map, notes)
}

/// Replaces one text of the runbook's deployment by another; exactly this is then wrong.
fn check(was: &str, is: &str, expect: &str) {
    let production = include_str!("../../env/production.yml");
    assert!(production.contains(was), "{was}");
    let document = production.replacen(was, is, 1);
    let (map, notes) = checked(&document);
    let said: Vec<String> = notes
        .sorted()
        .iter()
        .map(|note| format!("{} {}", note.code, note.primary().map_or("", |place| map.slice(place))))
        .collect();
    assert_eq!(said, [expect], "{is}: {:?}", notes.sorted());
}

#[test]
fn a_fault_is_reported_once() {
    for (was, is, expect) in [
        ("release: \"5.2\"", "relase: \"5.2\"", "unknown-key relase"),
        ("release: \"5.2\"", "release: [\"5.2\"]", "wrong-type [\"5.2\"]"),
        ("domain: rapidpro", "domian: rapidpro", "unknown-key domian"),
        ("domain: rapidpro.app.medicmobile.org", "domain: 5", "wrong-type 5"),
        ("  postgres:\n", "  postgress:\n", "unknown-key postgress"),
        ("resources:\n", "resource:\n", "unknown-key resource"),
        ("hosts:\n", "host:\n", "unknown-key host"),
        ("    services: [django, celery, beat]", "    services: [djanog, celery, beat]", "wrong-type djanog"),
        ("    services: [django, celery, beat]", "    services: django", "wrong-type django"),
        ("port: 5432", "port: \"5432\"", "wrong-type \"5432\""),
        ("port: 5432", "port: 65536", "wrong-type 65536"),
        ("port: 5432", "port: {a: 1}", "wrong-type {a: 1}"),
        ("port: 5432", "prot: 5432", "unknown-key prot"),
        ("sslmode: require", "sslmode: op://v/i/f", "not-literal op://v/i/f"),
        ("sslmode: require", "sslmode: requires", "wrong-type requires"),
        ("sslmode: require", "sslmode: [a]", "wrong-type [a]"),
        ("credentials: keys", "credentials: kesy", "wrong-type kesy"),
        ("{host: redis.rapidpro.internal, port: 6379, db: 15}", "5", "wrong-type 5"),
        (
            "{host: redis.rapidpro.internal, port: 6379, db: 15}",
            "{host: {rf: a}, port: 6379, db: 15}",
            "wrong-type {rf: a}",
        ),
        ("host: redis.rapidpro.internal", "host: {ref: op://v/i/f, optinal: true}", "unknown-key optinal"),
        ("db: 15", "db: '15'", "wrong-type '15'"),
        ("{delete: true}", "{delete: yes please}", "wrong-type yes please"),
        ("{delete: true}", "{delte: true}", "unknown-key delte"),
        ("{delete: true}", "5", "wrong-type 5"),
        ("{poll: 5, ", "{poll: 5, INDEXER_POLL: five, ", "wrong-type five"),
        ("{poll: 5, ", "{poll: 5, INDEXER_POLL: {ref: {vault: v, item: i, feild: f}}, ", "unknown-key feild"),
        ("{poll: 5, ", "{poll: 5, INDEXR_POLL: 5, ", "unknown-setting INDEXR_POLL"),
        ("{poll: 5, ", "{poll: 5, extra: [a], ", "wrong-type [a]"),
        ("{poll: 5, ", "{poll: 5, extra: {FORK: {ref: op://v/i/f, maybe: true}}, ", "unknown-key maybe"),
        ("    ALLOWED_HOSTS: [", "    ALLOWED_HOSTS: [{ref: op://v/i/f, optinal: true}, ", "unknown-key optinal"),
        ("    ALLOWED_HOSTS: [", "    CSRF_TRUSTED_ORIGINS: {python: [a]}\n    ALLOWED_HOSTS: [", "wrong-type [a]"),
        ("vault: RapidPro", "vault: {nmae: RapidPro}", "unknown-key nmae"),
        ("services:\n  django:", "outputs: 5\nservices:\n  django:", "wrong-type 5"),
        ("services:\n  django:", "outputs: {a: 5}\nservices:\n  django:", "wrong-type 5"),
        (
            "services:\n  django:",
            "outputs: {a: {path: 5, content: x, hosts: [web]}}\nservices:\n  django:",
            "wrong-type 5",
        ),
        (
            "services:\n  django:",
            "outputs: {a: {pth: /a, content: x, hosts: [web]}}\nservices:\n  django:",
            "unknown-key pth",
        ),
        (
            "services:\n  django:",
            "outputs: {a: {path: /a, contnet: x, hosts: [web]}}\nservices:\n  django:",
            "unknown-key contnet",
        ),
        (
            "services:\n  django:",
            "outputs: {a: {path: /a, content: x, host: [web]}}\nservices:\n  django:",
            "unknown-key host",
        ),
        (
            "services:\n  django:",
            "outputs: {a: {path: /a, content: x, hosts: [5]}}\nservices:\n  django:",
            "wrong-type 5",
        ),
        (
            "services:\n  django:",
            "outputs: {a: {path: /a, content: x, hosts: web}}\nservices:\n  django:",
            "wrong-type web",
        ),
        ("services:\n  django:", "outputs: {courier: {mode: [1]}}\nservices:\n  django:", "wrong-type [1]"),
    ] {
        check(was, is, expect);
    }
}

/// What an editor underlines for a document, by line.
fn underlined(editor: &jsonschema::Validator, document: &serde_json::Value) -> BTreeSet<String> {
    editor.iter_errors(document).map(|error| error.instance_path().to_string()).collect()
}

/// Every setting of every service, in releases old and new, with a value of every type.
#[test]
fn what_an_editor_underlines_check_reports() {
    let editor = jsonschema::validator_for(&rpconf::schema::full()).expect("a schema");
    for release in ["5.2", "7.4", "9.2", "10.2", "26.2"] {
        for value in [
            "8",
            "1.5",
            "true",
            "word",
            "op://v/i/f",
            "[a]",
            "[1]",
            "[{ref: op://v/i/f}]",
            "{a: b}",
            "{ref: op://v/i/f}",
        ] {
            let head = format!("release: \"{release}\"\nplacement: containers\nservices:\n");
            let mut document = head;
            let mut lines = vec![];
            // What the release does not have is not read at all.
            let present = Service::ALL.into_iter().filter(|it| *it != Service::Indexer || release != "26.2");
            for service in present {
                document += &format!("  {service}:\n");
                let catalog = rpconf::catalog::of(service);
                for setting in catalog.settings.iter().chain(catalog.environment) {
                    document += &format!("    {}: {value}\n", setting.name);
                    lines.push((format!("/services/{service}/{}", setting.name), document.lines().count()));
                }
            }
            let (map, notes) = checked(&document);
            let errors = notes.iter().filter(|note| note.severity == Severity::Error);
            let reported: BTreeSet<usize> =
                errors.filter_map(|note| note.primary()).map(|place| map.place(place).line).collect();
            let json = json(&lines, value);
            for path in underlined(&editor, &json) {
                let setting: Vec<&str> = path.split('/').take(4).collect();
                let (_, line) = lines.iter().find(|(path, _)| *path == setting.join("/")).expect("a setting");
                assert!(reported.contains(line), "an editor underlines {path}: {value}, `check` at {release} does not");
            }
        }
    }
}

/// The same document as an editor sees it.
fn json(lines: &[(String, usize)], value: &str) -> serde_json::Value {
    use serde_json::json;
    let value = match value {
        "8" => json!(8),
        "1.5" => json!(1.5),
        "true" => json!(true),
        "[a]" => json!(["a"]),
        "[1]" => json!([1]),
        "[{ref: op://v/i/f}]" => json!([{"ref": "op://v/i/f"}]),
        "{a: b}" => json!({"a": "b"}),
        "{ref: op://v/i/f}" => json!({"ref": "op://v/i/f"}),
        text => json!(text),
    };
    let mut document = json!({});
    for (path, _) in lines {
        let mut parts = path.split('/').skip(2);
        let (service, name) = (parts.next().expect("a service"), parts.next().expect("a name"));
        document["services"][service][name] = value.clone();
    }
    document
}
