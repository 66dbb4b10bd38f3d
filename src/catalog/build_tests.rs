//! The catalog's compiler refuses what is wrong, with its line.

use super::build;
use super::service::Service;

const SOUND: &str = "\
service: courier
prefix: COURIER
repository: nyaruka/courier
releases: {first: v1.0.0, last: v9.0.0}
settings:
  COURIER_A:
    help: one thing
    secret: true
    rule: domain
    from: [domain]
    forms:
      - {since: v1.0.0, until: v2.0.0, type: string, default: \"a\"}
      - {since: v2.0.0, until: v3.0.0, type: int, default: 1}
  COURIER_B:
    help: another thing
    forms:
      - {since: v3.0.0, type: bool, default: false, validate: required}
renames:
  - {from: COURIER_A, to: COURIER_B, release: v3.0.0}
removals:
  - {name: COURIER_Z, release: v0.9.0}
";

fn check(yaml: &str, expect: &str) {
    let told = match build::catalog(yaml, Service::Courier) {
        Ok(_) => "sound".to_owned(),
        Err(faults) => {
            faults.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect::<Vec<_>>().join("; ")
        }
    };
    assert!(told.starts_with(expect), "{told} instead of {expect}");
}

#[test]
fn takes_a_sound_catalog() {
    check(SOUND, "sound");
}

#[test]
fn refuses_a_faulty_one() {
    let long = format!("help: {}", "x".repeat(161));
    for (part, fault, expect) in [
        ("help: one thing\n", "help: one thing\n    hepl: x\n", "8: unknown key `hepl`"),
        ("    help: one thing\n", "", "7: `help` is missing"),
        ("help: another thing", "help: one thing", "15: `COURIER_B` has the help of `COURIER_A`"),
        ("help: one thing", long.as_str(), "7: the help of `COURIER_A` has 161 characters"),
        ("rule: domain", "rule: domian", "9: `domian` is no rule"),
        ("    rule: domain\n", "", "9: `from` stands without `rule`"),
        ("rule: domain", "rule: {name: domain, before: v2.0.0}", "9: unknown key `before`"),
        ("secret: true", "secret: maybe", "8: `maybe` is no secret"),
        ("type: int", "type: integer", "13: `integer` is no type"),
        ("type: int, ", "", "13: `type` is missing"),
        ("since: v3.0.0", "since: v3", "17: `v3` is no version"),
        ("{since: v2.0.0", "{since: v1.9.0", "13: the form overlaps"),
        ("until: v3.0.0", "until: v1.5.0", "13: the form ends before it begins"),
        ("until: v3.0.0", "until: v2.9.0", "19: no form of `COURIER_A` ends at v3.0.0"),
        ("to: COURIER_B", "to: COURIER_C", "19: `COURIER_C` is no setting"),
        ("name: COURIER_Z, release: v0.9.0", "name: COURIER_Z, release: v2.0.0", "21: `COURIER_Z` is no setting"),
        ("  COURIER_B:", "  COURIR_B:", "15: `COURIR_B` does not begin with `COURIER_`"),
        ("  COURIER_B:", "  COURIER_A:", "14: `COURIER_A` stands on line 6 already"),
        ("service: courier", "service: django", "1: this is the file of `courier`"),
        ("default: \"a\"", "default: a", "12: put `a` in quotes"),
        ("default: 1}", "default: {value: 1, expr: x}}", "13: a default is one of"),
        ("releases: {first: v1.0.0, last: v9.0.0}", "releases: {first: v1.0.0}", "4: `last` is missing"),
        ("help: one thing", "help: &x one thing", "7: anchors, aliases and tags have no place here"),
        ("settings:", "settings: [", "7: while parsing"),
    ] {
        assert!(SOUND.contains(part), "{part}");
        check(&SOUND.replacen(part, fault, 1), expect);
    }
}

#[test]
fn refuses_trains_out_of_order() {
    let row = |release| format!("  - {{release: {release}, courier: v1.0.0, mailroom: v1.0.0, archiver: v1.0.0}}\n");
    let trains = |first, second| build::trains(&format!("trains:\n{}{}", row(first), row(second)));
    assert!(trains("v1.0.0", "v1.2.0").is_ok());
    assert!(trains("v1.2.0", "v1.0.0").is_err_and(|faults| faults[0].line == 3));
}
