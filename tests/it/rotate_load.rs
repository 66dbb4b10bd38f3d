//! Nobody notices: clients log in by what the real program rendered, all the time that it rotates.
//!
//! Each figure is of a few seconds here; `RPCONF_LOAD_SECONDS=60` takes it over a minute.

use std::time::Duration;

use crate::parts::rotation::Stack;
use crate::parts::units::{Counted, Units};

/// Of each of the four services.
const EACH: usize = 8;

fn seconds() -> f64 {
    let asked = std::env::var("RPCONF_LOAD_SECONDS").ok();
    asked.map_or(6.0, |text| text.parse().expect("RPCONF_LOAD_SECONDS is a number"))
}

fn tell(what: &str, rotations: usize, units: Units) -> Counted {
    let (clients, time) = (units.clients(), units.elapsed().as_secs_f64());
    let counted = units.finish();
    println!(
        "{what}: {clients} clients, {time:.0} s, {rotations} rotations, {} logins, {} refused, gap {:.2} s",
        counted.logins,
        counted.refused.len(),
        counted.gap().as_secs_f64()
    );
    counted
}

fn nobody_notices(item: &str, target: &str) {
    let stack = Stack::new().adopted();
    let units = Units::start(&stack, EACH);
    unnoticed(&stack, units, item, &[&["stack", target]]);
}

/// Whole rotations, each of these commands.
fn unnoticed(stack: &Stack, units: Units, item: &str, commands: &[&[&str]]) {
    let (mut rotations, clients) = (0, units.clients());
    while rotations == 0 || units.elapsed() < Duration::from_secs_f64(seconds()) {
        commands.iter().for_each(|words| drop(stack.check(words, 0, "rotated")));
        rotations += 1;
    }
    let counted = tell(item, rotations, units);
    assert!(counted.refused.is_empty(), "{:?}", &counted.refused[..3.min(counted.refused.len())]);
    assert!(counted.logins > clients, "{}", counted.logins);
    stack.at_rest(item);
}

#[test]
fn thirty_two_clients_notice_no_rotation_of_postgres() {
    nobody_notices("Postgres", "postgres");
}

#[test]
fn thirty_two_clients_notice_no_rotation_of_redis() {
    nobody_notices("Redis", "redis");
}

/// Each client puts an object and looks for it. moto answers some hundred requests a second on one core: its clients rest
/// for a second, and so that the refusal of a retired key would be seen, it refuses a disabled one.
#[test]
fn thirty_three_clients_notice_no_rotation_of_an_access_key() {
    let stack = Stack::new().stored();
    stack.apply();
    let units = Units::of(&stack, 11, "s3:", Duration::from_secs(1));
    let finish: &[&str] = &["finish", "stack", "s3", "--disabled-for", "0"];
    unnoticed(&stack, units, "S3", &[&["stack", "s3"], finish]);
}

#[test]
fn in_place_has_a_gap_that_has_to_be_accepted_and_is_measured() {
    let stack = Stack::new();
    stack.apply();
    let in_place = ["stack", "postgres", "--strategy", "in-place"];
    stack.check(&in_place, 3, "accept that by `--accept-gap`");
    let units = Units::start(&stack, EACH);
    let said = stack.check(&[&in_place[..], &["--accept-gap"]].concat(), 0, "logins may have failed for");
    let (_, rest) = said.out.split_once("may have failed for ").expect("the gap");
    let told: u64 = rest.split(' ').next().expect("a number").parse().expect("a number");
    let counted = tell(&format!("in place, {told} ms told"), 1, units);
    assert!(!counted.refused.is_empty(), "a change in place is noticed");
    // A login that was on its way takes its time to be refused.
    assert!(counted.gap() <= Duration::from_millis(told) + Duration::from_secs(2), "{:?}", counted.gap());
    stack.at_rest("Postgres");
}
