//! What others do to a rotation under way, by the real program. Rows are those of `tests/ROTATION.md`.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use crate::parts::pair::OWNER;
use crate::parts::redis::digest;
use crate::parts::rotation::{SERVICES, Stack, said, works};
use crate::servers::wait;

/// Leaves a rotation staged: somebody else's change of a role keeps the server from taking ours.
fn staged(stack: &Stack) {
    let mut other =
        stack.postgres.psql("admin", "postgres").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql");
    let sql = "begin; alter role temba_a connection limit 50; alter role temba_b connection limit 50;\n";
    other.stdin.as_mut().expect("its input").write_all(sql.as_bytes()).expect("a statement");
    let waiting = "select count(*) from pg_stat_activity where state = 'idle in transaction'";
    wait("the other change", || stack.postgres.sql("postgres", waiting) == "1");
    stack.check(&["stack", "postgres"], 5, "`apply` failed");
    drop(other.stdin.take());
    other.wait().expect("psql");
    assert_eq!(stack.open("Postgres").as_deref(), Some("STAGED"));
}

/// Leaves a rotation promoted, with both credentials valid.
fn promoted(stack: &Stack, target: &str) {
    stack.check(&["stack", target, "--retire-after", "1h"], 0, "still to be revoked");
}

fn adopted() -> Stack {
    let stack = Stack::new().adopted();
    stack.check(&["stack", "postgres"], 0, "rotated");
    stack
}

#[test]
fn what_is_staged_can_be_given_up_or_gone_on_with_and_edits_by_hand_stop_it() {
    let stack = adopted();
    let password = || stack.field("Postgres", "password").expect("a password");
    let old = password();
    staged(&stack);
    stack.check(&["abort", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
    assert_eq!(password(), old);

    // Row 6: somebody changes another field, and keeps it.
    staged(&stack);
    let text = stack.read("vault.yml");
    let field = "          - id: \"note\"\n            label: \"note\"\n            value: \"keep me\"\n            type: \"STRING\"\n";
    let (before, after) = text.split_once("        fields:\n").expect("fields of the first item");
    stack.write("vault.yml", &format!("{before}        fields:\n{field}{after}"));
    stack.check(&["stack", "postgres"], 0, "rotated");
    stack.at_rest("Postgres");
    assert_eq!(stack.field("Postgres", "note").as_deref(), Some("keep me"));

    // Row 7: somebody changes the password itself.
    let old = password();
    staged(&stack);
    stack.edit("vault.yml", &format!("\"{old}\""), "\"by hand\"");
    stack.check(&["stack", "postgres"], 5, "edited by hand");
    stack.check(&["abort", "stack", "postgres"], 0, "rolled back");
    assert_eq!(password(), "by hand", "an edit stays");
    stack.edit("vault.yml", "\"by hand\"", &format!("\"{old}\""));
    stack.at_rest("Postgres");

    // Row 14: a verifier that is none.
    staged(&stack);
    let verifier = stack.field("Postgres", "next_verifier").expect("a verifier");
    stack.edit("vault.yml", &verifier, "SCRAM-SHA-256$4096:nonsense");
    stack.check(&["stack", "postgres"], 5, "");
    stack.check(&["abort", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
}

#[test]
fn whoever_stays_on_the_old_login_is_named_and_waited_for_or_ignored() {
    let stack = adopted();
    // Rows 23 and 24.
    let field = |label: &str| stack.field("Postgres", label).expect("a field");
    let (user, url) = (field("username"), stack.url(&field("username"), &field("password")));
    let session = || -> Child {
        let mut psql = Command::new("psql");
        psql.args(["-XAtq", &url])
            .env("PGAPPNAME", "report")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("psql")
    };
    let mut report = session();
    wait("a session", || {
        stack.postgres.sql("postgres", "select count(*) from pg_stat_activity where application_name = 'report'") == "1"
    });
    let halted = stack.check(&["stack", "postgres", "--confirm", "1"], 5, "still on the old credential: ");
    assert!(halted.err.contains("report@127.0.0.1"), "{halted:?}");
    assert_eq!(
        (stack.open("Postgres").as_deref(), works(&url)),
        (Some("PROMOTED"), Ok(())),
        "{user}: nothing is retired"
    );
    stack.check(&["stack", "postgres", "--ignore-consumer", "report"], 0, "rotated");
    stack.at_rest("Postgres");
    drop(report.stdin.take());
    report.wait().expect("psql");
}

#[test]
fn a_new_login_that_somebody_revokes_brings_the_old_one_back() {
    let stack = adopted();
    let before = stack.field("Postgres", "username").expect("a user");
    // Row 27.
    promoted(&stack, "postgres");
    let now = stack.field("Postgres", "username").expect("a user");
    stack.postgres.sql("postgres", &format!("alter role {now} nologin"));
    stack.check(&["finish", "stack", "postgres"], 5, "was revoked by someone else");
    stack.check(&["rollback", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
    assert_eq!(stack.field("Postgres", "username"), Some(before));

    // An old one that is gone is no reason to stop, and there is no way back to it.
    promoted(&stack, "postgres");
    let old = stack.field("Postgres", "prev_username").expect("a user");
    stack.postgres.sql("postgres", &format!("alter role {old} nologin"));
    stack.check(&["rollback", "stack", "postgres"], 5, "there is no way back");
    stack.check(&["finish", "stack", "postgres"], 0, "rotated");
    assert_eq!(stack.field("Postgres", "standby_username"), Some(old.clone()));
    assert_ne!(old, OWNER);
    stack.check(&["stack", "postgres"], 0, "rotated");
    stack.at_rest("Postgres");
}

#[test]
fn a_password_of_redis_that_somebody_sets_is_set_right() {
    let stack = Stack::new();
    stack.apply();
    // Row 31: one password is left of two.
    promoted(&stack, "redis");
    let field = |label: &str| stack.field("Redis", label).expect("a field");
    let (now, old) = (field("password"), field("prev_password"));
    stack.redis.say(&now, &["CONFIG", "SET", "requirepass", &old]);
    assert!(stack.redis.login(&now).is_err(), "{}", digest(&now));
    // A restart that lost it looks the same (row 28): it is set again, and both are valid.
    let told = stack.check(&["finish", "stack", "redis"], 0, "rotated");
    assert!(told.err.contains("restore"), "{told:?}");
    stack.at_rest("Redis");
    // A digest that is gone already.
    promoted(&stack, "redis");
    let (now, old) = (field("password"), field("prev_password"));
    stack.redis.say(&now, &["ACL", "SETUSER", "default", &format!("!{}", digest(&old))]);
    stack.check(&["finish", "stack", "redis"], 0, "rotated");
    stack.at_rest("Redis");
}

#[test]
fn a_file_that_cannot_be_written_halts_with_both_valid() {
    let stack = adopted();
    staged(&stack);
    // Row 19: what was read by mailroom was meddled with.
    let file = "root/home/mailroom/app/environment";
    let text = stack.read(file);
    stack.write(file, "by hand");
    let told = stack.check(&["stack", "postgres"], 5, "by hand");
    assert!(told.err.contains("rollback"), "{told:?}");
    stack.current_works("Postgres").expect("the new one");
    stack.write(file, &text);
    works(&stack.rendered("courier")[0]).expect("both are valid");
    stack.check(&["rollback", "stack", "postgres"], 0, "rolled back");
    stack.at_rest("Postgres");
}

#[test]
fn hosts_that_nothing_reaches_block_and_a_hook_is_told_of_each() {
    let stack = Stack::new();
    stack.apply();
    let alone = "services: [courier, mailroom, archiver, indexer]}";
    let two = "services: [courier, mailroom]}\n  other: {internal: 127.0.0.2, services: [archiver, indexer]}";
    stack.edit("env/stack.yml", alone, two);
    // What `apply` would not put in place, a rotation does not either.
    stack.check(&["stack", "redis"], 1, "error[host-address]: no other host reaches `worker`");
    assert_eq!((stack.open("Redis"), stack.asked()), (None, vec![]));
    let allow = "allow: [{rule: host-address, because: one machine}, {rule: resource-local, because: one machine}]\n";
    stack.edit("env/stack.yml", "resources:\n", &format!("{allow}resources:\n"));
    stack.check(&["stack", "redis"], 3, "nothing brings new files to other");
    stack.edit("env/stack.yml", "resources:\n", "rotate: {on_rotate: [tell]}\nresources:\n");
    stack.script("tell", "env | sort > told; exit $(cat fails 2>/dev/null || echo 0)\n");
    stack.write("fails", "1");
    stack.check(&["stack", "redis"], 5, "`tell` failed for `other`");
    std::fs::remove_file(stack.at("fails")).expect("the fault");
    let done = stack.rotate(&["stack", "redis"]).env("OP_CONNECT_TOKEN", "canary").output().expect("rpconf");
    said(done).has(0, "rotated");
    let told = stack.read("told");
    for line in ["RPCONF_ENVIRONMENT=stack\n", "RPCONF_HOST=other\n", "RPCONF_TARGET=redis\n"] {
        assert!(told.contains(line), "{told}");
    }
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(SERVICES.len(), 4);
}
