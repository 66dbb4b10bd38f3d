//! Rotations of an access key by the real program, at an IAM that refuses a disabled key.

use crate::parts::rotation::{Stack, works};

/// The units that use the store; the indexer does not.
const RESTARTS: [&str; 3] =
    ["restart mailroom.service", "restart courier.service", "restart rapidpro-archiver.service"];

const PUT_OFF: [&str; 4] = ["stack", "s3", "--disabled-for", "1h"];

fn applied() -> Stack {
    let stack = Stack::new().stored();
    stack.apply();
    stack
}

fn id(stack: &Stack) -> String {
    stack.field("S3", "username").expect("an id")
}

#[test]
fn a_key_is_replaced_disabled_and_later_deleted() {
    whole(applied());
}

#[test]
fn a_key_is_replaced_by_way_of_a_server_whose_reads_are_behind() {
    whole(applied().served(&["--stale-reads", "3"]));
}

fn whole(stack: Stack) {
    let (old, secret) = (id(&stack), stack.field("S3", "password").expect("a secret"));
    let before = stack.rendered("courier");
    let dry = stack.check(&["stack", "s3", "--dry-run"], 0, "strategy access-keys  overlap yes");
    assert!(dry.out.contains(&format!("disable access key {old}")) && !dry.out.contains(&secret), "{dry:?}");
    assert_eq!((stack.keys().len(), stack.version("S3"), stack.asked()), (1, 1, vec![]), "a dry run changes nothing");

    stack.check(&PUT_OFF, 0, "the old credential is still to be revoked");
    let new = id(&stack);
    assert_ne!(new, old);
    assert_eq!(stack.asked(), RESTARTS);
    let mut keys = stack.keys();
    keys.sort_by_key(|(id, _)| *id != old);
    assert_eq!(keys, [(old.clone(), false), (new.clone(), true)], "the old one is disabled, and there");
    let rendered = stack.rendered("courier");
    assert!(rendered.iter().all(|url| works(url).is_ok()) && rendered.iter().any(|url| url.contains(&new)));
    assert!(before.iter().any(|url| url.contains(&old) && works(url).is_err()), "the old one is refused");
    stack.check(&["status", "stack"], 0, "`rpconf rotate finish stack s3` deletes it");
    stack.check(&PUT_OFF, 0, "the old credential is still to be revoked");
    stack.check(&["rollback", "stack", "s3"], 5, "there is no way back");
    assert_eq!(stack.keys().len(), 2);

    stack.check(&["finish", "stack", "s3", "--disabled-for", "0"], 0, "rotated, the old credential is revoked");
    stack.at_rest("S3");
    stack.check(&["status", "stack"], 0, "rotated");
    let told = stack.read("st/audit.jsonl") + &stack.read("st/rotations/stack/s3.jsonl");
    assert!(told.contains(&old) && told.contains(&new), "ids are no secrets");
    for secret in [secret, stack.field("S3", "password").expect("a secret")] {
        assert!(!told.contains(&secret), "{told}");
    }
}

#[test]
fn a_key_that_was_handed_out_can_be_taken_back_until_the_old_one_is_disabled() {
    let stack = applied();
    let old = id(&stack);
    stack.check(&["stack", "s3", "--retire-after", "1h"], 0, "still to be revoked");
    assert_eq!(stack.keys().iter().filter(|(_, active)| *active).count(), 2);
    assert_ne!(id(&stack), old);
    stack.check(&["rollback", "stack", "s3"], 0, "rolled back");
    assert_eq!(id(&stack), old);
    stack.at_rest("S3");
}

/// Nothing is changed: neither keys nor the vault nor a file.
fn refused(stack: &Stack, expect: &str) {
    let seen = || (stack.keys(), stack.read("vault.yml"), stack.rendered("courier"));
    let before = seen();
    stack.check(&["stack", "s3"], 3, expect);
    stack.check(&["stack", "s3", "--dry-run"], 3, expect);
    assert_eq!((seen(), stack.asked()), (before, vec![]), "{expect}");
}

#[test]
fn a_key_that_cannot_be_rotated_is_refused_before_anything_is_changed() {
    let stack = applied();
    let (document, vault) = (stack.read("env/stack.yml"), stack.read("vault.yml"));
    let check = |file: &str, from: &str, to: &str, expect: &str| {
        stack.edit(file, from, to);
        refused(&stack, expect);
        stack.write("env/stack.yml", &document);
        stack.write("vault.yml", &vault);
    };
    let admin = stack.field("S3 admin", "username").expect("an id");
    let secret = stack.field("S3 admin", "password").expect("a secret");
    let quoted = serde_json::Value::from(secret).to_string();
    check("vault.yml", &quoted, "\"wrong\"", &format!("AWS refuses access key {admin}"));
    check("vault.yml", &admin, "AKIAGONE", "AWS refuses access key AKIAGONE");
    check("vault.yml", &id(&stack), "AKIADRIFTED", "write a key that works into the vault item");
    check("env/stack.yml", "S3 admin/", "S3/", "belong to one user");
    let (_, rest) = document.split_once("    admin: {access_key_id").expect("an admin");
    let line = format!("    admin: {{access_key_id{}\n", rest.lines().next().expect("a line"));
    check("env/stack.yml", &line, "", "nobody who may change access keys");
    check("env/stack.yml", "attachments: media", "attachments: absent", "no bucket absent");

    stack.moto().unguard();
    let second = stack.moto().key("rapidpro");
    stack.moto().guard();
    refused(&stack, &format!("access key {} is active", second.user.as_deref().expect("an id")));
    refused(&stack, "a user has two at most");
}

#[test]
fn no_key_is_made_that_the_vault_could_not_keep() {
    let mut stack = applied();
    stack.serve(&["--grant", "Stack"]);
    let (keys, vault) = (stack.keys(), stack.read("vault.yml"));
    stack.check(&["stack", "s3"], 3, "may not");
    assert_eq!((stack.keys(), stack.read("vault.yml"), stack.asked()), (keys, vault, vec![]));
}
