//! An application on a real disk, ended or disturbed at every operation: killed by SIGKILL or SIGTERM, out of room, made
//! read-only, its folder swapped for a link. Each case is a process of its own: this very test, started again.

use std::any::Any;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};

use rpconf::deliver::{self, DeliverError, Disk, Dress, Host, HostFile, Look, NewFile, RealDisk, Record, Units, Users};
use rpconf::model::{Action, Reaction, Secret};

const SERVICES: [&str; 6] = ["mailroom", "courier", "django", "indexer", "archiver", "nginx"];

/// What happens at an operation.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Kill,
    Term,
    ReadOnly,
    Swap,
}

/// The real disk, and a blow at the nth operation that changes it: before it, or in the middle of a write.
struct Struck<'a> {
    disk: RealDisk,
    left: AtomicUsize,
    blow: Blow,
    root: &'a Path,
}

impl Struck<'_> {
    fn now(&self) -> bool {
        self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }

    fn strike(&self) {
        if self.now() {
            self.blow();
        }
    }

    fn blow(&self) {
        let signal = |signal| rustix::process::kill_process(rustix::process::getpid(), signal).expect("a signal");
        match self.blow {
            Blow::Kill => signal(rustix::process::Signal::KILL),
            Blow::Term => signal(rustix::process::Signal::TERM),
            // Not while a file is open for writing there.
            Blow::ReadOnly => {
                let mut remount = Command::new("mount");
                let _ = remount.args(["-o", "remount,ro"]).arg(self.root.join("home/courier")).output();
            }
            Blow::Swap => {
                let app = self.root.join("home/courier/app");
                fs::rename(&app, self.root.join("home/courier/moved")).expect("a rename");
                symlink(self.root.join("elsewhere"), &app).expect("a link");
            }
        }
    }
}

struct StruckFile<'d> {
    file: Box<dyn NewFile + 'd>,
    disk: &'d Struck<'d>,
}

impl NewFile for StruckFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.disk.now() {
            self.file.write(&bytes[..bytes.len() / 2])?;
            self.disk.blow();
            return self.file.write(&bytes[bytes.len() / 2..]);
        }
        self.file.write(bytes)
    }

    fn dress(&mut self, dress: Dress) -> io::Result<()> {
        self.disk.strike();
        self.file.dress(dress)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.strike();
        self.file.sync()
    }
}

macro_rules! struck {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> io::Result<$answer> {
            self.strike();
            self.disk.$name($($argument),*)
        })*
    };
}

impl Disk for Struck<'_> {
    struck! {
        make_folder(path: &Path) -> ();
        tighten(path: &Path) -> ();
        link(from: &Path, to: &Path) -> ();
        rename(from: &Path, to: &Path) -> ();
        remove(path: &Path) -> ();
        remove_folder(path: &Path) -> ();
        sync_folder(path: &Path) -> ();
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        self.strike();
        Ok(Box::new(StruckFile { file: self.disk.create(path)?, disk: self }))
    }

    fn look(&self, path: &Path) -> io::Result<Option<Look>> {
        self.disk.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.disk.list(folder)
    }

    fn writable(&self, folder: &Path) -> io::Result<()> {
        self.disk.writable(folder)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn lock(&self, folder: &Path) -> io::Result<Box<dyn Any>> {
        self.disk.lock(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        self.disk.free(folder)
    }

    fn follow(&self, link: &Path) -> io::Result<PathBuf> {
        self.disk.follow(link)
    }

    fn show(&self, path: &Path) -> PathBuf {
        self.disk.show(path)
    }
}

struct Nobody;

impl Users for Nobody {
    fn user(&self, _: &str) -> io::Result<Option<u32>> {
        Ok(None)
    }

    fn group(&self, _: &str) -> io::Result<Option<u32>> {
        Ok(None)
    }
}

/// Units that write down that they followed; each is an operation too.
struct Followers<'a> {
    disk: &'a Struck<'a>,
}

impl Units for Followers<'_> {
    fn act(&self, reaction: &Reaction) -> Result<(), String> {
        self.disk.strike();
        let followed = self.disk.root.join("followed").join(&reaction.unit);
        fs::write(followed, "").map_err(|error| error.to_string())
    }

    fn healthy(&self, _: &[String]) -> Result<(), String> {
        Ok(())
    }

    fn started(&self, _: &str) -> Option<i64> {
        None
    }
}

fn file(service: &str, content: &str) -> HostFile {
    HostFile {
        name: service.into(),
        path: format!("/home/{service}/app/environment"),
        content: Secret::new(format!("{content} of {service}").into_bytes()),
        owner: "0".into(),
        group: "0".into(),
        mode: 0o640,
        reactions: vec![Reaction { unit: service.into(), action: Action::Restart, health: vec![] }],
        format: None,
        secrets: vec![],
    }
}

fn apply(root: &Path, content: &str, at: usize, blow: Blow) -> Result<(), DeliverError> {
    let disk = RealDisk::open(root).expect("a root");
    let disk = Struck { disk, left: AtomicUsize::new(at), blow, root };
    let host = host(&disk);
    deliver::recover(&host.place())?;
    let files = SERVICES.map(|service| file(service, content));
    let record = Record { host: "worker", time: 7, restored: None, keep: 1, hooks: true };
    let installed = deliver::install(deliver::prepare(&files, false, &host)?, &record, &host, "x1")?;
    deliver::follow(&installed, &Followers { disk: &disk }, &host, "x1").recorded
}

fn host(disk: &dyn Disk) -> Host<'_> {
    let me = fs::metadata("/proc/self").expect("procfs").uid();
    Host { disk, environment: "production", users: &Nobody, me, owners: false }
}

fn recover(root: &Path) {
    let disk = RealDisk::open(root).expect("a root");
    deliver::recover(&host(&disk).place()).expect("recovery");
}

/// Paths, modes and bytes of all that is below a root, without what is known to follow only in the end.
fn seen(root: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let (mut found, mut open) = (vec![], vec![root.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, look) = (entry.path(), entry.metadata().expect("a look"));
            match look.is_dir() {
                true if path.ends_with("followed") => {}
                true => open.push(path),
                false if path.ends_with("pending.json") => {}
                false => {
                    let bytes = fs::read(&path).unwrap_or_default();
                    found.push((path.strip_prefix(root).expect("below").to_path_buf(), look.mode(), bytes));
                }
            }
        }
    }
    found.sort();
    found
}

/// In memory: a process that ends loses nothing that it wrote, wherever that was, and a sync costs nothing there.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
}

/// A host to which "old" was applied, as files of a folder that is copied for each case.
fn begin(root: &Path) {
    let _ = fs::remove_dir_all(root);
    for folder in SERVICES.map(|service| format!("home/{service}/app")).iter().map(String::as_str) {
        fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    for folder in ["followed", "elsewhere"] {
        fs::create_dir(root.join(folder)).expect("a folder");
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).expect("a mode");
    apply(root, "old", usize::MAX, Blow::Kill).expect("a first application");
    for service in SERVICES {
        fs::remove_file(root.join("followed").join(service)).expect("a unit that followed");
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status().expect("mount");
    assert!(status.success(), "mount {arguments:?}");
}

/// As many as an application of six files has, and some more.
const OPERATIONS: usize = 80;

const ASKED: &str = "RPCONF_TEST_BLOW";

/// Starts this test again, to be ended there.
fn in_a_process(test: &str, root: &Path, at: usize) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", &format!("apply_crash::{test}")]).env(ASKED, format!("{at} {}", root.display()));
    command.output().expect("a process").status
}

/// In the process that was started: where, and at which operation.
fn asked() -> Option<(usize, PathBuf)> {
    let asked = std::env::var(ASKED).ok()?;
    let (at, root) = asked.split_once(' ')?;
    Some((at.parse().ok()?, root.into()))
}

/// Runs the rest of a test in a process of its own, below a program: started again, alone. Where tests share a process, a
/// child of one holds the locks of all between its fork and its exec.
fn alone(below: &[&str], test: &str, body: impl FnOnce()) {
    if std::env::var_os("RPCONF_TEST_ALONE").is_some() {
        return body();
    }
    let (program, arguments) = below.split_first().expect("a program");
    let output = Command::new(program)
        .args(arguments)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", &format!("apply_crash::{test}"), "--nocapture"])
        .env("RPCONF_TEST_ALONE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text.lines().filter(|line| line.contains(" times ")).for_each(|line| println!("{line}"));
}

const HERE: &[&str] = &["env"];
const OWN_MOUNTS: &[&str] = &["unshare", "--user", "--map-root-user", "--mount"];

fn killed_at_every_operation(test: &str, blow: Blow, signal: i32) {
    if let Some((at, root)) = asked() {
        return apply(&root, "new", at, blow).expect("an application");
    }
    alone(HERE, test, || kill_at_every_operation(test, blow, signal));
}

fn kill_at_every_operation(test: &str, blow: Blow, signal: i32) {
    let temp = folder();
    let root = temp.path().join("root");
    begin(&root);
    let before = seen(&root);
    apply(&root, "new", usize::MAX, blow).expect("an application");
    let after = seen(&root);
    let mut points = 0;
    for at in 1.. {
        let mut ended = false;
        for recovering in [true, false] {
            begin(&root);
            let status = in_a_process(test, &root, at);
            ended |= status.success();
            assert!(status.success() || status.signal() == Some(signal), "{at}: {status}");
            if recovering {
                recover(&root);
                let now = seen(&root);
                assert!(now == before || now == after, "mixed at {at}: {now:#?}");
                assert!(now == after || !status.success(), "{at}");
            }
            apply(&root, "new", usize::MAX, blow).expect("the next application");
            assert_eq!(seen(&root), after, "at {at}");
            let followed = SERVICES.iter().filter(|service| root.join("followed").join(service).exists()).count();
            assert_eq!(followed, SERVICES.len(), "units are forgotten at {at}");
            points += usize::from(!status.success());
        }
        if ended {
            break;
        }
    }
    println!("{points} times ended by signal {signal} in an application of six services, and all settled");
    assert!(points > 120, "{points}");
}

#[test]
fn killed_at_any_operation_all_is_old_or_new() {
    killed_at_every_operation("killed_at_any_operation_all_is_old_or_new", Blow::Kill, 9);
}

#[test]
fn terminated_at_any_operation_all_is_old_or_new() {
    killed_at_every_operation("terminated_at_any_operation_all_is_old_or_new", Blow::Term, 15);
}

#[test]
fn a_folder_swapped_for_a_link_at_any_operation_is_not_followed() {
    alone(HERE, "a_folder_swapped_for_a_link_at_any_operation_is_not_followed", swap_at_every_operation);
}

fn swap_at_every_operation() {
    let temp = folder();
    let root = temp.path().join("root");
    let mut points = 0;
    for at in 1.. {
        begin(&root);
        let result = apply(&root, "new", at, Blow::Swap);
        let link = root.join("home/courier/app");
        let swapped = link.is_symlink();
        let strangers = fs::read_dir(root.join("elsewhere")).expect("a folder").count();
        assert_eq!(strangers, 0, "written outside at {at}: {result:?}");
        if !swapped {
            break;
        }
        fs::remove_file(&link).expect("the link");
        fs::rename(root.join("home/courier/moved"), &link).expect("a rename");
        recover(&root);
        apply(&root, "new", usize::MAX, Blow::Swap).expect("the next application");
        points += 1;
    }
    println!("{points} times a folder was swapped for a link, and nothing was written outside");
    assert!(points > 60, "{points}");
}

#[test]
fn made_read_only_at_any_operation_all_is_old_or_new() {
    alone(OWN_MOUNTS, "made_read_only_at_any_operation_all_is_old_or_new", || {
        let temp = folder();
        let root = temp.path().join("root");
        let courier = root.join("home/courier");
        let begin = || {
            fs::create_dir_all(&courier).expect("a folder");
            let _ = Command::new("umount").arg(&courier).output();
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(&courier).expect("a folder");
            mount(&["-t", "tmpfs", "-o", "size=256k,mode=0755", "rpconf"], &courier);
        };
        let mut points = 0;
        for at in 1..=OPERATIONS {
            begin();
            begin_on_mount(&root);
            let before = seen(&root);
            let result = apply(&root, "new", at, Blow::ReadOnly);
            let struck = Command::new("sh")
                .args(["-c", "! touch home/courier/probe 2>/dev/null"])
                .current_dir(&root)
                .status()
                .expect("sh")
                .success();
            mount(&["-o", "remount,rw"], &courier);
            let _ = fs::remove_file(courier.join("probe"));
            recover(&root);
            let now = seen(&root);
            assert!(now == before || result.is_ok(), "at {at}: {result:?}");
            apply(&root, "new", usize::MAX, Blow::ReadOnly).expect("the next application");
            points += usize::from(struck);
        }
        Command::new("umount").arg(&courier).status().expect("umount");
        println!("{points} times a file system became read-only, and all settled");
        assert!(points > 60, "{points}");
    });
}

/// As [`begin`], where a folder is a mount that has to stay.
fn begin_on_mount(root: &Path) {
    for folder in SERVICES.map(|service| format!("home/{service}/app")).iter().map(String::as_str) {
        fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    for folder in ["followed", "elsewhere"] {
        fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    apply(root, "old", usize::MAX, Blow::Kill).expect("a first application");
}

#[test]
fn without_room_for_names_or_bytes_all_stays_old() {
    alone(OWN_MOUNTS, "without_room_for_names_or_bytes_all_stays_old", || {
        // Six folders and six files of old take what there is: a staged file finds no inode, or the plan no bytes.
        for (options, words) in [("nr_inodes=4,mode=0755", "the disk is full"), ("size=8k,mode=0755", "room for")] {
            let temp = folder();
            let courier = temp.path().join("home/courier");
            fs::create_dir_all(&courier).expect("a folder");
            mount(&["-t", "tmpfs", "-o", options, "rpconf"], &courier);
            begin_on_mount(temp.path());
            fs::write(courier.join("filler"), vec![0; 4096]).expect("a file");
            let before = seen(temp.path());
            let error = apply(temp.path(), "new", usize::MAX, Blow::Kill).expect_err("a full disk").to_string();
            assert!(error.contains(words), "{error}");
            assert_eq!(seen(temp.path()), before);
            Command::new("umount").arg(&courier).status().expect("umount");
        }
    });
}
