//! `rpconf run`, with real children: through pipes, on a terminal, and ended by signals.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::consumers::run as script;

fn rpconf(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rpconf"));
    command.args(["-C", env!("CARGO_MANIFEST_DIR"), "run", "demo"]).args(arguments);
    command.env("OP_CONNECT_TOKEN", "FAKE-connect-token");
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = rpconf(arguments).output().expect("rpconf");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

fn check(arguments: &[&str], code: i32, out: &str) {
    let (found, stdout, stderr) = run(arguments);
    assert_eq!((found, stdout.as_str()), (Some(code), out), "{arguments:?}: {stderr}");
}

#[test]
fn a_child_has_the_settings_and_its_output_is_masked() {
    let shell = |script| ["courier", "--", "sh", "-c", script];
    check(&shell("echo $COURIER_PORT $COURIER_AUTH_TOKEN"), 0, "8005 ********\n");
    check(&shell("for c in FAKE -cou rier -token; do printf %s $c; sleep 0.1; done"), 0, "********");
    check(&shell("printf %s \"$COURIER_AUTH_TOKEN\" | base64"), 0, "********\n");
    check(
        &shell("echo $COURIER_DB"),
        0,
        "postgres://rapidpro:********@postgres.demo.internal:5432/rapidpro?sslmode=require\n",
    );
    check(&shell("echo $COURIER_AUTH_TOKEN >&2"), 0, "");
    assert_eq!(run(&shell("echo $COURIER_AUTH_TOKEN >&2")).2, "********\n");
    check(&["courier", "--no-masking", "--", "sh", "-c", "echo $COURIER_AUTH_TOKEN"], 0, "FAKE-courier-token\n");
    check(&shell("echo \"<$OP_CONNECT_TOKEN>\"; ulimit -c"), 0, "<>\n0\n");
    check(&shell("cat"), 0, "");
}

#[test]
fn no_command_line_holds_a_secret() {
    let (_, commands, _) =
        run(&["courier", "--", "sh", "-c", "cat /proc/$PPID/cmdline /proc/$$/cmdline | tr '\\0' ' '"]);
    assert!(commands.contains("run demo courier") && !commands.contains("FAKE"), "{commands}");
}

#[test]
fn exit_codes_are_passed_on() {
    check(&["courier", "--", "sh", "-c", "exit 7"], 7, "");
    check(&["courier", "--", "sh", "-c", "kill -KILL $$"], 137, "");
    check(&["courier", "--", "rpconf-no-such-command"], 127, "");
    check(&["courier", "--", "/"], 126, "");
    check(&["courier", "--no-masking", "--", "rpconf-no-such-command"], 127, "");
    check(&["nobody", "--", "true"], 2, "");
    check(&["courier", "--host", "web", "--", "true"], 2, "");
    check(&["courier"], 2, "");
}

/// A Python that says in which folder its settings are, and waits.
const DJANGO: &str = "import os, sys, stat, time, rpconf_settings as s
folder = os.path.dirname(s.__file__)
print(os.getpid(), folder, os.environ['DJANGO_SETTINGS_MODULE'], oct(os.stat(folder).st_mode), s.UPSTREAM, s.EMAIL_PORT, flush=True)
print(s.SECRET_KEY, flush=True)
time.sleep(60 if sys.argv[1:] else 0)
";

fn django(waits: bool) -> (Child, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let temba = folder.path().join("temba");
    std::fs::create_dir(&temba).expect("a folder");
    std::fs::write(temba.join("__init__.py"), "").expect("a file");
    std::fs::write(temba.join("settings_common.py"), "UPSTREAM = 1\nRETENTION_PERIODS = {}\n").expect("a file");
    let mut command = rpconf(&["django", "--", "python3", "-c", DJANGO]);
    if waits {
        command.arg("wait");
    }
    let mut child = command.env("PYTHONPATH", folder.path()).stdout(Stdio::piped()).spawn().expect("rpconf");
    let mut text = String::new();
    let out = child.stdout.as_mut().expect("its output");
    while text.matches('\n').count() < 2 {
        let mut byte = [0];
        assert_eq!(out.read(&mut byte).expect("output"), 1, "{text}");
        text.push(char::from(byte[0]));
    }
    (child, text)
}

/// The process's number, its folder, and the rest of what [`DJANGO`] says.
fn told(text: &str) -> (&str, &str, &str) {
    let (number, rest) = text.split_once(' ').expect("a number");
    let (folder, rest) = rest.split_once(' ').expect("a folder");
    (number, folder, rest)
}

#[test]
fn a_folder_whose_processes_were_killed_goes_with_the_next_run() {
    let kill = |number: &str| assert!(Command::new("kill").args(["-KILL", number]).status().expect("kill").success());
    let next = || {
        let (mut next, text) = django(false);
        assert!(next.wait().expect("an end").success());
        assert!(!Path::new(told(&text).1).exists());
    };
    let (mut killed, text) = django(true);
    let (child, folder, _) = told(&text);
    let (mut alive, other) = django(true);
    kill(&killed.id().to_string());
    killed.wait().expect("an end");
    next();
    assert!(Path::new(folder).join("rpconf_settings.py").exists(), "its child may still read it");
    kill(child);
    // The child is nobody's now: it is gone once it holds nothing more.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while Path::new(folder).exists() && std::time::Instant::now() < end {
        next();
    }
    assert!(!Path::new(folder).exists(), "{folder} is still there");
    let (child, folder, _) = told(&other);
    assert!(Path::new(folder).join("rpconf_settings.py").exists(), "a folder that is in use was taken away");
    kill(child);
    alive.wait().expect("an end");
    assert!(!Path::new(folder).exists());
}

#[test]
fn django_reads_a_module_in_memory_that_goes_with_the_child() {
    for signal in [None, Some("TERM"), Some("INT"), Some("HUP")] {
        let (mut child, text) = django(signal.is_some());
        let (_, folder, rest) = told(&text);
        assert_eq!(rest, "rpconf_settings 0o40700 1 587\n********\n");
        if let Some(signal) = signal {
            assert!(Path::new(folder).exists());
            let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
            assert!(sent.expect("kill").success());
        }
        let code = child.wait().expect("an end").code();
        // Python ends by SIGINT itself after it has told of it.
        let expected = signal.map_or(0, |signal| {
            128 + match signal {
                "TERM" => 15,
                "INT" => 2,
                _ => 1,
            }
        });
        assert_eq!(code, Some(expected), "{signal:?}");
        assert!(!Path::new(folder).exists(), "{folder} is still there after {signal:?}");
    }
}

#[test]
fn on_a_terminal_the_child_has_a_terminal() {
    let told = script(&["terminal.py"], Path::new(env!("CARGO_BIN_EXE_rpconf")));
    let expected = json!({
        "is a terminal": true,
        "size": "33 101",
        "size after a change": "44 120",
        "typed": "read hello",
        "masked": "token ********",
        "prompt": true,
        "interrupted": "interrupted",
        "code": 9,
        "restored": true,
        "raw meanwhile": true,
        "not found": 127,
        "errors apart": "err ********\n",
    });
    assert_eq!(told, expected);
}
