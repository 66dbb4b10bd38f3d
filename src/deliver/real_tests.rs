//! Deliveries to the disk of this machine: links, full and read-only file systems, somebody else at work.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;

const SECRET: &str = "hunter2";

/// A temporary folder, in which `out` is the out folder.
struct World {
    temp: TempDir,
    disk: RealDisk,
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let disk = RealDisk::open(temp.path()).unwrap();
        Self { temp, disk }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.temp.path().join(path)
    }

    fn place(&self) -> Place<'_> {
        Place::folder(&self.disk, Path::new("out"))
    }

    fn deliver(&self, outputs: &[Output]) -> Result<Report, DeliverError> {
        deliver(outputs, &self.place(), "x1")
    }

    /// Every path below a folder, with a file's bytes.
    fn tree(&self, folder: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut open = vec![self.path(folder)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                let name = entry.path().strip_prefix(self.temp.path()).unwrap().display().to_string();
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => open.push(entry.path()),
                    kind if kind.is_file() => found.push((name, fs::read_to_string(entry.path()).unwrap())),
                    _ => found.push((name, "a link".into())),
                }
            }
        }
        found.sort();
        found
    }
}

fn outputs(files: &[(&str, &str)]) -> Vec<Output> {
    files
        .iter()
        .map(|(path, bytes)| Output { path: path.into(), content: Secret::new(bytes.as_bytes().to_vec()) })
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs the rest of a test in mounts of its own: starts this very test again, alone, below `unshare`.
fn in_own_mounts(test: &str, body: impl FnOnce()) {
    if std::env::var_os("RPCONF_TEST_OWN_MOUNTS").is_some() {
        return body();
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("deliver::real_tests::{test}"), "--nocapture"])
        .env("RPCONF_TEST_OWN_MOUNTS", "1")
        .output()
        .expect("`unshare` of util-linux is needed");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status().unwrap();
    assert!(status.success(), "mount {arguments:?}");
}

#[test]
fn files_arrive_private_and_a_second_delivery_touches_nothing() {
    let world = World::new();
    let files = outputs(&[("web/a", SECRET), ("web/b", "b"), ("manifest.json", "{}")]);
    let report = world.deliver(&files).unwrap();
    assert_eq!(report.written, ["manifest.json", "web/a", "web/b"].map(PathBuf::from));
    for (path, expect) in [("out", 0o700), ("out/web", 0o700), ("out/web/a", 0o600), ("out/manifest.json", 0o600)] {
        assert_eq!(mode(&world.path(path)), expect, "{path}");
    }
    let stamp = |path: &str| fs::metadata(world.path(path)).map(|m| (m.ino(), m.mtime_nsec(), m.ctime_nsec())).unwrap();
    let before = ["out", "out/web", "out/web/a", "out/manifest.json"].map(stamp);
    let report = world.deliver(&files).unwrap();
    assert_eq!(report, Report { unchanged: report.unchanged.clone(), ..Report::default() });
    assert_eq!(report.unchanged.len(), 3);
    assert_eq!(["out", "out/web", "out/web/a", "out/manifest.json"].map(stamp), before);
}

#[test]
fn what_others_could_read_is_closed() {
    let world = World::new();
    let files = outputs(&[("web/a", SECRET), ("web/b", "b")]);
    world.deliver(&files).unwrap();
    set_mode(&world.path("out/web"), 0o755);
    set_mode(&world.path("out/web/a"), 0o644);
    set_mode(&world.path("out"), 0o755);
    let report = world.deliver(&files).unwrap();
    assert_eq!(report.mode_fixed, ["web", "web/a"].map(PathBuf::from));
    assert_eq!([mode(&world.path("out/web")), mode(&world.path("out/web/a"))], [0o700, 0o600]);
    assert_eq!(mode(&world.path("out")), 0o755, "the out folder is the user's");
}

#[test]
fn stale_files_go_and_others_stay() {
    let world = World::new();
    let manifest = |files: &str| format!(r#"{{"environment":"p","files":[{files}]}}"#);
    let old = manifest(r#"{"path":"web/a"},{"path":"old/b"},{"path":"link/c"}"#);
    world.deliver(&outputs(&[("web/a", "a"), ("old/b", "b"), ("link/c", "c"), ("manifest.json", &old)])).unwrap();
    fs::write(world.path("out/web/theirs"), "theirs").unwrap();
    fs::rename(world.path("out/link"), world.path("moved")).unwrap();
    symlink(world.path("moved"), world.path("out/link")).unwrap();
    let new = manifest(r#"{"path":"web/a"}"#);
    let report = world.deliver(&outputs(&[("manifest.json", &new)])).unwrap();
    assert_eq!(report.removed, [PathBuf::from("old/b")]);
    let names: Vec<String> = world.tree("out").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["out/link", "out/manifest.json", "out/web/a", "out/web/theirs"]);
    assert!(!world.path("out/old").exists());
    assert_eq!(fs::read_to_string(world.path("moved/c")).unwrap(), "c");
}

#[test]
fn what_stands_in_the_way_fails_before_anything_is_touched() {
    let check = |build: &dyn Fn(&World), expect: &str| {
        let world = World::new();
        fs::create_dir_all(world.path("out/web")).unwrap();
        fs::create_dir_all(world.path("elsewhere")).unwrap();
        build(&world);
        let before = world.tree("");
        let error = world.deliver(&outputs(&[("b", SECRET), ("web/a", SECRET)])).unwrap_err().to_string();
        assert_eq!(error.replace(&format!("{}/", world.temp.path().display()), ""), expect);
        assert_eq!(world.tree(""), before, "{expect}");
    };
    let replace = |world: &World, path: &str, to: &str| {
        _ = fs::remove_dir_all(world.path(path));
        symlink(world.path(to), world.path(path)).unwrap();
    };
    check(
        &|w| replace(w, "out/web", "elsewhere"),
        "`out/web` is a symbolic link, and must be a file or folder of its own",
    );
    check(&|w| replace(w, "out", "elsewhere"), "`out` is a symbolic link, and must be a file or folder of its own");
    check(&|w| replace(w, "out/b", "file"), "`out/b` is a symbolic link, and must be a file or folder of its own");
    check(&|w| fs::create_dir(w.path("out/b")).unwrap(), "`out/b` is not a regular file, and must be one or be absent");
    let file_for_folder = |w: &World| {
        fs::remove_dir(w.path("out/web")).unwrap();
        fs::write(w.path("out/web"), "").unwrap();
    };
    check(&file_for_folder, "`out/web` is not a folder, and must be one or be absent");
    let pipe = |w: &World| assert!(Command::new("mkfifo").arg(w.path("out/b")).status().unwrap().success());
    check(&pipe, "`out/b` is not a regular file, and must be one or be absent");
}

#[test]
fn bad_paths_are_refused() {
    let check = |paths: &[&str], expect: &str| {
        let world = World::new();
        let files = outputs(&paths.iter().map(|path| (*path, "")).collect::<Vec<_>>());
        let error = world.deliver(&files).unwrap_err().to_string();
        assert!(error.ends_with(expect), "{paths:?}: {error}");
        assert!(!world.path("out").exists());
    };
    check(&["../a"], "it must be relative, without `..`, `.` or a double slash");
    check(&["/etc/passwd"], "it must be relative, without `..`, `.` or a double slash");
    check(&["a", "a"], "another output has it");
    check(&["a", "a/b"], "another output stands where its folder goes");
}

#[test]
fn a_target_changed_after_it_was_compared_stays() {
    let check = |meddle: &dyn Fn(&Path)| {
        let world = World::new();
        world.deliver(&outputs(&[("a", "old"), ("b", "old")])).unwrap();
        let files = outputs(&[("a", "new"), ("b", "new")]);
        let changes = plan(&files, &world.place()).unwrap();
        meddle(&world.path("out/b"));
        let before = world.tree("");
        assert!(matches!(commit(changes, &world.place(), "x1"), Err(DeliverError::Moved { .. })));
        assert_eq!(world.tree(""), before);
    };
    check(&|b| fs::write(b, "by hand").unwrap());
    check(&|b| fs::remove_file(b).unwrap());
    let link = |b: &Path| {
        fs::remove_file(b).unwrap();
        symlink("/nonexistent", b).unwrap();
    };
    check(&link);
}

#[test]
fn a_folder_swapped_for_a_link_after_it_was_compared_is_not_followed() {
    let world = World::new();
    fs::create_dir_all(world.path("out/web")).unwrap();
    fs::create_dir(world.path("elsewhere")).unwrap();
    let files = outputs(&[("a", "new"), ("web/b", SECRET)]);
    let changes = plan(&files, &world.place()).unwrap();
    fs::remove_dir(world.path("out/web")).unwrap();
    symlink(world.path("elsewhere"), world.path("out/web")).unwrap();
    let error = commit(changes, &world.place(), "x1").unwrap_err().to_string();
    assert!(error.ends_with("a symbolic link stands in its path"), "{error}");
    assert_eq!(world.tree(""), [("out/web".to_string(), "a link".to_string())]);
}

#[test]
fn two_deliveries_to_one_place_keep_apart() {
    let world = World::new();
    world.deliver(&outputs(&[("a", "old")])).unwrap();
    let lock = world.disk.lock(Path::new("out")).unwrap();
    let second = RealDisk::open(world.temp.path()).unwrap();
    let place = Place::folder(&second, Path::new("out"));
    let files = outputs(&[("a", "new")]);
    assert!(matches!(deliver(&files, &place, "x2"), Err(DeliverError::Locked { .. })));
    assert_eq!(world.tree(""), [("out/a".to_string(), "old".to_string())]);
    drop(lock);
    deliver(&files, &place, "x2").unwrap();
}

#[test]
fn an_unfinished_delivery_is_undone_first() {
    let world = World::new();
    world.deliver(&outputs(&[("a", "old"), ("b", "same")])).unwrap();
    fs::hard_link(world.path("out/a"), world.path("out/.rpconf-old-x0-0")).unwrap();
    fs::write(world.path("out/.a.rpconf-x0"), "half").unwrap();
    fs::rename(world.path("out/.a.rpconf-x0"), world.path("out/a")).unwrap();
    fs::write(world.path("out/.c.rpconf-x0"), "half").unwrap();
    let journal = r#"{"version":1,"suffix":"x0","folders":[],"files":[{"path":"a","existed":true},{"path":"c","existed":false}]}"#;
    fs::write(world.path("out/.rpconf-journal"), journal).unwrap();
    let files = outputs(&[("a", "new")]);
    let changes = plan(&files, &world.place()).unwrap();
    assert!(matches!(commit(changes, &world.place(), "x1"), Err(DeliverError::Unfinished { .. })));
    assert!(recover(&world.place()).unwrap());
    assert_eq!(world.tree(""), [("out/a", "old"), ("out/b", "same")].map(|(a, b)| (a.to_string(), b.to_string())));
    assert!(!recover(&world.place()).unwrap());
}

#[test]
fn a_journal_that_leads_outside_is_not_followed() {
    let check = |journal: &str| {
        let world = World::new();
        fs::create_dir(world.path("out")).unwrap();
        fs::write(world.path("victim"), "v").unwrap();
        fs::write(world.path("out/.rpconf-journal"), journal).unwrap();
        assert!(matches!(recover(&world.place()), Err(DeliverError::Journal { .. })), "{journal}");
        assert_eq!(fs::read_to_string(world.path("victim")).unwrap(), "v");
    };
    check(r#"{"version":1,"suffix":"x0","folders":[],"files":[{"path":"../victim","existed":false}]}"#);
    check(r#"{"version":1,"suffix":"/../x","folders":[],"files":[]}"#);
    check(r#"{"version":2}"#);
}

#[test]
fn a_full_disk_leaves_all_old() {
    in_own_mounts("a_full_disk_leaves_all_old", || {
        let world = World::new();
        fs::create_dir(world.path("out")).unwrap();
        mount(&["-t", "tmpfs", "-o", "size=64k,mode=0700", "rpconf"], &world.path("out"));
        world.deliver(&outputs(&[("a", "old"), ("web/b", "old")])).unwrap();
        let before = world.tree("");
        let large = SECRET.repeat(20_000);
        let error = world.deliver(&outputs(&[("a", "new"), ("new/c", "new"), ("web/b", &large)])).unwrap_err();
        let error = error.to_string();
        // The files are written at once: which of them finds the disk full is chance.
        assert!(error.ends_with("`: the disk is full") && !error.contains(SECRET), "{error}");
        assert_eq!(world.tree(""), before);
        assert!(!world.path("out/new").exists());
    });
}

#[test]
fn a_read_only_folder_is_refused_and_an_unchanged_one_needs_no_writing() {
    in_own_mounts("a_read_only_folder_is_refused_and_an_unchanged_one_needs_no_writing", || {
        let world = World::new();
        fs::create_dir(world.path("out")).unwrap();
        mount(&["-t", "tmpfs", "-o", "size=64k,mode=0700", "rpconf"], &world.path("out"));
        world.deliver(&outputs(&[("a", "old")])).unwrap();
        mount(&["-o", "remount,ro"], &world.path("out"));
        let error = world.deliver(&outputs(&[("a", "new")])).unwrap_err().to_string();
        assert!(error.ends_with("out`: the file system is read-only"), "{error}");
        assert_eq!(world.deliver(&outputs(&[("a", "old")])).unwrap().unchanged, [PathBuf::from("a")]);
    });
}

#[test]
fn an_out_folder_that_is_not_there_is_found_from_what_is_above() {
    let world = World::new();
    let folder = world.path("build/deep/production");
    let (disk, below) = RealDisk::above(&folder).unwrap();
    assert_eq!(below, Path::new("build/deep/production"));
    deliver(&outputs(&[("a", "a")]), &Place::folder(&disk, &below), "x1").unwrap();
    assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "a");
    let (_, below) = RealDisk::above(&folder).unwrap();
    assert_eq!(below, Path::new("production"));
}
