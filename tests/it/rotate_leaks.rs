//! Passwords, old and new, are found in the vault, in the rendered files and in login packets, and nowhere else.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::deployment::awkward_secret;
use crate::parts::rotation::Stack;

/// A secret as it is, and as URLs, JSON and SQL write it.
fn spellings(secret: &str) -> Vec<String> {
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let json = serde_json::Value::from(secret).to_string();
    let mut all = vec![secret.to_string(), percent, json.trim_matches('"').to_string(), secret.replace('\'', "''")];
    all.dedup();
    all
}

fn lacks(place: &str, text: &str, secrets: &[String]) {
    assert!(!text.is_empty(), "{place} says nothing");
    for secret in secrets.iter().flat_map(|secret| spellings(secret)) {
        assert!(!text.contains(&secret), "{place} holds a password");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (vec![], vec![folder.to_path_buf()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            match entry.file_type().expect("a type").is_dir() {
                true => open.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found
}

/// A rotation under `strace`, which sees arguments and variables of every program that is started.
fn traced(stack: &Stack, target: &str) -> String {
    // Whoever looks with MONITOR stays on the old password.
    let rotate = stack.rotate(&["stack", target, "-vv", "--json", "--ignore-consumer", "a client of db 0"]);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-v", "-s", "100000", "-e", "trace=execve", "-o"]).arg(stack.at("trace"));
    strace.arg(rotate.get_program()).args(rotate.get_args()).current_dir(stack.at("")).stdin(Stdio::null());
    for (name, value) in rotate.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let done = strace.output().expect("strace is missing: run tests/run");
    assert!(done.status.success() && done.status.signal().is_none(), "{done:?}");
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    said + &stack.read("trace")
}

#[test]
fn passwords_are_found_where_they_belong_and_nowhere_else() {
    let stack = Stack::with(&["log_statement=all", "log_connections=on"]).served(&[]).adopted();
    let old = awkward_secret();
    let mut monitor = stack.redis.login(&old).expect("a login");
    monitor.tell(&["MONITOR"]);
    let before = stack.postgres.log().len();
    let mut secrets = vec![old];
    let mut said = String::new();
    for target in ["postgres", "redis", "postgres", "redis"] {
        said += &traced(&stack, target);
        secrets.extend(["Postgres", "Redis"].map(|item| stack.field(item, "password").expect("a password")));
    }
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 5);
    assert!(said.contains("systemctl") && said.contains("\"phase\":\"retire\""), "{said}");
    lacks("what it says, or argv, or env", &said, &secrets);

    let log = stack.postgres.log().split_off(before);
    assert!(log.contains("SCRAM-SHA-256$"), "roles are altered by verifiers");
    lacks("PostgreSQL's log", &log, &secrets);
    let now = stack.field("Redis", "password").expect("a password");
    let slow = stack.redis.say(&now, &["SLOWLOG", "GET", "-1"]);
    assert!(slow.contains("SETUSER"));
    lacks("SLOWLOG", &slow, &secrets);
    lacks("MONITOR", &monitor.listen(Duration::from_millis(300)), &secrets);
    lacks("Redis's log", &fs::read_to_string(stack.redis.path("log")).expect("a log"), &secrets);
    lacks("ACL LOG", &(stack.redis.say(&now, &["ACL", "LOG"]) + "."), &secrets);

    let mut holders: Vec<String> = vec![];
    for path in files(&stack.at("")) {
        let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
        if secrets.iter().flat_map(|secret| spellings(secret)).any(|secret| text.contains(&secret)) {
            holders.push(path.strip_prefix(stack.at("")).expect("below").display().to_string());
        }
    }
    let belongs = |path: &String| {
        path == "vault.yml"
            || path.starts_with("running/")
            || path.ends_with("app-versioned/1/environment")
            || path.starts_with("root/var/lib/rpconf/stack/generation-")
    };
    assert!(holders.len() > 5 && holders.iter().all(belongs), "{holders:?}");
    for path in ["st/audit.jsonl", "st/rotations/stack/postgres.jsonl", "st/rotations/stack/redis.jsonl"] {
        lacks(path, &stack.read(path), &secrets);
    }
}

#[test]
fn memory_is_left_in_no_file() {
    let stack = Stack::new().adopted();
    stack.write("slow", "1");
    let child = stack.rotate(&["stack", "redis"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("rpconf");
    stack.reaches("st", "redis", "reload", "intent");
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    let words: Vec<&str> = core.split_whitespace().collect();
    assert!(["0", "1"].contains(&words[4]) && ["0", "1"].contains(&words[5]), "{core}");
    fs::remove_file(stack.at("slow")).expect("what held it up");
    assert!(child.wait_with_output().expect("rpconf").status.success());
}
