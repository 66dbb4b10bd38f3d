//! `rpconf vault serve` is Connect to others too: to 1Password's own clients, and by the interface's description.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::connect::Server;
use crate::consumers::python;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A server over a copy of `clients.vault.yml`, and its token.
fn served() -> (tempfile::TempDir, Server, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(root().join("tests/vaults/clients.vault.yml"), folder.path().join("vault.yml")).expect("the vault");
    let server = Server::start(folder.path(), &[]);
    let token = std::fs::read_to_string(folder.path().join("token")).expect("the token");
    (folder, server, token.trim().to_string())
}

fn done(what: &str, command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}; run `tests/run`"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{what}: {}{}", text(&output.stdout), text(&output.stderr));
    output
}

/// What a client told of the server; what both must tell is `expect`, and is taken out of it.
fn told(what: &str, command: &mut Command) -> Value {
    let mut told: Value = serde_json::from_slice(&done(what, command).stdout).expect("JSON");
    let both = json!({
        "vaults": ["Other", "Team"],
        "vault": "Team",
        "items": ["Database", "a \"quoted\" title"],
        "by title": {"password": "FAKE-password", "one-time": "otpauth://totp/FAKE"},
        "by id": "Database",
        "made": [1, "FAKE-user", 20, true, "More"],
        "updated": [2, "FAKE-other", true],
        "deleted": 404,
        "files": ["ca.pem"],
        "content": "FAKE\n",
    });
    let both = both.as_object().expect("an object");
    let found = told.as_object_mut().expect("an object");
    for (key, value) in both {
        assert_eq!(found.remove(key).as_ref(), Some(value), "{what}: {key}");
    }
    told
}

#[test]
fn the_client_for_python_is_satisfied() {
    let (_folder, server, token) = served();
    let mut command = Command::new(python(root()));
    command.arg(root().join("tests/connect/client.py")).args([&server.host, &token]);
    let own = json!({
        "quoted": {"token": "FAKE-token"}, "of references": {"password": "FAKE-password"}, "patched": [3, "FAKE-third"],
    });
    assert_eq!(told("onepasswordconnectsdk", &mut command), own);
}

#[test]
fn the_client_for_node_is_satisfied() {
    let (_folder, server, token) = served();
    let client = root().join("target/test-node/node_modules/@1password/connect");
    assert!(client.is_dir(), "@1password/connect is missing: run `tests/run`");
    let mut command = Command::new("node");
    command.arg(root().join("tests/connect/client.js")).arg(client).args([&server.host, &token]);
    assert_eq!(told("@1password/connect", &mut command), json!({"otp": "123456"}));
}

/// Schemathesis makes requests up, by a fixed seed, and holds each answer against the description.
fn described(more: &[&str]) {
    let (folder, server, token) = served();
    let program: PathBuf = python(root()).with_file_name("schemathesis");
    let mut command = Command::new(program);
    command.arg("run").arg(root().join("tests/connect/openapi.yaml")).args(["--origin", &server.host]);
    command.args(["--header", &format!("Authorization: Bearer {token}"), "--seed", "1", "--max-examples", "10"]);
    command.args(["--no-shrink", "--no-color", "--warnings", "off", "--generation-database", "none"]).args(more);
    done("schemathesis", command.current_dir(folder.path()));
}

#[test]
fn every_answer_is_one_that_the_interface_describes() {
    // What it makes of a parameter that it does not understand is nowhere described: there is no 400 for a read.
    described(&["--exclude-checks", "negative_data_rejection"]);
}

#[test]
fn what_is_no_item_is_refused_as_the_interface_describes() {
    described(&["--checks", "negative_data_rejection", "--include-method", "POST", "--include-method", "PUT"]);
}
