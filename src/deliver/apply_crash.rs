//! Applications and rollbacks broken at every operation, as [`crash`](super::crash) breaks deliveries: all old or all new,
//! owners and modes too, with the generation that says so; and every unit whose file changed has followed in the end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

use super::faulty::{CUTS, Cut, Fault, FaultyDisk};
use super::*;
use crate::model::{Action, Reaction};

/// Everyone is known, by a number that follows from the name.
pub(super) struct Everyone;

impl Users for Everyone {
    fn user(&self, name: &str) -> io::Result<Option<u32>> {
        Ok(Some(1000 + name.len() as u32))
    }

    fn group(&self, name: &str) -> io::Result<Option<u32>> {
        self.user(name)
    }
}

/// Units that remember that they followed.
#[derive(Default)]
struct Followers(RefCell<Vec<String>>);

impl Units for Followers {
    fn act(&self, reaction: &Reaction) -> Result<(), String> {
        self.0.borrow_mut().push(reaction.unit.clone());
        Ok(())
    }

    fn healthy(&self, _: &[String]) -> Result<(), String> {
        Ok(())
    }

    fn started(&self, _: &str) -> Option<i64> {
        None
    }
}

pub(super) fn host(disk: &dyn Disk) -> Host<'_> {
    Host { disk, environment: "production", users: &Everyone, me: 0, owners: true }
}

pub(super) fn file(service: &str, content: &str) -> HostFile {
    HostFile {
        name: service.into(),
        path: format!("/home/{service}/app/environment"),
        content: Secret::new(content.as_bytes().to_vec()),
        owner: service.into(),
        group: service.into(),
        mode: 0o640,
        reactions: vec![Reaction { unit: format!("{service}.service"), action: Action::Restart, health: vec![] }],
        format: None,
        secrets: vec![],
    }
}

/// What is seen from outside: mode, owner and bytes of every file but the list of what still has to follow.
type Seen = BTreeMap<PathBuf, (u32, (u32, u32), Vec<u8>)>;

fn seen(disk: &FaultyDisk) -> Seen {
    let files = disk.view().into_iter().filter_map(|(path, (mode, bytes))| Some((path, mode, bytes?)));
    let files = files.filter(|(path, ..)| !path.ends_with("pending.json"));
    files.map(|(path, mode, bytes)| (path.clone(), (mode, disk.look(&path).unwrap().unwrap().owner, bytes))).collect()
}

struct Story {
    old: FaultyDisk,
    files: Vec<HostFile>,
    restored: Option<u64>,
    /// Units that must have followed.
    units: Vec<String>,
    before: Seen,
    after: Seen,
}

impl Story {
    fn new(old: FaultyDisk, files: Vec<HostFile>, restored: Option<u64>) -> Self {
        let (disk, units) = (old.healed(), Followers::default());
        run(&disk, &files, restored, &units).unwrap();
        let (before, after) = (seen(&old), seen(&disk));
        assert_ne!(before, after);
        Self { old, files, restored, units: units.0.into_inner(), before, after }
    }

    fn run(&self, disk: &FaultyDisk, units: &Followers) -> Result<(), DeliverError> {
        run(disk, &self.files, self.restored, units)
    }

    /// All old or all new, and nothing left over. Says whether it is the new.
    fn settled(&self, disk: &FaultyDisk, point: &str) -> bool {
        let now = seen(disk);
        assert!(now == self.before || now == self.after, "mixed at {point}: {:#?}", now.keys());
        now == self.after
    }

    /// After one more run, all is new and everyone has followed, be it before the crash or now.
    fn finishes(&self, disk: &FaultyDisk, units: &Followers, point: &str) {
        self.run(disk, units).unwrap_or_else(|error| panic!("{point}: {error}"));
        assert_eq!(seen(disk), self.after, "{point}");
        let followed = units.0.borrow();
        assert!(self.units.iter().all(|unit| followed.contains(unit)), "{point}: only {followed:?} followed");
        assert!(disk.look(&host(disk).state().join("pending.json")).unwrap().is_none(), "{point}");
    }
}

fn run(disk: &FaultyDisk, files: &[HostFile], restored: Option<u64>, units: &Followers) -> Result<(), DeliverError> {
    let host = host(disk);
    recover(&host.place())?;
    let record = Record { host: "worker", time: 7, restored, keep: 1, hooks: true };
    let installed = install(prepare(files, false, &host)?, &record, &host, "x1y2")?;
    follow(&installed, units, &host, "x1y2").recorded
}

/// A first application; one with a new, a changed, a loosened and a stale file that removes a generation; the same where
/// the file system has no links; a rollback.
fn stories() -> Vec<Story> {
    let empty = || {
        let services = ["courier", "mailroom", "archiver", "indexer"];
        let kept: Vec<String> = services.iter().map(|service| format!("home/{service}/app/program")).collect();
        let files: Vec<(&str, u32, &str)> = kept.iter().map(|path| (path.as_str(), 0o755, "program")).collect();
        FaultyDisk::new(&files)
    };
    let applied = |disk: FaultyDisk, files: &[HostFile]| {
        run(&disk, files, None, &Followers::default()).unwrap();
        disk.reboot(Cut::Everything)
    };
    let first = || vec![file("courier", "old"), file("mailroom", "same"), file("indexer", "stale")];
    let second = || {
        let loosened = HostFile { mode: 0o600, ..file("mailroom", "same") };
        vec![loosened, file("courier", "new"), file("archiver", "new")]
    };
    vec![
        Story::new(empty(), first(), None),
        Story::new(applied(applied(empty(), &[file("courier", "older")]), &first()), second(), None),
        Story::new(applied(empty().without_links(), &first()), second(), None),
        Story::new(applied(applied(empty(), &first()), &second()), first(), Some(1)),
    ]
}

#[test]
fn an_error_at_any_operation_leaves_all_old_or_all_new() {
    let mut points = 0;
    for (number, story) in stories().iter().enumerate() {
        for at in 1.. {
            let errno = [Errno::NOSPC, Errno::IO, Errno::ROFS][at % 3];
            for fault in [Fault::Once(errno), Fault::ForGood(errno)] {
                let (disk, units) = (story.old.failing(at, fault), Followers::default());
                let result = story.run(&disk, &units);
                let point = format!("story {number}, {fault:?} at {at}: {result:?}");
                let disk = disk.healed();
                recover(&host(&disk).place()).unwrap();
                assert!(story.settled(&disk, &point) || result.is_err(), "{point}");
                story.finishes(&disk, &units, &point);
                points += 1;
            }
            if !story.old.failing(at, Fault::Once(errno)).reaches(|disk| drop(story.run(disk, &Followers::default()))) {
                break;
            }
        }
    }
    println!("{points} points of an application broken by an error, and all settled");
    assert!(points > 300, "{points}");
}

#[test]
fn a_power_cut_at_any_operation_is_recovered_from_even_after_a_second_one() {
    let mut points = 0;
    for (number, story) in stories().iter().enumerate() {
        for (at, cut) in (1..).flat_map(|at| CUTS.map(|cut| (at, cut))) {
            let (running, units) = (story.old.failing(at, Fault::PowerCut), Followers::default());
            let result = story.run(&running, &units);
            let rebooted = running.reboot(cut);
            // A second cut at one operation of the recovery, another one for each first cut.
            let again = 1 + at * 7 % 23;
            let recovering = rebooted.failing(again, Fault::PowerCut);
            let first = recover(&host(&recovering).place());
            let disk = if first.is_ok() { recovering.healed() } else { recovering.reboot(CUTS[again % CUTS.len()]) };
            recover(&host(&disk).place()).unwrap();
            let point = format!("story {number}, cut at {at} {cut:?}, again at {again}: {result:?}, {first:?}");
            assert!(story.settled(&disk, &point) || result.is_err(), "{point}");
            story.finishes(&disk, &units, &point);
            points += 1;
            if !running.hit() {
                break;
            }
        }
    }
    println!("{points} power cuts in an application, and all settled");
    assert!(points > 1000, "{points}");
}

#[test]
fn six_files_are_synced_once_each() {
    let services = ["mailroom", "courier", "django", "indexer", "archiver", "nginx"];
    let kept: Vec<String> = services.iter().map(|service| format!("home/{service}/app/program")).collect();
    let disk = FaultyDisk::new(&kept.iter().map(|path| (path.as_str(), 0o755, "")).collect::<Vec<_>>());
    let files = |content: &str| services.map(|service| file(service, content));
    run(&disk, &files("old"), None, &Followers::default()).unwrap();
    let disk = disk.healed();
    run(&disk, &files("new"), None, &Followers::default()).unwrap();
    // The files, the generation, what has to follow, the journal; the files' folders once, the state's three times.
    assert_eq!(disk.syncs(), (6 + 1 + 1 + 1, 6 + 3));
    let disk = disk.healed();
    run(&disk, &files("new"), None, &Followers::default()).unwrap();
    assert_eq!((disk.syncs(), disk.operations()), ((0, 0), 0), "six unchanged files write nothing");
}

#[test]
fn a_clock_that_jumps_back_changes_no_order() {
    let disk = FaultyDisk::new(&[("home/courier/app/program", 0o755, "")]);
    let host = host(&disk);
    for (time, content) in [(900, "first"), (100, "second"), (500, "third")] {
        let files = [file("courier", content)];
        let record = Record { host: "worker", time, restored: None, keep: 5, hooks: false };
        install(prepare(&files, false, &host).unwrap(), &record, &host, "x1").unwrap();
    }
    let now = current(&host).unwrap().unwrap();
    assert_eq!((now.number, now.time, before(&host, &now).unwrap()), (3, 500, Some(2)));
}
