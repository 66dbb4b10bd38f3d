//! How Connect is reached: where the token comes from, through which proxy, and what is asked of it by how many.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::connect::{RPCONF, Server, project, rendered, rpconf};

/// A ping with these variables alone, besides the server's address.
fn ping(folder: &Path, host: &str, variables: &[(&str, &str)], more: &[&str]) -> Output {
    let mut command = Command::new(RPCONF);
    command.args(["vault", "ping"]).args(more).current_dir(folder);
    for name in ["OP_CONNECT_TOKEN", "OP_CONNECT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "HTTP_PROXY", "http_proxy"] {
        command.env_remove(name);
    }
    command.env("OP_CONNECT_HOST", host).envs(variables.iter().copied()).output().expect("rpconf")
}

#[test]
fn the_token_comes_from_a_variable_a_file_or_systemd() {
    let project = project();
    let folder = project.path();
    let server = Server::start(folder, &[]);
    std::fs::create_dir(folder.join("credentials")).expect("a folder");
    std::fs::copy(folder.join("token"), folder.join("credentials/op-connect-token")).expect("a credential");
    let token = std::fs::read_to_string(folder.join("token")).expect("the token");
    for (variable, value, code) in [
        ("OP_CONNECT_TOKEN", token.trim(), 0),
        ("OP_CONNECT_TOKEN", "wrong", 3),
        ("OP_CONNECT_TOKEN_FILE", "token", 0),
        ("OP_CONNECT_TOKEN_FILE", "nowhere", 4),
        ("CREDENTIALS_DIRECTORY", "credentials", 0),
        ("CREDENTIALS_DIRECTORY", "env", 3),
    ] {
        let output = ping(folder, &server.host, &[(variable, value)], &[]);
        assert_eq!(output.status.code(), Some(code), "{variable}={value}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn another_machine_is_reached_by_http_only_if_that_is_allowed_and_through_the_proxy() {
    let project = project();
    let folder = project.path();
    // The server takes a proxy's requests for its own.
    let server = Server::start(folder, &[]);
    let variables = [("OP_CONNECT_TOKEN_FILE", "token"), ("HTTP_PROXY", &server.host), ("http_proxy", &server.host)];
    let host = "http://connect.invalid:8080";
    let refused = ping(folder, host, &variables, &[]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(3) && why.contains("allow it with `--allow-http`"), "{why}");
    assert_eq!(server.counter("requests_total"), 1, "nothing was sent");
    let allowed = ping(folder, host, &variables, &["--allow-http"]);
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));

    let path = folder.join("env/production.yml");
    let document = std::fs::read_to_string(&path).expect("the document");
    let allowing = document.replace("vault: RapidPro\n", "vault: {name: RapidPro, allow_http: true}\n");
    for (document, code) in [(document, 3), (allowing, 0)] {
        std::fs::write(&path, document).expect("the document");
        let mut lock = Command::new(RPCONF);
        lock.args(["vault", "lock", "production"]).current_dir(folder).env_remove("OP_CONNECT_TOKEN");
        let output = lock.envs(variables).env("OP_CONNECT_HOST", host).output().expect("rpconf");
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn environments_of_one_vault_share_their_requests() {
    let project = project();
    let folder = project.path();
    let document = std::fs::read_to_string(folder.join("env/production.yml")).expect("the document");
    std::fs::write(folder.join("env/staging.yml"), document.replace("rapidpro.app", "staging.app")).expect("another");
    let server = Server::start(folder, &[]);
    let args = ["render", "--all", "--json", "--out", "out"];
    let output = rpconf(folder, Some(&server.host), &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reports = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let requests: Vec<Value> = reports.map(|report| report.expect("JSON")["requests"].clone()).collect();
    assert_eq!(requests, [7, 7]);
    let locks =
        ["production", "staging"].map(|name| std::fs::read(folder.join(format!("env/{name}.lock"))).expect(name));
    assert_eq!(locks[0], locks[1]);
}

#[test]
fn a_lock_that_cannot_be_written_is_a_warning() {
    let project = project();
    let folder = project.path();
    // The lock's own name fits a folder's entry, and that of its staged form does not.
    let name = "e".repeat(240);
    std::fs::rename(folder.join("env/production.yml"), folder.join(format!("env/{name}.yml"))).expect("a long name");
    let server = Server::start(folder, &[]);
    let output = rpconf(folder, Some(&server.host), &["render", &name, "--out", "out"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.contains("warning: the lock file was not written: "), "{text}");
    assert!(folder.join("out/manifest.json").exists());
}

#[test]
fn the_state_of_references_is_told() {
    let project = project();
    let folder = project.path();
    let vault = folder.join("vault.yml");
    let text = std::fs::read_to_string(&vault).expect("the vault");
    let text = text.replace("      - title: Production Courier\n", "      - title: Left over\n");
    std::fs::write(&vault, text).expect("the vault");
    let server = Server::start(folder, &[]);
    let host = Some(server.host.as_str());
    let touched =
        rpconf(folder, host, &["vault", "put", "op://RapidPro/Production Mailroom/token", "--generate", "--overwrite"]);
    assert!(touched.status.success(), "{}", String::from_utf8_lossy(&touched.stderr));
    let output = rpconf(folder, host, &["refs", "production", "--state"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    for line in [
        "op://RapidPro/Production Mailroom/token: resolves, 0 days old\n",
        "op://RapidPro/Production SMTP/password: resolves\n",
        "op://RapidPro/Production Courier/token: there is no item `Production Courier` in the vault `RapidPro`",
        "RapidPro/Left over: nothing here refers to it\n",
    ] {
        assert!(told.contains(line), "{line}{told}");
    }
    let output = rpconf(folder, host, &["refs", "production", "--state", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&told["unused"][0]["item"], told["unused"].as_array().map(Vec::len)), (&"Left over".into(), Some(1)));
}

#[test]
fn a_render_tells_what_it_cost() {
    let project = project();
    let server = Server::start(project.path(), &["--latency", "20"]);
    let report = rendered(project.path(), Some(&server.host), &["--out", "out"]);
    let phase = |name: &str| report["milliseconds"][name].as_f64().unwrap_or_else(|| panic!("{name}: {report:#}"));
    assert!(
        phase("fetch") >= 60.0 && ["compile", "link", "deliver"].iter().all(|name| phase(name) > 0.0),
        "{report:#}"
    );
}

/// Runs a program in a folder, which must succeed, and answers what it printed.
fn made(folder: &Path, program: &str, args: &[&str], input: &str) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}; run `tests/run`"));
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    let done = child.wait_with_output().expect(program);
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

#[test]
fn openssh_signs_with_a_key_that_was_converted_for_it() {
    for algorithm in [&["-algorithm", "ed25519"][..], &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let given = String::from_utf8(made(at, "openssl", &[&["genpkey"], algorithm].concat(), "")).expect("PEM");
        let value = Value::from(given.clone());
        let field = format!("{{label: private key, type: CONCEALED, value: {value}}}");
        let item = format!("{{title: K, category: SSH_KEY, fields: [{field}]}}");
        std::fs::write(at.join("vault.yml"), format!("plaintext: true\nvaults: [{{name: V, items: [{item}]}}]\n"))
            .expect("a vault");
        let server = Server::start(at, &[]);
        let get = ["vault", "get", "op://V/K/private key?ssh-format=openssh"];
        let output = rpconf(at, Some(&server.host), &get);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(at.join("key"), output.stdout).expect("a key");
        std::fs::set_permissions(at.join("key"), std::fs::Permissions::from_mode(0o600)).expect("a mode");

        let signature = made(at, "ssh-keygen", &["-Y", "sign", "-n", "test", "-f", "key"], "text");
        std::fs::write(at.join("signature"), signature).expect("a signature");
        made(at, "ssh-keygen", &["-Y", "check-novalidate", "-n", "test", "-s", "signature"], "text");
        // Both ways of writing a public key hold its number; SSH's ends with it.
        let line = String::from_utf8(made(at, "ssh-keygen", &["-y", "-f", "key"], "")).expect("a public key");
        let blob = line.split(' ').nth(1).expect("a key").trim();
        let blob = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, blob).expect("base64");
        let der = made(at, "openssl", &["pkey", "-pubout", "-outform", "DER"], &given);
        let end = &blob[blob.len() - 32..];
        assert!(der.windows(32).any(|window| window == end), "{algorithm:?}: another key");
    }
}
