//! Killed anywhere: `strace` ends the real program at one of its calls to the kernel that change something; then somebody
//! goes on, goes back, or is killed in turn. `RPCONF_CRASH_POINTS=all` does so at every such call.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::parts::rotation::Stack;
use crate::parts::units::watched;

/// What leaves the process: to files, names, and the network.
const CALLS: &str = "write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,linkat,mkdir,mkdirat,fchmod,fchown";

const PHASES: [&str; 10] =
    ["stage", "apply", "verify", "promote", "render", "reload", "confirm", "mark", "retire", "finish"];

/// How many points a short run has besides those around each effect.
const BETWEEN: usize = 6;

/// A call: its name, which of that name it is, and what is written when it is a line of the journal.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    nth: usize,
    line: Option<(String, String)>,
}

fn strace(stack: &Stack, words: &[&str], options: &[&str]) -> (ExitStatus, String) {
    let rotate = stack.rotate(words);
    let mut strace = Command::new("strace");
    strace.args(options).arg(rotate.get_program()).args(rotate.get_args()).current_dir(stack.at(""));
    for (name, value) in rotate.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let done = strace.stdin(Stdio::null()).output().expect("strace is missing: run tests/run");
    (done.status, String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

/// All calls of a whole rotation, in their order.
fn calls(stack: &Stack, target: &str) -> Vec<Call> {
    let trace = stack.at("trace").display().to_string();
    let (status, said) =
        strace(stack, &["stack", target], &["-s", "400", "-o", &trace, "-e", &format!("trace={CALLS}")]);
    assert!(status.success(), "{said}");
    let text = stack.read("trace");
    let mut calls: Vec<Call> = vec![];
    for line in text.lines() {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let nth = calls.iter().filter(|call| call.name == name).count() + 1;
        let part = |word: &str| {
            let (_, rest) = rest.split_once(&format!("\\\"{word}\\\":\\\""))?;
            Some(rest.split('\\').next()?.to_string())
        };
        let line = part("ev").zip(part("phase")).filter(|_| rest.contains("\\\"seq\\\""));
        calls.push(Call { name: name.to_string(), nth, line });
    }
    calls
}

/// Where it is killed: around each effect, and some in between; or everywhere.
fn points(calls: &[Call]) -> Vec<Call> {
    let all = std::env::var("RPCONF_CRASH_POINTS").is_ok_and(|text| text == "all");
    let at = |ev: &str, phase: &str| {
        let is_it = |call: &Call| call.line.as_ref().is_some_and(|(e, p)| e == ev && p == phase);
        calls.iter().position(is_it).unwrap_or_else(|| panic!("no {ev} of {phase}"))
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

fn kill(stack: &Stack, words: &[&str], call: &str, nth: usize) -> bool {
    let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
    let (status, said) = strace(stack, words, &["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
    let killed = status.signal() == Some(9) || status.code() == Some(137);
    assert!(killed || status.success(), "{call} {nth}: {status} {said}");
    stack.unlocked();
    killed
}

/// Kills a rotation there, and sees to it that all comes to rest; answers the phase in which it fell.
fn killed_at(stack: &Stack, target: &str, item: &str, point: &Call, number: usize) -> Option<String> {
    let forward = ["stack", target];
    if !kill(stack, &forward, &point.name, point.nth) {
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
    let again = (point.nth * 2 / 3).max(1);
    match number % 4 {
        0 => drop(stack.check(&forward, 0, "rotated")),
        1 => back(stack),
        2 => {
            kill(stack, &forward, &point.name, again);
            stack.check(&forward, 0, "rotated");
        }
        _ => {
            kill(stack, &forward, &point.name, again);
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
