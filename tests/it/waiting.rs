//! A command that waits for a vault says so, to a person who looks at a terminal, and to nobody else.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::connect::{RPCONF, Server, project, rpconf};
use crate::consumers::python;

/// What a terminal shows of a command, with its result and code.
fn on_terminal(folder: &Path, host: &str, interrupt: &[&str], args: &[&str]) -> (String, String, i64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python(root));
    command.arg(root.join("tests/consumers/waiting.py")).args(interrupt).arg(RPCONF).args(args).current_dir(folder);
    command.env("OP_CONNECT_HOST", host).env("OP_CONNECT_TOKEN_FILE", "token").env_remove("OP_CONNECT_TOKEN");
    let output = command.output().expect("Python is missing: install the Debian package python3");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |key: &str| told[key].as_str().expect(key).to_string();
    (text("shown"), text("result"), told["code"].as_i64().expect("a code"))
}

#[test]
fn what_takes_long_is_told_on_a_terminal_and_leaves_no_trace() {
    let project = project();
    let folder = project.path();
    let slow = Server::start(folder, &["--latency", "700"]);
    let ping = &["vault", "ping"][..];
    let (shown, result, code) = on_terminal(folder, &slow.host, &[], ping);
    assert!(shown.starts_with("\r\x1b[Kwaiting for the vault, 0.5 s") && shown.ends_with(" s\r\x1b[K"), "{shown:?}");
    assert_eq!((code, shown.contains('\n')), (0, false), "{shown:?}");
    assert!(result.starts_with("connect answers: 1 vaults may be read"), "{result}");

    for quiet in [&["vault", "ls", "--json"][..], &["vault", "ping", "-q"]] {
        assert_eq!(on_terminal(folder, &slow.host, &[], quiet).0, "", "{quiet:?}");
    }
    let (talk, _, _) = on_terminal(folder, &slow.host, &[], &["vault", "ping", "-v"]);
    assert!(talk.starts_with("GET /v1/vaults 200 ") && !talk.contains("waiting"), "{talk}");
    let elsewhere = rpconf(folder, Some(&slow.host), ping);
    assert!(elsewhere.status.success() && elsewhere.stderr.is_empty());
    drop(slow);

    let quick = Server::start(folder, &[]);
    assert_eq!(on_terminal(folder, &quick.host, &[], ping).0, "");
}

#[test]
fn an_interrupted_wait_leaves_the_line_and_the_targets_as_they_were() {
    let project = project();
    let folder = project.path();
    let silent = Server::start(folder, &["--fail", "silence:60@/items/"]);
    let args = &["render", "production", "--out", "out"][..];
    let (shown, result, code) = on_terminal(folder, &silent.host, &["interrupt"], args);
    assert!(shown.ends_with("\r\x1b[Kerror: interrupted; nothing was written\r\n"), "{shown:?}");
    assert_eq!((result.as_str(), code), ("", 130));
    assert!(!folder.join("out").exists());
}
