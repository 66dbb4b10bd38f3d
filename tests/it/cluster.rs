//! Manifests, read by kubectl and held against the schemas of Kubernetes and of External Secrets.

use std::process::Command;

use rpconf::emit::{Document, Line, format};
use rpconf::model::{Filled, Service};
use serde_json::{Value, json};

use crate::awkward;
use crate::consumers::run;

/// Writes settings as manifests and has a script read them.
fn consume(script: &[&str], service: Service, settings: &[(String, Filled)]) -> Value {
    let lines: Vec<Line> = settings
        .iter()
        .enumerate()
        .map(|(at, (name, value))| Line { name, value, variable: false, secret: at % 2 == 0 })
        .collect();
    let document = Document { service, environment: "demo", lines: &lines };
    let bytes = format("k8s").expect("a format").write(&document).expect("what a cluster stores");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("k8s.yaml");
    std::fs::write(&file, bytes).expect("a file");
    run(script, &file)
}

fn settings() -> Vec<(String, Filled)> {
    let strings = [awkward::strings(), awkward::many_strings()].concat();
    let kept = strings.into_iter().filter(|text| text.len() < 1000 && !text.contains('\0'));
    kept.enumerate().map(|(at, text)| (format!("A{at:04}"), Filled::String(text))).collect()
}

#[test]
fn kubectl_reads_every_value() {
    let settings = settings();
    assert!(settings.len() > 800, "{}", settings.len());
    let read = consume(&["kubectl.py"], Service::Courier, &settings);
    for (name, value) in &settings {
        let Filled::String(text) = value else { continue };
        assert!(read[name] == json!(text), "kubectl reads {name} otherwise: {text:.80?}");
    }
}

#[test]
fn keys_are_no_booleans_and_no_numbers() {
    let names = ["NO", "Y", "ON", "NULL", "_1", "E1"];
    let settings: Vec<_> = names.iter().map(|name| (name.to_string(), Filled::string("true"))).collect();
    let read = consume(&["kubectl.py"], Service::Courier, &settings);
    assert!(names.iter().all(|name| read[name] == json!("true")), "{read}");
}

#[test]
fn manifests_are_what_kubernetes_knows() {
    for service in Service::ALL {
        let read = consume(&["kubernetes_schema.py"], service, &settings());
        let kinds = if service == Service::Django { json!(["Secret"]) } else { json!(["Secret", "ConfigMap"]) };
        assert_eq!(read, kinds, "{service}");
    }
}

const DOCUMENT: &str = r#"
release: "26.2"
vault: {backend: file, file: test.vault.yml}
domain: rapidpro.example.org
brand: {name: Test}
placement: containers
resources:
  postgres: {host: "op://V/Postgres/server", port: "op://V/Postgres/port", database: rapidpro, user: "op://V/Postgres/username", password: "op://V/Postgres/password", sslmode: require}
  redis: {host: redis.internal, port: 6379, db: 15, password: "op://V/Redis/password"}
  elasticsearch: {url: "op://V/Elastic/url", index: contacts}
  s3:
    region: eu-west-1
    credentials: keys
    access_key_id: op://V/S3/access key id
    secret_access_key: op://V/S3/secret access key
    buckets: {attachments: media, archives: archives, logs: logs, default: default}
  dynamo: {table_prefix: Main}
  smtp: {host: smtp.internal, port: 587, user: "op://V/SMTP/username", password: "op://V/SMTP/password", from: rapidpro@example.org}
  mailroom: {auth_token: "op://V/Mailroom/password"}
  courier: {auth_token: "op://V/Courier/password"}
  obfuscation_key: op://V/Obfuscation/key
services:
  django: {SECRET_KEY: "op://V/Django/password", extra: {NOTE: "{{ '{{' }}{{ (op('op://V/Django/password') ~ 'x') | urlencode }}}}"}}
  archiver: {delete: true}
"#;

/// What the operator takes.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumers/external_secret.schema.json");

/// A vault in which every password is `password`, as JSON that is YAML too: what YAML does not take as it is, is escaped.
fn vault(password: &str, host: &str) -> String {
    let item = |title: &str, fields: &[(&str, &str)]| {
        let fields: Vec<Value> =
            fields.iter().map(|(label, value)| json!({"label": label, "type": "CONCEALED", "value": value})).collect();
        json!({"title": title, "category": "PASSWORD", "fields": fields})
    };
    let only = |title: &str| item(title, &[("password", password)]);
    let items = [
        item("Postgres", &[("server", host), ("port", "6432"), ("username", "rapid pro"), ("password", password)]),
        item("Elastic", &[("url", "https://u:p@search.internal:9200")]),
        item("S3", &[("access key id", "AKIA"), ("secret access key", password)]),
        item("SMTP", &[("username", "a@example.org"), ("password", password)]),
        item("Obfuscation", &[("key", " 0123456789abcdefFEDCBA9876543210 ")]),
    ];
    let items = items.into_iter().chain(["Redis", "Mailroom", "Courier", "Django"].map(only));
    let vault = json!({"plaintext": true, "vaults": [{"name": "V", "items": items.collect::<Vec<_>>()}]});
    let escape =
        |c: char| if matches!(c, '\u{7f}'..='\u{ffff}') { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    vault.to_string().chars().map(escape).collect()
}

#[test]
fn a_cluster_fills_external_secrets_as_link_fills_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    std::fs::create_dir(root.join("env")).expect("a folder");
    std::fs::write(root.join("env/test.yml"), DOCUMENT).expect("a file");
    let render = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_rpconf"))
            .args(["-q", "-C"])
            .arg(root)
            .args(["render", "test"])
            .args(arguments)
            .output()
            .expect("rpconf");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    for store in ["sdk", "connect"] {
        let done = render(&["--format", "external-secret", "--store", store, "--out", store]);
        assert_eq!(done, (Some(0), String::new()));
    }
    let strings = awkward::strings().into_iter().filter(|text| text.len() < 1000 && !text.contains('\0'));
    let mut cases: Vec<(String, &str, bool)> = strings.map(|text| (text, "db.internal", true)).collect();
    cases.retain(|(text, ..)| !text.is_empty());
    let hosts = ["10.0.0.1", "::1", "[2001:db8::1]", " my_db ", "http://db", "db:5432", "-db", "a b"];
    cases.extend(hosts.iter().enumerate().map(|(at, host)| ("p@ss w/rd".to_string(), *host, at < 4)));
    cases.push((String::new(), "db", false));
    for (at, (password, host, good)) in cases.iter().enumerate() {
        let case = format!("case-{at:03}");
        std::fs::create_dir(root.join(&case)).expect("a folder");
        let file = format!("{case}/vault.json");
        std::fs::write(root.join(&file), vault(password, host)).expect("a file");
        let (code, errors) = render(&["--format", "k8s", "--vault", &format!("file:{file}"), "--out", &case]);
        assert_eq!(code, Some(if *good { 0 } else { 1 }), "{password:?} {host}: {errors}");
    }
    let report = run(&["external_secret.py", SCHEMA], root);
    let report = report.as_object().expect("a report");
    let bad = cases.iter().enumerate().filter(|(_, (.., good))| !good).map(|(at, _)| format!("case-{at:03} "));
    let bad: Vec<String> = bad.collect();
    for (case, what) in report {
        let expected =
            bad.iter().any(|bad| case.starts_with(bad)) && what.as_str().is_some_and(|what| what.contains("op://V/"));
        assert!(expected, "{case}: {what} {:?}", case.get(5..8).and_then(|at| cases.get(at.parse::<usize>().ok()?)));
    }
    // The archiver reads no Postgres host that the others do not; every service fails where link does.
    assert!(bad.iter().all(|bad| report.keys().any(|case| case.starts_with(bad))), "{report:?}");
}

#[test]
fn a_host_and_a_cluster_exclude_each_other() {
    for format in ["k8s", "external-secret", "compose"] {
        let done = Command::new(env!("CARGO_BIN_EXE_rpconf"))
            .args(["-C", env!("CARGO_MANIFEST_DIR"), "render", "demo", "--stdout", "--format", format, "--host", "web"])
            .output()
            .expect("rpconf");
        assert_eq!((done.status.code(), done.stdout), (Some(2), vec![]), "{format}");
    }
}
