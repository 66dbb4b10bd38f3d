//! What a rotation tells: a line that stays for each phase, and on a terminal one that says what is under way.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::consumers::python;
use crate::parts::rotation::Stack;

/// What a terminal of 80 columns shows of a rotation, and its code.
fn on_terminal(stack: &Stack, words: &[&str]) -> (String, i64) {
    let rotate = stack.rotate(words);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python(root));
    command.arg(root.join("tests/consumers/waiting.py")).arg(rotate.get_program()).args(rotate.get_args());
    for (name, value) in rotate.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.current_dir(stack.at("")).output().expect("Python");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    (told["shown"].as_str().expect("text").to_string(), told["code"].as_i64().expect("a code"))
}

/// The lines as a terminal leaves them: what was taken away is gone.
fn left(shown: &str) -> Vec<&str> {
    shown
        .split("\r\n")
        .map(|line| line.rsplit("\r\x1b[K").next().unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn a_terminal_shows_the_phase_and_how_both_credentials_are() {
    let stack = Stack::new();
    stack.apply();
    let (shown, code) = on_terminal(&stack, &["stack", "redis"]);
    assert_eq!(code, 0, "{shown}");
    let taken_away: Vec<&str> = shown.split("\r\x1b[K").filter(|text| text.starts_with("stack/redis: ")).collect();
    for words in [
        "stack/redis: apply …; the old one logs in, the new one does not log in",
        "stack/redis: verify …; the old one logs in, the new one logs in",
        "stack/redis: reload …; the old one logs in, the new one logs in",
    ] {
        assert!(taken_away.contains(&words), "{words}: {taken_away:?}");
    }
    let phases = ["stage", "apply", "verify", "promote", "reload", "confirm", "mark", "retire", "finish"];
    let lines = left(&shown);
    for phase in phases {
        assert_eq!(lines.iter().filter(|line| **line == format!("stack/redis: {phase}")).count(), 1, "{lines:?}");
    }
    assert!(!lines.iter().any(|line| line.contains('…') || line.contains('\u{1b}')), "{lines:?}");
}

#[test]
fn a_program_reads_events_one_object_a_line() {
    let stack = Stack::new();
    stack.apply();
    let said = stack.check(&["stack", "redis", "--json"], 0, "");
    let events: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert!(events.iter().all(|event| event["environment"] == "stack" && event["target"] == "redis"), "{events:?}");
    let phases: Vec<&str> = of("begin").iter().filter_map(|event| event["phase"].as_str()).collect();
    let done: Vec<&str> = of("done").iter().filter_map(|event| event["phase"].as_str()).collect();
    assert_eq!(
        phases,
        ["stage", "apply", "verify", "promote", "render", "reload", "confirm", "mark", "retire", "finish"]
    );
    assert_eq!(done, phases);
    let before = of("health").first().expect("health").to_string();
    assert!(
        before.contains(r#""current":"works""#) && before.contains(r#""other":"refused","promoted":false"#),
        "{before}"
    );
    assert!(of("health").iter().any(|event| event["promoted"] == true && event["other"] == "works"), "{events:?}");
    let end = of("end");
    assert_eq!((end.len(), &end[0]["outcome"], &end[0]["exit"]), (1, &Value::from("done"), &Value::from(0)));
}
