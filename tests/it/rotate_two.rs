//! Two operators, signals, and journals that are lost, torn or cannot be written.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};

use crate::parts::redis::Client;
use crate::parts::rotation::{Said, Stack, said};
use crate::servers::wait;

/// A rotation that is held up where units restart, each for so long.
fn slow(stack: &Stack, target: &str) -> Child {
    stack.write("slow", "1");
    let child = start(stack, "ann", "st", &["stack", target]);
    stack.reaches("st", target, "reload", "intent");
    child
}

fn start(stack: &Stack, who: &str, state: &str, words: &[&str]) -> Child {
    let mut command = stack.rotate_as(who, state, words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("rpconf")
}

fn end(child: Child) -> Said {
    said(child.wait_with_output().expect("rpconf"))
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
}

fn fast(stack: &Stack) {
    fs::remove_file(stack.at("slow")).expect("what held it up");
}

fn by(stack: &Stack, who: &str, state: &str, words: &[&str], code: i32, expect: &str) -> Said {
    let said = end(start(stack, who, state, words));
    said.has(code, expect);
    said
}

#[test]
fn a_second_operator_is_told_who_is_at_work_and_since_when() {
    let stack = Stack::new().adopted();
    for target in ["postgres", "redis"] {
        let first = slow(&stack, target);
        let year = "since 20";
        for (who, state) in [("bob", "elsewhere"), ("ann", "st")] {
            let told = by(&stack, who, state, &["stack", target], 4, year);
            assert!(told.err.contains("ann@"), "{told:?}");
        }
        by(&stack, "bob", "elsewhere", &["unlock", "stack", target], 4, "ann@");
        fast(&stack);
        end(first).has(0, "rotated");
    }
    stack.at_rest("Postgres");
    stack.at_rest("Redis");
    // Two targets are locked apart.
    let first = slow(&stack, "postgres");
    by(&stack, "bob", "elsewhere", &["stack", "redis"], 0, "rotated");
    fast(&stack);
    end(first).has(0, "rotated");
    stack.at_rest("Postgres");
    stack.at_rest("Redis");
}

/// Somebody who stays on the old credential, and so holds up the step that asks for such.
enum Straggler {
    Session(Child),
    Connection { _client: Client },
}

impl Straggler {
    fn of(stack: &Stack, item: &str) -> Self {
        let field = |label: &str| stack.field(item, label).expect("a field");
        if item == "Redis" {
            return Self::Connection { _client: stack.redis.login(&field("password")).expect("a login") };
        }
        let url = stack.url(&field("username"), &field("password"));
        let child = Command::new("psql").args(["-XAtq", &url]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let count = format!("select count(*) from pg_stat_activity where usename = '{}'", field("username"));
        wait("a session", || stack.postgres.sql("postgres", &count) == "1");
        Self::Session(child.expect("psql"))
    }

    fn leave(self) {
        if let Self::Session(mut child) = self {
            drop(child.stdin.take());
            child.wait().expect("psql");
        }
    }
}

#[test]
fn a_holder_that_was_stopped_and_wakes_up_late_changes_nothing() {
    for (target, item) in [("postgres", "Postgres"), ("redis", "Redis")] {
        let stack = Stack::new().adopted();
        let straggler = Straggler::of(&stack, item);
        let sleeper = start(&stack, "ann", "st", &["stack", target]);
        stack.reaches("st", target, "confirm", "intent");
        signal(&sleeper, "-STOP");
        by(&stack, "bob", "elsewhere", &["resume", "stack", target], 4, "ann@");
        by(&stack, "bob", "elsewhere", &["unlock", "stack", target, "--yes"], 0, "no longer does");
        by(&stack, "bob", "elsewhere", &["stack", target], 5, "ann@");
        let second = start(&stack, "bob", "elsewhere", &["resume", "stack", target]);
        stack.reaches("elsewhere", target, "confirm", "intent");
        straggler.leave();
        end(second).has(0, "rotated");
        stack.at_rest(item);
        let roles = "select string_agg(rolname || coalesce(rolpassword, '-') || rolcanlogin, ' ' order by rolname) from pg_authid";
        let users = || stack.redis.say(&stack.field("Redis", "password").expect("a password"), &["ACL", "LIST"]);
        let seen =
            || (stack.read("vault.yml"), stack.postgres.sql("postgres", roles), users(), stack.rendered("courier"));
        let before = seen();
        signal(&sleeper, "-CONT");
        end(sleeper).has(5, "somebody else went on with this rotation");
        assert_eq!(seen(), before, "the sleeper changed something");
        stack.at_rest(item);
    }
}

#[test]
fn a_lock_that_was_lost_with_its_connection_is_taken_again() {
    let stack = Stack::new().adopted();
    let child = slow(&stack, "postgres");
    let killed = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory'";
    assert_eq!(stack.postgres.sql("postgres", killed), "1");
    fast(&stack);
    end(child).has(0, "rotated");
    stack.at_rest("Postgres");
}

#[test]
fn a_signal_ends_a_rotation_after_the_step_and_the_next_run_goes_on() {
    let stack = Stack::new().adopted();
    for (times, signal_name) in [(1, "-INT"), (2, "-INT"), (1, "-TERM")] {
        let child = slow(&stack, "postgres");
        for _ in 0..times {
            signal(&child, signal_name);
        }
        let told = end(child);
        told.has(130, "goes on from here");
        assert!(told.err.contains("stopping after this step"), "{told:?}");
        let last = stack.journal("st", "postgres").pop().expect("a line");
        assert_eq!((&last["phase"], &last["ev"]), (&"reload".into(), &"done".into()), "the step was finished");
        assert_eq!(stack.open("Postgres").as_deref(), Some("PROMOTED"));
        fast(&stack);
        stack.check(&["stack", "postgres"], 0, "rotated");
        stack.at_rest("Postgres");
    }
}

#[test]
fn a_journal_that_is_lost_or_torn_loses_nothing() {
    let stack = Stack::new().adopted();
    for state in ["another", "st"] {
        let child = slow(&stack, "postgres");
        signal(&child, "-INT");
        end(child).has(130, "");
        fast(&stack);
        if state == "st" {
            let path = "st/rotations/stack/postgres.jsonl";
            let text = stack.read(path);
            stack.write(path, &text[..text.len() - 40]);
        }
        by(&stack, "ann", state, &["stack", "postgres"], 0, "rotated");
        stack.at_rest("Postgres");
    }
}

#[test]
fn without_room_for_the_journal_nothing_is_begun() {
    let stack = Stack::new().adopted();
    let (vault, document) = (stack.read("vault.yml"), stack.read("env/stack.yml"));
    fs::create_dir(stack.at("full")).expect("a folder");
    // The lock's file takes the one page that there is.
    let mount = "mount -t tmpfs -o size=4k,mode=0700 rpconf full && exec \"$0\" \"$@\"";
    let rotate = stack.rotate_as("ann", "full", &["stack", "redis"]);
    let mut unshare = Command::new("unshare");
    // Who is not root becomes it in a namespace of users, to mount; root would lose the names of its own users there.
    let root = fs::metadata("/proc/self").expect("procfs").uid() == 0;
    unshare.args(if root { &["--mount"][..] } else { &["--user", "--map-root-user", "--mount"] });
    unshare.args(["sh", "-c", mount]).arg(rotate.get_program());
    unshare.args(rotate.get_args()).current_dir(stack.at("")).env("USER", "ann");
    let told = said(unshare.output().expect("unshare"));
    told.has(4, "the journal cannot be written");
    assert_eq!((stack.read("vault.yml"), stack.read("env/stack.yml")), (vault, document));
    stack.check(&["stack", "redis"], 0, "rotated");
}

#[test]
fn a_vault_that_goes_away_leaves_both_valid() {
    let mut stack = Stack::new().served(&[]).adopted();
    let child = slow(&stack, "redis");
    stack.gone();
    fast(&stack);
    end(child).has(5, "goes on from here");
    stack.current_works("Redis").expect("the current one");
    stack.serve(&["--stale-reads", "2"]);
    stack.check(&["stack", "redis"], 0, "rotated");
    stack.at_rest("Redis");
}
