//! `rpconf apply` of six services, killed or refused by `strace` at the calls by which it changes the disk, and at each hook:
//! all is old or new, no unit is forgotten, and nothing is left over. A run of the tests strikes at some of these points,
//! `RPCONF_CRASH_POINTS=all` at every one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::apply::World;
use crate::parts::strace::{self, Call};

/// Each file, and the units that read it.
const FILES: [(&str, &[&str]); 6] = [
    ("home/mailroom/app/environment", &["mailroom.service"]),
    ("home/courier/app/environment", &["courier.service"]),
    ("home/django/app/temba/settings.py", &["django.service", "celery-django.service", "celerybeat-django.service"]),
    ("home/rapidpro-indexer/app/environment", &["rapidpro-indexer.service"]),
    ("home/rapidpro-archiver/app/environment", &["rapidpro-archiver.service"]),
    ("etc/nginx/conf.d/rapidpro-upstreams.conf", &["nginx.service"]),
];

const HOOKS: usize = 8;

/// What a file is: its bytes, mode and owner.
type Look = (Vec<u8>, u32, u32, u32);

/// A host on which everything runs: as it was, as it is struck, and a copy of what that left.
struct Host {
    world: World,
    before: Vec<Option<Look>>,
    after: Vec<Option<Look>>,
    /// All that may be there.
    names: BTreeSet<PathBuf>,
}

impl Host {
    /// Before its first application, or with an older one of which every file will change.
    fn new(applied: bool) -> Self {
        // In memory all calls are the first thread's, one after another: what is slow to sync is synced in several.
        let world = World::in_folder(tempfile::tempdir_in("/dev/shm").expect("a folder in memory"));
        world.everything_on_one_host();
        world.systemctl(&hook(""));
        fs::create_dir(world.at("root/running")).expect("a folder");
        let mut host = Self { world, before: vec![], after: vec![], names: BTreeSet::new() };
        if applied {
            host.done("root");
        }
        fs::rename(host.world.at("root"), host.world.at("old")).expect("a rename");
        host.world.edit("env/demo.vault.yml", "FAKE p@ss", "FAKE other");
        host.world.edit("env/demo.yml", "port: 8005", "port: 8006");
        host.begin();
        host.before = host.look("root");
        host.names = names(&host.world.at("root"));
        host.done("root");
        host.after = host.look("root");
        assert!(host.before.iter().zip(&host.after).all(|(before, after)| before != after), "every file changes");
        host.names.append(&mut names(&host.world.at("root")));
        host.names.insert("var/lib/rpconf/demo/pending.json".into());
        host
    }

    fn command(&self, root: &str, words: &[&str]) -> Command {
        let mut command = self.world.plain_command(words);
        let root = self.world.at(root);
        // A hook is told nothing but this: it is how it knows which host is its own.
        command.arg("--root").arg(&root).env("HOME", &root).stdin(Stdio::null());
        command
    }

    fn apply(&self) -> Command {
        self.command("root", &["apply", "demo"])
    }

    /// The host as it was.
    fn begin(&self) {
        self.copy("old", "root");
    }

    fn copy(&self, from: &str, to: &str) {
        let to = self.world.at(to);
        let _ = fs::remove_dir_all(&to);
        let copied = Command::new("cp").arg("-a").arg(self.world.at(from)).arg(to).status().expect("cp");
        assert!(copied.success());
    }

    fn look(&self, root: &str) -> Vec<Option<Look>> {
        let root = self.world.at(root);
        let look = |path: &str| {
            let look = fs::metadata(root.join(path)).ok()?;
            Some((fs::read(root.join(path)).ok()?, look.mode(), look.uid(), look.gid()))
        };
        FILES.iter().map(|(path, _)| look(path)).collect()
    }

    /// All is old or all is new, and nothing else is there.
    fn settled(&self, root: &str) -> bool {
        let now = self.look(root);
        assert!(now == self.before || now == self.after, "mixed: {now:#?}");
        let strange: Vec<PathBuf> = names(&self.world.at(root)).difference(&self.names).cloned().collect();
        assert!(strange.is_empty(), "left over: {strange:?}");
        now == self.after
    }

    fn recover(&self, root: &str) {
        said(&mut self.command(root, &["recover", "demo"]), 0);
        self.settled(root);
    }

    /// The next application: all is new, and each unit started by its file as it is now.
    fn done(&self, root: &str) {
        said(&mut self.command(root, &["apply", "demo"]), 0);
        assert!(self.after.is_empty() || self.settled(root), "old files stand after an application");
        self.followed(root);
        assert!(!self.world.at(root).join("var/lib/rpconf/demo/pending.json").exists());
    }

    /// Each unit was started by its file as it is now.
    fn followed(&self, root: &str) {
        for (path, units) in FILES {
            let file = fs::read(self.world.at(root).join(path)).expect("a file");
            for unit in units {
                let read = fs::read(self.world.at(root).join("running").join(unit)).unwrap_or_default();
                assert!(read == file, "{unit} was forgotten");
            }
        }
    }

    /// What a run that was cut off left: undone alone, and on a copy by the next application.
    fn left(&self) {
        self.copy("root", "copy");
        self.recover("root");
        self.done("copy");
    }
}

/// A unit that starts takes what it reads; before that, something else may happen.
fn hook(first: &str) -> String {
    let mut cases = String::new();
    for (path, units) in FILES {
        cases += &format!("{}) cp \"$HOME/{path}\" \"$HOME/running/$2\";;\n", units.join("|"));
    }
    format!("cd /\n{first}\ncase \"$2\" in\n{cases}esac")
}

/// Every name below a folder.
fn names(root: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_type().expect("a look").is_dir() && !entry.path().ends_with("running") {
                open.push(entry.path());
            }
            found.insert(entry.path().strip_prefix(root).expect("below").to_path_buf());
        }
    }
    found
}

fn said(command: &mut Command, code: i32) -> String {
    let output = command.output().expect("rpconf");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// Each such call, or one of so many.
fn some(calls: &[Call], step: usize) -> Vec<Call> {
    let all = std::env::var("RPCONF_CRASH_POINTS").is_ok_and(|text| text == "all");
    calls.iter().skip(if all { 0 } else { step / 2 }).step_by(if all { 1 } else { step }).cloned().collect()
}

/// Does something at each point, and says at which one it failed.
fn at_each(points: &[Call], act: impl Fn(&Call)) -> usize {
    for point in points {
        let act = std::panic::AssertUnwindSafe(|| act(point));
        if let Err(panic) = std::panic::catch_unwind(act) {
            println!("at {} {}: {}", point.name, point.nth, point.text);
            std::panic::resume_unwind(panic)
        }
    }
    points.len()
}

fn calls(host: &Host) -> Vec<Call> {
    host.begin();
    strace::calls(&host.apply(), true, &host.world.at("trace"))
}

#[test]
fn killed_at_any_call_all_is_old_or_new_and_no_unit_is_forgotten() {
    let begun = Instant::now();
    for (applied, step) in [(true, 3), (false, 6)] {
        let host = Host::new(applied);
        let calls = calls(&host);
        for name in ["write", "fsync", "rename", "unlink", "fchmod", if applied { "link" } else { "mkdir" }, "clone"] {
            assert!(calls.iter().any(|call| call.name.starts_with(name)), "no {name} among {calls:#?}");
        }
        let points = at_each(&some(&calls, step), |point| {
            host.begin();
            assert!(point.kill(&host.apply()), "it was not killed");
            host.left();
        });
        println!(
            "killed at {points} of {} calls of an apply that {} six files, then recovered or applied again; all settled; {:.0} s",
            calls.len(),
            if applied { "changes" } else { "makes" },
            begun.elapsed().as_secs_f64()
        );
        assert!(points >= 15, "{points} points");
    }
}

#[test]
fn killed_while_any_unit_starts_none_is_forgotten() {
    let host = Host::new(true);
    for at in 1..=HOOKS {
        host.begin();
        host.world.systemctl(&hook(&format!(
            "echo . >> \"$HOME/running/count\"\n[ $(wc -l < \"$HOME/running/count\") -ne {at} ] || {{ kill -9 $PPID; exit; }}"
        )));
        let status = host.apply().output().expect("rpconf").status;
        assert_eq!(status.code(), None, "it is killed");
        assert!(host.settled("root"), "every file is new before the first unit starts");
        host.world.systemctl(&hook(""));
        host.left();
    }
    println!("killed by each of {HOOKS} hooks, then recovered or applied again; all settled");
}

/// What may be said of a failed call.
const CAUSES: [&str; 8] = [
    "the disk is full",
    "permission denied",
    "the disk failed",
    "No space left on device",
    "Permission denied",
    "Input/output error",
    "os error",
    "cannot be started",
];

/// The answer to a call that failed: what the codes of `rpconf --help` promise.
fn judge(host: &Host, (status, said): &(ExitStatus, String), call: &Call) {
    let is_new = host.look("root") == host.after;
    let cause = || assert!(CAUSES.iter().any(|cause| said.contains(cause)), "no cause: {said}");
    match status.code() {
        // The work was done another way, or what failed was of no weight.
        Some(0) => {
            assert!(is_new, "{said}");
            host.followed("root");
        }
        // Units can fail only after the files stand.
        Some(3) => {
            assert!(is_new && call.name != "openat", "{said}");
            assert!(said.contains("the files stand"), "{said}");
            cause();
        }
        Some(4) => {
            assert!(said.contains("error: "), "{said}");
            if is_new {
                // Only what is told and the list of units come after them.
                assert!(["the files stand", "standard output"].iter().any(|words| said.contains(words)), "{said}");
                host.followed("root");
            }
            cause();
        }
        _ => panic!("{status}: {said}"),
    }
}

#[test]
fn refused_at_any_call_all_is_old_or_new_and_the_cause_is_told() {
    let begun = Instant::now();
    let mut points = 0;
    for (applied, step) in [(true, 12), (false, 16)] {
        let host = Host::new(applied);
        let calls = calls(&host);
        for (error, shift) in [("ENOSPC", 0), ("EACCES", 2), ("EIO", 4)] {
            points += at_each(&some(&calls[shift..], step), |point| {
                host.begin();
                let answer = point.fail(&host.apply(), error, false);
                judge(&host, &answer, point);
                // What one failed call could not clean up, the next run does.
                let now = host.look("root");
                assert!(now == host.before || now == host.after, "mixed: {}", answer.1);
                host.done("root");
            });
        }
        // A disk that goes on failing may hinder the way back too: then it is said, and the next run goes it. What is told
        // is written by the same call as files are.
        let calls: Vec<Call> = calls.into_iter().filter(|call| call.name != "write").collect();
        points += at_each(&some(&calls, step), |point| {
            host.begin();
            let answer = point.fail(&host.apply(), "EIO", true);
            let stuck = answer.1.contains("not every old file could be put back");
            let now = host.look("root");
            assert!(stuck || now == host.before || now == host.after, "mixed: {}", answer.1);
            if !stuck {
                judge(&host, &answer, point);
            }
            host.left();
        });
    }
    println!(
        "a call refused at {points} points by ENOSPC, EACCES or EIO, once or on and on; all settled; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert!(points >= 45, "{points} points");
}
