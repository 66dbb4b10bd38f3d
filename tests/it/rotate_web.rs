//! Rotations of what Django and its services share, by the real program: Django's key, and tokens of both sides.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::parts::rotation::{Said, Stack};
use crate::parts::web::told;

const RESTARTS: [&str; 3] =
    ["restart django.service", "restart celery-django.service", "restart celerybeat-django.service"];

fn signing(stack: &Stack, release: &str, settings: &str, signed: &[&str]) -> (String, Vec<bool>) {
    let found = stack.django(release, settings, "django_signing.py", signed);
    let taken = found["taken"].as_array().expect("answers").iter().map(|it| *it == Value::Bool(true)).collect();
    (found["signed"].as_str().expect("a text").to_string(), taken)
}

fn applied(release: &str) -> Stack {
    let stack = Stack::web(release);
    stack.apply();
    stack
}

fn apply(stack: &Stack) -> Said {
    let mut apply = stack.rpconf(&["apply", "stack", "--host", "worker", "--root"]);
    crate::parts::rotation::said(apply.arg(stack.at("root")).output().expect("rpconf"))
}

#[test]
fn what_was_signed_by_the_old_key_is_read_until_it_is_retired() {
    let stack = applied("9.2");
    let before = stack.settings();
    let (old, _) = signing(&stack, "9.2", &before, &[]);
    let dry = stack.check(&["stack", "secret_key", "--dry-run"], 0, "strategy fallbacks");
    assert!(!dry.out.contains("FAKE-Django"), "{dry:?}");

    // A timer renders between the first render and the second: the key that is to come is kept.
    stack.write("fails-celery-django", "");
    stack.check(&["stack", "secret_key"], 5, "celery-django");
    assert_eq!(stack.open("Django").as_deref(), Some("STAGED"));
    assert_eq!(stack.asked(), RESTARTS[..2]);
    let first = stack.settings();
    assert_ne!(first, before);
    std::fs::remove_file(stack.at("fails-celery-django")).expect("the fault");
    apply(&stack).has(0, "3 files unchanged");
    assert_eq!(stack.settings(), first, "an ordinary apply changes nothing");
    stack.asked();
    let (by_first, taken) = signing(&stack, "9.2", &first, &[&old]);
    assert_eq!(taken, [true]);

    stack.check(&["stack", "secret_key"], 0, "still to be revoked");
    let second = stack.settings();
    assert_eq!(stack.open("Django").as_deref(), Some("PROMOTED"));
    let (new, taken) = signing(&stack, "9.2", &second, &[&old, &by_first]);
    assert_eq!(taken, [true, true]);
    assert_eq!(
        signing(&stack, "9.2", &first, &[&new]).1,
        [true],
        "a process that is restarted last reads what the first sign"
    );
    assert_eq!(signing(&stack, "9.2", &before, &[&new]).1, [false], "and why it has to be told before");
    apply(&stack).has(0, "3 files unchanged");
    assert_eq!(stack.settings(), second);

    stack.check(&["finish", "stack", "secret_key"], 0, "rotated, the old credential is revoked");
    let third = stack.settings();
    assert_eq!(signing(&stack, "9.2", &third, &[&old, &by_first, &new]).1, [false, false, true]);
    assert!(third.contains("SECRET_KEY_FALLBACKS = []") && stack.open("Django").is_none(), "{third}");
    let told = stack.read("st/audit.jsonl") + &stack.read("st/rotations/stack/secret_key.jsonl");
    assert!(!told.contains("FAKE-Django") && !told.contains(&stack.field("Django", "password").expect("a key")));
}

#[test]
fn the_old_key_signs_again_after_a_way_back() {
    let stack = applied("9.2");
    let (old, _) = signing(&stack, "9.2", &stack.settings(), &[]);
    stack.check(&["stack", "secret_key"], 0, "still to be revoked");
    let (new, _) = signing(&stack, "9.2", &stack.settings(), &[]);
    stack.check(&["rollback", "stack", "secret_key"], 0, "rolled back");
    assert_eq!(signing(&stack, "9.2", &stack.settings(), &[&old, &new]).1, [true, false]);
    assert_eq!(stack.field("Django", "password").as_deref(), Some("FAKE-Django"));
}

#[test]
fn an_older_django_switches_once_and_that_has_to_be_accepted() {
    let stack = applied("5.2");
    let before = stack.settings();
    let (old, _) = signing(&stack, "5.2", &before, &[]);
    for words in [&["stack", "secret_key"][..], &["stack", "secret_key", "--dry-run"]] {
        stack.check(words, 3, "every login session ends");
    }
    assert_eq!((stack.settings(), stack.open("Django"), stack.asked()), (before, None, vec![]));
    stack.check(&["stack", "secret_key", "--accept-gap"], 0, "rotated");
    assert_eq!(stack.asked(), RESTARTS);
    let (new, taken) = signing(&stack, "5.2", &stack.settings(), &[&old]);
    assert_eq!((taken, signing(&stack, "5.2", &stack.settings(), &[&new]).1), (vec![false], vec![true]));
    assert!(!stack.settings().contains("FALLBACKS"));
}

/// Runs a rotation while the other side calls; answers what it said, and when calls were refused.
fn called(stack: &Stack, service: &str, other: &str, name: &str) -> (Said, Vec<Instant>) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let mut refused = vec![];
            while !stop.load(Ordering::Relaxed) {
                if !stack.takes(service, other, name) {
                    refused.push(Instant::now());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            refused
        });
        let said = stack.say(&["stack", service, "--accept-gap"]);
        stop.store(true, Ordering::Relaxed);
        (said, caller.join().expect("a caller"))
    })
}

/// A token that both sides have: its item, the service that compares it, and the unit and the setting of the other side.
fn both_sides(item: &str, service: &str, other: &str, name: &str, restarts: &[&str]) {
    let stack = applied("9.2");
    let own = format!("{}_AUTH_TOKEN", service.to_uppercase());
    let files = || {
        let other = match other {
            "django" => told(&stack.settings(), name),
            other => told(&stack.read(&format!("root/home/{other}/app/environment")), name),
        };
        [told(&stack.read(&format!("root/home/{service}/app/environment")), &own), other]
    };
    let old = format!("FAKE-{item}");
    assert_eq!(files(), [Some(old.clone()), Some(old.clone())]);
    for words in [&["stack", service][..], &["stack", service, "--dry-run"]] {
        stack.check(words, 3, "accept that by `--accept-gap`");
    }
    assert_eq!((stack.field(item, "password"), stack.asked()), (Some(old.clone()), vec![]), "nothing is changed");

    stack.write("slow", "0.3");
    let (said, refused) = called(&stack, service, other, name);
    said.has(0, "the old credential is revoked; logins may have failed for ");
    let new = stack.field(item, "password").expect("a token");
    assert_eq!(files(), [Some(new.clone()), Some(new.clone())]);
    assert_eq!(stack.asked(), restarts);
    assert!(stack.takes(service, other, name) && stack.open(item).is_none());
    let (_, rest) = said.out.split_once("may have failed for ").expect("the gap");
    let told = Duration::from_millis(rest.split(' ').next().expect("a number").parse().expect("a number"));
    let gap = *refused.last().expect("a refusal") - *refused.first().expect("a refusal");
    let (count, millis) = (refused.len(), [gap, told].map(|it| it.as_millis()));
    println!("{service}: {count} calls refused over {} ms, {} ms told", millis[0], millis[1]);
    assert!(gap <= told && told >= Duration::from_millis(300) * restarts.len() as u32, "{gap:?}, {told:?} told");
    let told = stack.read("st/audit.jsonl");
    assert!(told.contains("\"gap_ms\":") && !told.contains(&old) && !told.contains(&new), "{told}");
}

#[test]
fn mailrooms_token_changes_on_both_sides() {
    let restarts = [&["restart mailroom.service"], &RESTARTS[..]].concat();
    both_sides("Mailroom", "mailroom", "django", "MAILROOM_AUTH_TOKEN", &restarts);
}

#[test]
fn couriers_token_changes_on_both_sides() {
    let restarts = ["restart mailroom.service", "restart courier.service"];
    both_sides("Courier", "courier", "mailroom", "MAILROOM_COURIER_AUTH_TOKEN", &restarts);
}

#[test]
fn a_service_that_takes_another_token_is_found_before_anything_is_changed() {
    let stack = applied("9.2");
    let vault = stack.read("vault.yml");
    let check = |value: &str, expect: &str| {
        stack.edit("vault.yml", "\"FAKE-Mailroom\"", value);
        let before = stack.read("vault.yml");
        stack.check(&["stack", "mailroom", "--accept-gap"], 3, expect);
        assert_eq!((stack.read("vault.yml"), stack.asked()), (before, vec![]));
        stack.write("vault.yml", &vault);
    };
    check("\"drifted\"", "refuses the token in the vault");
    check("\"\"", "the field `password` is empty");
}
