//! What an editor shows: the committed schema in a real yaml-language-server.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rpconf::diag::codes;
use serde_json::{Value, json};

use crate::schema::checked;

/// The answers of the language server to questions about documents, each with the modeline of the committed schema.
fn ask(questions: &[Value]) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let server = root.join("target/test-node/node_modules/yaml-language-server");
    assert!(
        server.is_dir(),
        "yaml-language-server is missing: run `tests/run`, or tests/install, which fills target/test-node from tests/packages.json"
    );
    let mut node = Command::new("node")
        .arg(root.join("tests/editor/ask.js"))
        .arg(server)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js is missing: install the Debian package `nodejs`");
    let input = serde_json::to_vec(questions).expect("JSON");
    node.stdin.take().expect("a pipe").write_all(&input).expect("the questions are read");
    let output = node.wait_with_output().expect("the answers are written");
    serde_json::from_slice(&output.stdout).expect("a list of answers")
}

fn document(text: &str) -> String {
    format!("# yaml-language-server: $schema={}/schema/environment.schema.json\n{text}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn settings_are_completed_and_explained() {
    let courier = document("services:\n  courier:\n    COURIER_\n");
    let database = document("services:\n  courier:\n    COURIER_DB: op://v/i/f\n");
    let sslmode = document("resources:\n  postgres:\n    sslmode: require\n");
    let answers = ask(&[
        json!({"ask": "completion", "text": courier, "line": 3, "character": 12}),
        json!({"ask": "hover", "text": database, "line": 3, "character": 8}),
        json!({"ask": "hover", "text": sslmode, "line": 3, "character": 8}),
    ]);
    let offered = answers[0].as_array().expect("a list");
    let help = |name: &str| offered.iter().find(|item| item["label"] == name).map(|item| item["help"].to_string());
    let bucket = help("COURIER_S3_ATTACHMENTS_BUCKET").expect("it is offered");
    assert!(bucket.contains("courier v7.5.9 and later") && bucket.contains("COURIER_S3_MEDIA_BUCKET"), "{bucket}");
    assert!(help("log_level").is_some() && help("MAILROOM_DB").is_none());
    let hover = |index: usize| answers[index].as_str().expect("a text").to_string();
    assert!(
        hover(1).contains("PostgreSQL database of RapidPro") && hover(1).contains("write a reference"),
        "{}",
        hover(1)
    );
    assert!(hover(2).contains("How the connection is encrypted.") && hover(2).contains("verify-full"), "{}", hover(2));
}

#[test]
fn an_editor_underlines_what_is_reported() {
    let wrong = document(
        "release: '7.4'\n\
         brnd: a\n\
         domain: 5\n\
         hosts:\n  web: {services: [djnago]}\n\
         resources:\n\
         \x20 postgres:\n\
         \x20   host: {a: b}\n\
         \x20   port: '5432'\n\
         \x20   prot: 5\n\
         \x20   sslmode: requires\n\
         \x20 redis: [a]\n\
         services:\n\
         \x20 courier:\n\
         \x20   curier: 5\n\
         \x20   COURIER_DB: {ref: op://v/i/f, optinal: true}\n\
         \x20   COURIER_SENTRY_DSN: {ref: {vault: v, feild: f}}\n\
         \x20   extra: {FORK: {python: [a]}}\n\
         \x20 archiver: {delete: 'yes'}\n\
         outputs: {courier: {mode: [1]}}\n",
    );
    let production = include_str!("../../env/production.yml").replace("../schema/environment.schema.json", &{
        format!("{}/schema/environment.schema.json", env!("CARGO_MANIFEST_DIR"))
    });
    let answers =
        ask(&[json!({"ask": "diagnostics", "text": wrong}), json!({"ask": "diagnostics", "text": production})]);
    let lines = answers[0].as_array().expect("a list").iter();
    let underlined: BTreeSet<u64> = lines.filter_map(|found| found["line"].as_u64()).map(|line| line + 1).collect();
    let (map, notes) = checked(&wrong);
    // The compiler also misses facts, which an overlay might have.
    let places = notes.iter().filter(|note| [codes::UNKNOWN_KEY, codes::WRONG_TYPE].contains(&note.code));
    let places = places.filter_map(|note| note.primary());
    let reported: BTreeSet<u64> = places.map(|place| map.place(place).line as u64).collect();
    assert_eq!(underlined, reported, "{:#}", answers[0]);
    assert!(reported.len() >= 14, "{reported:?}");
    assert_eq!(answers[1], json!([]), "the runbook's deployment has no fault");
}
