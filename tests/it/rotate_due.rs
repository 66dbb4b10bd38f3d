//! Several targets in one run of the real program: those that are named, and those that the document says are due.

use serde_json::Value;

use crate::parts::rotation::Stack;
use crate::parts::units::{Units, watched};

const RESTARTS: [&str; 4] = [
    "restart mailroom.service",
    "restart courier.service",
    "restart rapidpro-indexer.service",
    "restart rapidpro-archiver.service",
];

fn policy(stack: &Stack, policy: &str) {
    stack.edit("env/stack.yml", "resources:\n", &format!("rotate: {{{policy}}}\nresources:\n"));
}

/// Makes a record of an item as old as that.
fn older(stack: &Stack, item: &str, record: &str, at: &str) {
    let last: Value = serde_json::from_str(&stack.field(item, record).expect("a record")).expect("JSON");
    let then = last["at"].as_str().expect("a time");
    stack.edit("vault.yml", then, at);
}

fn passwords(stack: &Stack) -> Vec<Option<String>> {
    ["Postgres", "Redis", "S3", "SMTP"].map(|item| stack.field(item, "password")).to_vec()
}

/// Row 42.
#[test]
fn units_are_restarted_once_for_all_targets() {
    let stack = Stack::new().stored().adopted();
    let before = passwords(&stack);
    let words = ["stack", "redis", "s3", "postgres", "--disabled-for", "1h"];
    let units = Units::start(&stack, 1);
    let (said, _) = watched(&stack, "Postgres", || stack.check(&words, 0, "stack/redis: rotated"));
    let counted = units.finish();
    assert_eq!(counted.refused, [], "{} logins", counted.logins);
    assert!(said.out.contains("stack/postgres: rotated") && said.out.contains("stack/s3: rotated"), "{said:?}");
    assert_eq!(stack.asked(), RESTARTS, "once each");
    stack.check(&["finish", "stack", "s3", "--disabled-for", "0"], 0, "rotated");
    for (item, (before, now)) in ["Postgres", "Redis", "S3"].iter().zip(before.iter().zip(passwords(&stack))) {
        assert_ne!(*before, now, "{item}");
        stack.at_rest(item);
    }
    stack.check(&["stack", "postgres", "resid"], 2, "`resid` cannot be rotated");
    assert_eq!(stack.asked(), [""; 0], "nothing was begun");
}

/// What another target's failure leaves open goes on by itself.
#[test]
fn one_that_fails_hides_no_other() {
    let stack = Stack::new().adopted();
    policy(&stack, "s3: 90d, postgres: 90d, redis: 30d");
    // The store's key cannot be rotated: nobody may.
    let dry = stack.check(&["stack", "--due", "--dry-run"], 3, "strategy role-pair");
    assert!(dry.out.contains("strategy acl-passwords"), "{dry:?}");
    let said = stack.check(&["stack", "--due"], 3, "stack/postgres: rotated");
    assert!(said.out.contains("stack/redis: rotated") && said.err.contains("stack/s3: it cannot start"), "{said:?}");
    assert_eq!(stack.asked(), RESTARTS, "once each");
    stack.at_rest("Postgres");
    stack.at_rest("Redis");
}

#[test]
fn what_is_due_by_its_age_is_rotated_and_nothing_else() {
    let stack = Stack::new().adopted();
    stack.check(&["stack", "--due"], 0, "nothing is due");
    policy(&stack, "postgres: 90d, redis: 30d");
    stack.check(&["status"], 0, "due: `rpconf rotate stack redis`");
    stack.check(&["stack", "--due"], 0, "stack/redis: rotated");
    let first = passwords(&stack);
    let said = stack.check(&["stack", "--due"], 0, "nothing is due");
    assert!(said.err.contains("stack/postgres: not due") && said.err.contains("stack/redis: not due"), "{said:?}");
    assert_eq!(passwords(&stack), first);

    older(&stack, "Redis", "last_rotation", "2026-01-01T00:00:00Z");
    older(&stack, "Postgres", "last_rotation", &rfc3339_days_ago(60));
    let said = stack.check(&["status"], 0, "due: `rpconf rotate stack redis`");
    assert!(!said.out.contains("due: `rpconf rotate stack postgres`"), "{said:?}");
    stack.asked();
    stack.check(&["stack", "--due"], 0, "stack/redis: rotated");
    let second = passwords(&stack);
    assert_eq!((second[0] == first[0], second[1] == first[1]), (true, false));
    assert_eq!(stack.asked(), RESTARTS[..2]);

    // What was put off is due when its time is over, and not before.
    stack.check(&["stack", "postgres", "--retire-after", "1h"], 0, "still to be revoked");
    stack.check(&["stack", "--due"], 0, "stack/postgres: not due");
    assert_eq!(stack.open("Postgres").as_deref(), Some("PROMOTED"));
    older(&stack, "Postgres", "rotation", &rfc3339_days_ago(1));
    stack.check(&["stack", "--due"], 0, "stack/postgres: rotated");
    stack.at_rest("Postgres");
}

/// Every environment is told of, and one that cannot be looked at hides no other.
#[test]
fn status_tells_of_every_environment() {
    let stack = Stack::new().adopted();
    stack.check(&["stack", "redis"], 0, "rotated");
    let document = stack.read("env/stack.yml");
    stack.write("env/second.yml", &document.replace("op://Stack/Redis/password", "op://Stack/Courier/password"));
    let told = stack.check(&["status"], 0, "stack/redis: rotated");
    assert!(told.out.contains("second/mailroom: never rotated") && told.out.contains("second/postgres"), "{told:?}");
    assert!(!told.out.contains("second/redis"), "one item for two is nobody's to rotate: {told:?}");
    let objects: Vec<Value> =
        serde_json::from_str(&stack.check(&["status", "--json"], 0, "environment").out).expect("JSON");
    let seconds = |object: &&Value| object["environment"] == "stack" && object["target"] == "redis";
    assert!(objects.iter().find(seconds).expect("it")["rotated_seconds_ago"].as_u64().expect("an age") < 600);
}

fn rfc3339_days_ago(days: u64) -> String {
    let now = std::time::SystemTime::now() - std::time::Duration::from_secs(days * 86_400);
    let now = aws_smithy_types::DateTime::from(now);
    let text = now.fmt(aws_smithy_types::date_time::Format::DateTime).expect("a time");
    format!("{}Z", text.split(['.', 'Z']).next().expect("seconds"))
}
