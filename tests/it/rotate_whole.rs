//! Rotations by the real program on real parts, from the first command to the last.

use serde_json::Value;

use crate::deployment::awkward_secret;
use crate::parts::pair::OWNER;
use crate::parts::redis::digest;
use crate::parts::rotation::{SERVICES, Stack, works};

const RESTARTS: [&str; 4] = [
    "restart mailroom.service",
    "restart courier.service",
    "restart rapidpro-indexer.service",
    "restart rapidpro-archiver.service",
];

/// Journal and audit are chained by digests, and hold none of these.
fn chained(stack: &Stack, target: &str, secrets: &[String]) {
    let files = [(format!("st/rotations/stack/{target}.jsonl"), "prev"), ("st/audit.jsonl".to_string(), "prev_hash")];
    for (file, name) in files {
        let text = stack.read(&file);
        let mut before = String::new();
        for (number, line) in text.lines().enumerate() {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            let first = number == 0 && entry[name] == "";
            assert!(first || entry[name] == digest(&before).as_str(), "{file}: line {number} does not follow");
            before = line.to_string();
        }
        assert!(!text.is_empty(), "{file}");
        for secret in secrets {
            assert!(!text.contains(secret), "{file} holds a password");
        }
    }
}

fn password(stack: &Stack, item: &str) -> String {
    stack.field(item, "password").expect("a password")
}

fn user(stack: &Stack) -> String {
    stack.field("Postgres", "username").expect("a user")
}

fn whole(stack: Stack) {
    let stack = stack.adopted();
    let status = stack.check(&["status", "stack"], 0, "postgres");
    assert!(!status.out.contains("open"), "{status:?}");
    let before = stack.version("Postgres");
    for (words, expect) in [(&["--json"][..], "\"strategy\":\"role-pair\""), (&[], "strategy role-pair  overlap yes")] {
        let dry = stack.check(&[&["stack", "postgres", "--dry-run"], words].concat(), 0, expect);
        assert!(!dry.out.contains(&awkward_secret()) && dry.out.contains("temba"), "{dry:?}");
    }
    assert_eq!((stack.version("Postgres"), stack.asked()), (before, vec![]), "a dry run changes nothing");

    let mut secrets = vec![awkward_secret()];
    for expect in ["temba_a", "temba_b", "temba_a"] {
        stack.check(&["stack", "postgres", "--json"], 0, "\"outcome\":\"done\"");
        assert_eq!(user(&stack), expect);
        assert_eq!(stack.asked(), RESTARTS);
        stack.at_rest("Postgres");
        secrets.push(password(&stack, "Postgres"));
    }
    secrets.dedup();
    assert_eq!(secrets.len(), 4, "a new password each time");
    chained(&stack, "postgres", &secrets);
    assert!(works(&stack.url(OWNER, &awkward_secret())).is_err(), "the first login is gone");

    for _ in 0..2 {
        let old = password(&stack, "Redis");
        stack.check(&["stack", "redis"], 0, "rotated, the old credential is revoked");
        assert_eq!(stack.asked(), RESTARTS[..2], "only mailroom and courier read Redis");
        stack.at_rest("Redis");
        assert!(stack.redis.login(&old).is_err());
        chained(&stack, "redis", &[old, password(&stack, "Redis")]);
    }
    let status = stack.check(&["status", "stack", "--json"], 0, "postgres");
    assert!(!status.out.contains(secrets.last().expect("a secret")), "{status:?}");
}

#[test]
fn all_of_it_by_way_of_a_vault_file() {
    whole(Stack::new());
}

#[test]
fn all_of_it_by_way_of_a_server_whose_reads_are_behind() {
    whole(Stack::new().served(&["--stale-reads", "3"]));
}

#[test]
fn a_retirement_that_was_put_off_can_be_finished_or_taken_back() {
    let stack = Stack::new().adopted();
    let legacy = stack.url(OWNER, &awkward_secret());
    stack.check(&["stack", "postgres", "--retire-after", "1h"], 0, "still to be revoked");
    assert_eq!((user(&stack).as_str(), stack.open("Postgres").as_deref()), ("temba_a", Some("PROMOTED")));
    assert_eq!((works(&legacy), stack.current_works("Postgres")), (Ok(()), Ok(())));
    stack.check(&["status", "stack"], 0, "Promoted by ann@");
    stack.check(&["stack", "postgres"], 0, "still to be revoked");
    stack.check(&["abort", "stack", "postgres"], 2, "was handed out already");

    stack.check(&["rollback", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
    assert_eq!((user(&stack).as_str(), works(&legacy)), (OWNER, Ok(())));
    stack.check(&["rollback", "stack", "postgres"], 0, "nothing is open");

    stack.check(&["stack", "postgres", "--retire-after", "1h"], 0, "still to be revoked");
    stack.check(&["finish", "stack", "postgres"], 0, "rotated, the old credential is revoked");
    stack.at_rest("Postgres");
    assert!(works(&legacy).is_err());
    stack.check(&["finish", "stack", "postgres"], 0, "nothing is open");

    let old = password(&stack, "Redis");
    stack.check(&["stack", "redis", "--retire-after", "1h"], 0, "still to be revoked");
    stack.check(&["rollback", "stack", "redis"], 0, "rolled back");
    stack.at_rest("Redis");
    assert_eq!(password(&stack, "Redis"), old);
}

#[test]
fn a_unit_that_does_not_come_up_halts_and_the_old_one_comes_back() {
    let stack = Stack::new().adopted();
    stack.write("fails-courier", "");
    let halted = stack.check(&["stack", "postgres"], 5, "rollback");
    assert!(halted.err.contains("courier"), "{halted:?}");
    assert_eq!(stack.open("Postgres").as_deref(), Some("PROMOTED"));
    for (service, ..) in SERVICES {
        stack.rendered(service).iter().for_each(|url| works(url).expect("both are valid"));
    }
    std::fs::remove_file(stack.at("fails-courier")).expect("the fault");
    stack.check(&["rollback", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
    assert_eq!(user(&stack), OWNER);
}

/// What is refused changes neither the vault, nor roles, nor files.
fn refused(stack: &Stack, words: &[&str], expect: &str) {
    let roles = "select string_agg(rolname || rolcanlogin::text || coalesce(rolpassword, '-'), ' ' order by rolname) from pg_authid";
    let seen = || (stack.read("vault.yml"), stack.postgres.sql("postgres", roles), stack.rendered("courier"));
    let before = seen();
    stack.check(words, 3, expect);
    assert_eq!(seen(), before, "{words:?}");
    assert_eq!(stack.asked(), [""; 0], "{words:?}");
}

#[test]
fn what_cannot_be_rotated_is_refused_before_anything_is_changed() {
    let mut stack = Stack::new();
    stack.apply();
    let (document, vault) = (stack.read("env/stack.yml"), stack.read("vault.yml"));
    let back = |stack: &Stack| {
        stack.write("env/stack.yml", &document);
        stack.write("vault.yml", &vault);
    };
    refused(&stack, &["stack", "postgres"], "rotate adopt");
    stack.check(&["adopt", "stack", "postgres"], 0, "take turns");
    let check = |file: &str, from: &str, to: &str, target: &str, expect: &str| {
        stack.edit(file, from, to);
        refused(&stack, &["stack", target], expect);
        back(&stack);
    };
    let all = "env/stack.yml";
    check(
        all,
        "password: op://Stack/Redis/password",
        "password: literally-this",
        "redis",
        "is written in the document",
    );
    check(all, "op://Stack/Redis/password", "op://Stack/Mailroom/password", "redis", "in the same item");
    check(all, "user: op://Stack/Postgres/username", "user: op://Stack/Admin/username", "postgres", "in two items");
    check(
        all,
        "    admin: {user: op://Stack/Admin/username, password: op://Stack/Admin/password}\n",
        "",
        "postgres",
        "admin",
    );
    check("vault.yml", "\"changes-0\"", "\"wrong\"", "postgres", "rotator");
    check("vault.yml", "\"temba\"", "\"temba_nobody\"", "postgres", "does not log in");
    let quoted = Value::from(awkward_secret()).to_string();
    check("vault.yml", &format!("value: {quoted}"), "value: \"drifted\"", "redis", "refuses the password");
    stack.write("root/home/courier/app/environment", "by hand");
    refused(&stack, &["stack", "redis"], "by hand");
    std::fs::remove_file(stack.at("root/home/courier/app/environment")).expect("a file");
    stack.asked();

    stack.serve(&["--grant", "Stack"]);
    refused(&stack, &["stack", "postgres"], "write");
}
