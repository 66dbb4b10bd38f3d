//! What a server, a proxy, a network or a vault does on a bad day, to the whole program at `-vv`: how it ends, what it
//! says, that it shows no value and no token, and that the targets stay as they were.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::connect::{RPCONF, Server, files, project, rendered, rpconf};

/// A project with rendered targets that a new render would change, every one.
fn rendered_project() -> tempfile::TempDir {
    let project = project();
    let vault = project.path().join("vault.yml");
    let text = std::fs::read_to_string(&vault).expect("the vault");
    std::fs::write(&vault, text.replace("FAKE", "FAKE-older")).expect("an older vault");
    rendered(project.path(), None, &["--vault", "file:vault.yml", "--out", "out"]);
    std::fs::write(&vault, text).expect("the vault");
    project
}

/// Runs a command to its end, and answers its code and all that it said; no value and no token is in it.
fn said(folder: &Path, host: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = rpconf(folder, Some(host), &[args, &["-vv"]].concat());
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let token = std::fs::read_to_string(folder.join("token")).unwrap_or("no-token".into());
    for secret in ["FAKE", "00FA4E", token.trim()] {
        assert!(!text.contains(secret), "{args:?} shows a secret: {text}");
    }
    (output.status.code(), text)
}

/// A render fails by 3, says each of `parts`, and leaves every target as it was; so do commands that only look.
fn fails(folder: &Path, host: &str, more: &[&str], parts: &[&str]) {
    let before = files(&folder.join("out"));
    let (code, text) = said(folder, host, &[&["render", "production", "--out", "out"], more].concat());
    assert_eq!(code, Some(3), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(files(&folder.join("out")) == before, "a target changed: {text}");
    for look in [["refs", "production", "--state"], ["check", "production", "--resolve"]] {
        let (code, text) = said(folder, host, &[&look, more].concat());
        assert_eq!(code, Some(3), "{look:?}: {text}");
    }
}

fn check(fault: &str, more: &[&str], parts: &[&str]) {
    let project = rendered_project();
    let server = Server::start(project.path(), &["--fail", fault]);
    fails(project.path(), &server.host, more, parts);
}

#[test]
fn a_server_that_fails_for_good() {
    check("500", &[], &["Connect at `http://127.0.0.1:", "answered with status 500"]);
    check("429:60", &[], &["answered with status 429: too many requests"]);
    check("reset", &[], &["`OP_CONNECT_HOST` is `http://127.0.0.1:", "which broke off"]);
    check("401", &[], &["does not accept the token; see `OP_CONNECT_TOKEN`"]);
    check("403@/items", &[], &["env/production.yml:32:", "the token may not read the vault `RapidPro`"]);
}

#[test]
fn a_server_that_answers_with_what_connect_would_not() {
    check(
        "truncate@/items/",
        &[],
        &["env/production.yml:32:", "(`OP_CONNECT_HOST`): it sent JSON that ends too early"],
    );
    check("html", &[], &["HTML instead of JSON"]);
    check("wrong-json", &[], &["JSON of another kind"]);
    check("wrong-id@/items/", &[], &["env/production.yml:32:", "another item than the one that was asked for"]);
    check("huge:100@/items/", &[], &["it sent more than 16 MiB"]);
}

#[test]
fn a_redirect_is_not_followed_with_the_token() {
    let other = rendered_project();
    let elsewhere = Server::start(other.path(), &[]);
    check(
        &format!("redirect:{}/v1/vaults", elsewhere.host),
        &[],
        &["a redirect, which would take the token elsewhere"],
    );
    assert_eq!(elsewhere.counter("requests_total"), 1, "the count itself is the only request");
}

#[test]
fn a_server_that_says_nothing_for_a_minute() {
    let project = rendered_project();
    let server = Server::start(project.path(), &["--fail", "silence:60"]);
    let begun = Instant::now();
    let (code, text) = said(project.path(), &server.host, &["render", "production", "--out", "out", "--deadline", "2"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("did not answer everything within 2 s"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn every_item_that_is_missing_is_told_at_its_line() {
    let lines = [32, 35, 36, 43, 44, 51, 52, 54, 60].map(|line| format!("env/production.yml:{line}:"));
    let mut parts: Vec<&str> = lines.iter().map(String::as_str).collect();
    parts.push("there is no item `Production Mailroom` in the vault `RapidPro`");
    check("404@/items/", &[], &parts);
}

#[test]
fn what_passes_is_waited_for_and_counted() {
    for (fault, retries) in [("500*2", 2), ("503*2", 2), ("429:1*1", 1), ("reset*1@/items/", 1)] {
        let project = rendered_project();
        let folder = project.path();
        rendered(folder, None, &["--vault", "file:vault.yml", "--out", "expect"]);
        let server = Server::start(folder, &["--fail", fault]);
        let report = rendered(folder, Some(&server.host), &["--out", "out"]);
        assert_eq!((&report["retries"], &report["requests"]), (&retries.into(), &(7 + retries).into()), "{fault}");
        assert!(files(&folder.join("out")) == files(&folder.join("expect")), "{fault}");
    }
}

/// The vault with one change, served, after what the first one had was locked where `locked`.
fn check_vault(from: &str, to: &str, locked: bool, parts: &[&str]) {
    let project = rendered_project();
    let folder = project.path();
    if locked {
        let server = Server::start(folder, &[]);
        assert_eq!(rpconf(folder, Some(&server.host), &["vault", "lock", "production"]).status.code(), Some(0));
    }
    let vault = folder.join("vault.yml");
    let text = std::fs::read_to_string(&vault).expect("the vault");
    assert!(text.contains(from));
    std::fs::write(&vault, text.replacen(from, to, 1)).expect("the vault");
    let server = Server::start(folder, &[]);
    fails(folder, &server.host, &[], parts);
}

#[test]
fn a_vault_that_is_not_as_the_document_has_it() {
    const MAILROOM: &str = "- title: Production Mailroom\n";
    const TOKEN: &str = "- {label: token, type: CONCEALED, value: FAKE-mailroom-token}\n";
    let twice = format!("- {{title: production mailroom}}\n      {MAILROOM}");
    check_vault(MAILROOM, &twice, false, &["2 items in the vault `RapidPro` are titled `Production Mailroom`: "]);
    let labels = format!("- {{id: f1, label: token, section: Old}}\n          {TOKEN}");
    let two = "2 fields of the item `Production Mailroom` are labelled `token`: `f1` in section `Old`, ";
    check_vault(TOKEN, &labels, false, &["env/production.yml:54:", two]);
    let gone = format!("{MAILROOM}        state: ARCHIVED\n");
    let archived = "the item `Production Mailroom` in the vault `RapidPro` is archived";
    check_vault(MAILROOM, &gone, false, &["env/production.yml:54:", archived]);
    let stale =
        "the lock file's ids for the item `Production Mailroom` in the vault `RapidPro` lead to an archived item";
    check_vault(MAILROOM, &gone, true, &[archived, stale]);
    check_vault("label: token", "label: tokens", false, &["has no field `token`; it has `tokens`"]);
}

#[test]
fn a_token_without_the_vault_in_its_scope() {
    let project = rendered_project();
    let server = Server::start(project.path(), &["--grant", "Other"]);
    fails(
        project.path(),
        &server.host,
        &[],
        &["there is no vault `RapidPro` that may be read", "env/production.yml:32:"],
    );
}

/// A stale id leads to the name, which is said once and remembered by a render.
#[test]
fn a_stale_id_falls_back_to_the_name() {
    let project = rendered_project();
    let folder = project.path();
    let server = Server::start(folder, &[]);
    let host = Some(server.host.as_str());
    rendered(folder, host, &["--out", "out"]);
    let lock = folder.join("env/production.lock");
    let text = std::fs::read_to_string(&lock).expect("the lock");
    let line = text.lines().find(|line| line.contains("Mailroom")).expect("its line");
    let stale = format!("{}{}", &line[..line.len() - 26], "z".repeat(26));
    std::fs::write(&lock, text.replace(line, &stale)).expect("the lock");
    let (code, told) = said(folder, &server.host, &["render", "production", "--out", "out"]);
    assert_eq!(
        (code, told.matches("lead to no item any more: it was looked up by its name").count()),
        (Some(0), 1),
        "{told}"
    );
    assert_eq!(std::fs::read_to_string(&lock).expect("the lock"), text);
    assert_eq!(rendered(folder, host, &["--out", "out"])["requests"], 5);
}

/// A certificate for `localhost` by an authority that only `ca.pem` knows.
const PEM: &str = "src/vault/connect/tests/pem";

/// An empty Connect server over TLS, for one connection after the other.
fn secure_server() -> String {
    let pem = |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(PEM).join(name)).expect(name);
    let chain = vec![CertificateDer::from_pem_slice(&pem("server.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(&pem("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a server");
    let (config, listener) = (Arc::new(config), std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = rustls::StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|bytes| bytes > 0) {
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
                drop(stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()));
            }
        }
    });
    format!("https://localhost:{port}")
}

#[test]
fn an_authority_is_trusted_only_when_it_is_named() {
    let project = rendered_project();
    std::fs::write(project.path().join("token"), "canary-of-the-token").expect("a token");
    let host = secure_server();
    fails(project.path(), &host, &[], &[host.as_str(), "cannot be reached: invalid peer certificate"]);
    let mut ping = Command::new(RPCONF);
    ping.args(["vault", "ping"]).current_dir(project.path()).env("OP_CONNECT_HOST", &host);
    ping.env("OP_CONNECT_TOKEN_FILE", "token").env_remove("OP_CONNECT_TOKEN");
    let ca = Path::new(env!("CARGO_MANIFEST_DIR")).join(PEM).join("ca.pem");
    let output = ping.env("OP_CONNECT_CA_FILE", ca).output().expect("rpconf");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn nobody_listens() {
    let project = rendered_project();
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    std::fs::write(project.path().join("token"), "canary-of-the-token").expect("a token");
    let host = format!("http://{port}");
    fails(project.path(), &host, &[], &[format!("`OP_CONNECT_HOST` is `{host}`, which cannot be reached: ").as_str()]);
}
