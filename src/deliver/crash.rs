//! A delivery broken at every operation: by an error, by a disk that stays broken, by a power cut, by a second power cut
//! while the first is recovered from. Each must end with all files old or all new, and nothing left over.

use std::collections::BTreeMap;
use std::path::Path;

use rustix::io::Errno;

use super::faulty::{CUTS, Fault, FaultyDisk, View};
use super::*;

const FOLDER: &str = "build/production";

struct Story {
    old: FaultyDisk,
    outputs: Vec<Output>,
    new: View,
}

impl Story {
    fn new(old: FaultyDisk, outputs: &[(&str, &str)]) -> Self {
        let output = |(path, bytes): &(&str, &str)| Output {
            path: path.into(),
            content: Secret::new(bytes.as_bytes().to_vec()),
        };
        let outputs: Vec<Output> = outputs.iter().map(output).collect();
        let disk = old.healed();
        run(&disk, &outputs).unwrap();
        let new = disk.view();
        for output in &outputs {
            let file = new.get(&Path::new(FOLDER).join(&output.path));
            assert_eq!(file, Some(&(0o600, Some(output.content.expose().clone()))), "{:?}", output.path);
        }
        Self { old, outputs, new }
    }

    /// All old or all new, and nothing else, no file looser than it was. Says whether it is the new.
    fn settled(&self, disk: &FaultyDisk, point: &str) -> bool {
        let (now, old) = (disk.view(), self.old.view());
        for (path, (mode, _)) in now.iter().filter(|(_, (_, bytes))| bytes.is_some()) {
            assert!(
                *mode == 0o600 || old.get(path).is_some_and(|(old, _)| old == mode),
                "{path:?} loosened at {point}"
            );
        }
        let (now, old, new) = (bytes(&now), bytes(&old), bytes(&self.new));
        assert!(now == old || now == new, "mixed at {point}: {:#?}", now.keys());
        now == new
    }

    /// Exactly the new, modes included.
    fn finished(&self, disk: &FaultyDisk) -> bool {
        let only_files = |view: View| -> View { view.into_iter().filter(|(_, (_, bytes))| bytes.is_some()).collect() };
        only_files(disk.view()) == only_files(self.new.clone())
    }
}

/// Every file's bytes. Folders count by what is in them: a stale file or a delivery that came to nothing may leave one empty.
fn bytes(view: &View) -> BTreeMap<&Path, &[u8]> {
    view.iter().filter_map(|(path, (_, bytes))| Some((path.as_path(), bytes.as_deref()?))).collect()
}

fn run(disk: &FaultyDisk, outputs: &[Output]) -> Result<Report, DeliverError> {
    deliver(outputs, &Place::folder(disk, Path::new(FOLDER)), "x1y2")
}

fn heal(disk: &FaultyDisk) -> Result<bool, DeliverError> {
    recover(&Place::folder(disk, Path::new(FOLDER)))
}

fn stories() -> Vec<Story> {
    let manifest = |files: &[&str]| {
        let files: Vec<_> = files.iter().map(|path| serde_json::json!({ "path": path })).collect();
        serde_json::json!({"version": 1, "environment": "production", "files": files}).to_string()
    };
    let before = manifest(&["web/django/settings.py", "web/kept", "worker/courier/environment", "worker/loose"]);
    let after = manifest(&["web/django/settings.py", "web/kept", "mail/room/environment", "worker/loose"]);
    let standing = [
        ("build/production/web/django/settings.py", 0o600, "old settings"),
        ("build/production/web/kept", 0o600, "kept"),
        ("build/production/worker/courier/environment", 0o600, "stale"),
        ("build/production/worker/loose", 0o644, "loose"),
        ("build/production/worker/theirs", 0o644, "not in any manifest"),
        ("build/production/manifest.json", 0o600, &before),
    ];
    let outputs = [
        ("web/django/settings.py", "new settings"),
        ("web/kept", "kept"),
        ("mail/room/environment", "new file"),
        ("worker/loose", "loose"),
        ("manifest.json", &after),
    ];
    vec![
        Story::new(FaultyDisk::new(&standing), &outputs),
        Story::new(FaultyDisk::new(&standing).without_links(), &outputs),
        Story::new(FaultyDisk::new(&[("elsewhere", 0o600, "")]), &outputs),
        Story::new(FaultyDisk::new(&[("build/production/web/kept", 0o600, "kept")]), &outputs),
    ]
}

#[test]
fn an_error_at_any_operation_leaves_all_old() {
    let mut points = 0;
    for (number, story) in stories().iter().enumerate() {
        for at in 1.. {
            let errno = [Errno::NOSPC, Errno::IO, Errno::ACCESS][at % 3];
            let disk = story.old.failing(at, Fault::Once(errno));
            let result = run(&disk, &story.outputs);
            if !disk.hit() {
                break;
            }
            let point = format!("story {number}, error at {at}: {result:?}");
            if result.is_err() {
                let left: Vec<_> =
                    disk.view().into_keys().filter(|path| !story.old.view().contains_key(path)).collect();
                assert!(left.is_empty(), "{point} leaves {left:?}");
            }
            // An old version that could not be removed once the new files stood is left to the next run's recovery.
            heal(&disk).unwrap();
            assert_eq!(story.settled(&disk, &point), result.is_ok(), "{point}");
            points += 1;
        }
    }
    assert!(points > 150, "{points}");
}

#[test]
fn a_disk_that_stays_broken_is_mended_by_the_next_run() {
    let mut points = 0;
    for (number, story) in stories().iter().enumerate() {
        for at in 1.. {
            let broken = story.old.failing(at, Fault::ForGood(Errno::ROFS));
            let result = run(&broken, &story.outputs);
            if !broken.hit() {
                break;
            }
            let point = format!("story {number}, broken from {at}: {result:?}");
            let disk = broken.healed();
            heal(&disk).unwrap();
            assert!(story.settled(&disk, &point) || result.is_err(), "{point}");
            run(&disk, &story.outputs).unwrap();
            assert!(story.finished(&disk), "{point}");
            points += 1;
        }
    }
    assert!(points > 150, "{points}");
}

#[test]
fn a_power_cut_at_any_operation_is_recovered_from_even_after_a_second_one() {
    let mut points = 0;
    for (number, story) in stories().iter().enumerate() {
        for (at, cut) in (1..).flat_map(|at| CUTS.map(|cut| (at, cut))) {
            let running = story.old.failing(at, Fault::PowerCut);
            let result = run(&running, &story.outputs);
            let rebooted = running.reboot(cut);
            for again in 1.. {
                let recovering = rebooted.failing(again, Fault::PowerCut);
                let first = heal(&recovering);
                let disk =
                    if first.is_ok() { recovering.healed() } else { recovering.reboot(CUTS[again % CUTS.len()]) };
                heal(&disk).unwrap();
                let point = format!("story {number}, cut at {at} {cut:?}, again at {again}: {result:?}, {first:?}");
                let new = story.settled(&disk, &point);
                assert!(new || result.is_err(), "{point}");
                run(&disk, &story.outputs).unwrap();
                assert!(story.finished(&disk), "{point}");
                points += 1;
                if !recovering.hit() {
                    break;
                }
            }
            if !running.hit() {
                break;
            }
        }
    }
    assert!(points > 20_000, "{points}");
}

#[test]
fn a_second_delivery_changes_nothing() {
    for story in stories() {
        let disk = story.old.healed();
        run(&disk, &story.outputs).unwrap();
        let disk = disk.healed();
        let report = run(&disk, &story.outputs).unwrap();
        assert_eq!((disk.operations(), report.unchanged.len()), (0, story.outputs.len()));
    }
}
