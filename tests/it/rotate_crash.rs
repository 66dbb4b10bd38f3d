//! Killed anywhere: `strace` ends the real program at one of its calls to the kernel that change something; then somebody
//! goes on, goes back, or is killed in turn. `RPCONF_CRASH_POINTS=all` does so at every such call.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::parts::rotation::Stack;
use crate::parts::strace::{self, Call};
use crate::parts::units::watched;

const PHASES: [&str; 10] =
    ["stage", "apply", "verify", "promote", "render", "reload", "confirm", "mark", "retire", "finish"];

/// How many points a short run has besides those around each effect.
const BETWEEN: usize = 6;

/// All calls of a whole rotation, in their order.
fn calls(stack: &Stack, target: &str) -> Vec<Call> {
    strace::calls(&stack.rotate(&["stack", target]), false, &stack.at("trace"))
}

/// What a call writes when it is a line of the journal: the event and the phase.
fn line(call: &Call) -> Option<(&str, &str)> {
    let part = |word: &str| {
        let (_, rest) = call.text.split_once(&format!("\\\"{word}\\\":\\\""))?;
        rest.split('\\').next()
    };
    part("ev").zip(part("phase")).filter(|_| call.text.contains("\\\"seq\\\""))
}

/// Where it is killed: around each effect, and some in between; or everywhere.
fn points(calls: &[Call]) -> Vec<Call> {
    let all = std::env::var("RPCONF_CRASH_POINTS").is_ok_and(|text| text == "all");
    let at = |ev: &str, phase: &str| {
        calls.iter().position(|call| line(call) == Some((ev, phase))).unwrap_or_else(|| panic!("no {ev} of {phase}"))
    };
    let mut chosen: BTreeSet<usize> = BTreeSet::from([at("intent", "stage"), calls.len() - 1]);
    for phase in PHASES {
        // The line is written and synced; then comes the effect.
        let (intent, done) = (at("intent", phase), at("done", phase));
        chosen.extend([(intent + 2).min(done), done]);
    }
    let others: Vec<usize> = (at("intent", "stage")..calls.len()).filter(|at| !chosen.contains(at)).collect();
    let step = if all { 1 } else { others.len().div_ceil(BETWEEN) };
    chosen.extend(others.iter().skip(step / 2).step_by(step));
    chosen.into_iter().map(|at| calls[at].clone()).collect()
}

fn kill(stack: &Stack, words: &[&str], call: &Call) -> bool {
    let killed = call.kill(&stack.rotate(words));
    stack.unlocked();
    killed
}

/// Kills a rotation there, and sees to it that all comes to rest; answers the phase in which it fell.
fn killed_at(stack: &Stack, target: &str, item: &str, point: &Call, number: usize) -> Option<String> {
    let forward = ["stack", target];
    if !kill(stack, &forward, point) {
        stack.at_rest(item);
        return None;
    }
    let last = stack.journal("st", target).pop().expect("a line");
    let phase = last["phase"].as_str().expect("a phase").to_string();
    let back = |stack: &Stack| {
        let told = stack.say(&["rollback", "stack", target]);
        match told.code {
            Some(0) => {}
            _ => {
                told.has(5, "there is no way back");
                stack.check(&forward, 0, "rotated");
            }
        }
    };
    let again = Call { nth: (point.nth * 2 / 3).max(1), ..point.clone() };
    match number % 4 {
        0 => drop(stack.check(&forward, 0, "rotated")),
        1 => back(stack),
        2 => {
            kill(stack, &forward, &again);
            stack.check(&forward, 0, "rotated");
        }
        _ => {
            kill(stack, &forward, &again);
            back(stack);
        }
    }
    stack.at_rest(item);
    Some(phase)
}

fn killed_everywhere(stack: &Stack, target: &str, item: &str) {
    let begun = Instant::now();
    let calls = calls(stack, target);
    let points = points(&calls);
    let (phases, samples) = watched(stack, item, || {
        let mut phases = vec![];
        for (number, point) in points.iter().enumerate() {
            let here = std::panic::AssertUnwindSafe(|| killed_at(stack, target, item, point, number));
            match std::panic::catch_unwind(here) {
                Ok(phase) => phases.extend(phase),
                Err(panic) => {
                    println!("at point {number} of {}: {} {}", points.len(), point.name, point.nth);
                    std::panic::resume_unwind(panic)
                }
            }
        }
        phases
    });
    println!(
        "{target}: killed at {} of {} calls, then gone on with, rolled back, or killed again; all came to rest; the invariant held in {samples} samples; {:.0} s",
        phases.len(),
        calls.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(phases.len() >= 22, "{} points", phases.len());
    for phase in PHASES {
        assert!(phases.iter().any(|hit| hit == phase), "none fell into {phase}: {phases:?}");
    }
    let names = std::fs::read_dir(stack.at("")).expect("a folder");
    let names: Vec<String> = names.map(|entry| entry.expect("a name").file_name().display().to_string()).collect();
    let vaults: Vec<&String> = names.iter().filter(|name| name.contains("vault")).collect();
    assert_eq!(vaults, ["vault.yml"], "a vault was left over");
}

#[test]
fn killed_at_every_checkpoint_postgres_comes_to_rest() {
    let stack = Stack::new().adopted();
    stack.check(&["stack", "postgres"], 0, "rotated");
    killed_everywhere(&stack, "postgres", "Postgres");
}

#[test]
fn killed_at_every_checkpoint_redis_comes_to_rest_by_way_of_a_server() {
    let stack = Stack::new().served(&["--stale-reads", "2"]);
    stack.apply();
    stack.check(&["stack", "redis"], 0, "rotated");
    killed_everywhere(&stack, "redis", "Redis");
}
