//! Rotations by the real program on real parts, from the first command to the last.

use serde_json::Value;

use crate::deployment::awkward_secret;
use crate::parts::pair::OWNER;
use crate::parts::redis::{digest, stub};
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

    let dry = stack.check(&["stack", "redis", "--dry-run"], 0, "strategy acl-passwords");
    assert!(dry.out.contains("then in order restart mailroom.service, restart courier.service\n"), "{dry:?}");
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
    stack.check(&[words, &["--dry-run"]].concat(), 3, expect);
    assert_eq!(seen(), before, "{words:?}");
    assert_eq!(stack.asked(), [""; 0], "{words:?}");
}

/// A Redis of before there were ACLs.
fn redis_5(words: &str, ping: &str) -> String {
    match words.split(' ').next() {
        Some("AUTH") => "+OK\r\n".to_string(),
        Some("INFO") => "$35\r\nredis_version:5.0.14\r\nrole:master\r\n\r\n".to_string(),
        Some("PING") => ping.to_string(),
        _ => format!("-ERR unknown command `{words}`\r\n"),
    }
}

/// A policy that looks at passwords can hold nothing against a verifier that rpconf made.
#[test]
fn a_server_that_checks_passwords_takes_a_verifier() {
    let stack = Stack::with(&["shared_preload_libraries=passwordcheck"]).adopted();
    stack.check(&["stack", "postgres"], 0, "rotated");
    stack.at_rest("Postgres");
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
    check(all, "password: op://Stack/Postgres/password", "password: literal", "postgres", "is written in the document");
    check(
        all,
        "auth_token: op://Stack/Mailroom/password",
        "auth_token: literal",
        "mailroom",
        "is written in the document",
    );
    let fixed = "`resources.postgres.user` is written in the document";
    check(all, "user: op://Stack/Postgres/username", "user: temba", "postgres", fixed);
    check(all, "password: op://Stack/SMTP/password", "password: literal", "smtp", "is written in the document");
    check(
        all,
        "access_key_id: FAKE",
        "access_key_id: FAKE\n    admin: {access_key_id: FAKE, secret_access_key: op://Stack/S3 admin/password}",
        "s3",
        "`resources.s3.access_key_id` is written in the document",
    );
    let admin = "    admin: {user: op://Stack/Admin/username, password: op://Stack/Admin/password}\n";
    check(all, admin, "", "postgres", "nobody who may change the database's roles");
    check("vault.yml", "\"changes-0\"", "\"wrong\"", "postgres", "rotator");
    check("vault.yml", "\"temba\"", "\"temba_nobody\"", "postgres", "does not log in");
    let quoted = Value::from(awkward_secret()).to_string();
    let reader = format!("create role reader login password '{}'", awkward_secret().replace('\'', "''"));
    stack.postgres.sql("postgres", &reader);
    check("vault.yml", "\"temba\"", "\"reader\"", "postgres", "`reader` owns nothing");
    for (port, expect) in [
        (stub(|words| redis_5(words, "-NOAUTH Authentication required.\r\n")), "takes one password"),
        (stub(|words| redis_5(words, "+PONG\r\n")), "asks for no password"),
    ] {
        let here = format!("redis: {{host: 127.0.0.1, port: {}", stack.redis.port);
        check(all, &here, &format!("redis: {{host: 127.0.0.1, port: {port}"), "redis", expect);
    }
    check("vault.yml", &format!("value: {quoted}"), "value: \"drifted\"", "redis", "refuses the password");
    stack.write("root/home/courier/app/environment", "by hand");
    refused(&stack, &["stack", "redis"], "by hand");
    std::fs::remove_file(stack.at("root/home/courier/app/environment")).expect("a file");
    stack.asked();

    // A dry run writes nothing, also not to find out whether it may.
    stack.serve(&["--grant", "Stack"]);
    let before = stack.read("vault.yml");
    stack.check(&["stack", "postgres"], 3, "write");
    assert_eq!((stack.read("vault.yml"), stack.asked()), (before, vec![]));
}
