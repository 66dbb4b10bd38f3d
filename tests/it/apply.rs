//! `rpconf apply`, `rollback`, `status` and `recover` by the real program, on a host in a folder: its accounts are those
//! of its own `etc/passwd`, and its `systemctl` writes down what it is asked.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The four Go services and nginx, as the roles have them: user, number, file below the home.
pub const SERVICES: [(&str, u32); 4] =
    [("courier", 1001), ("mailroom", 1002), ("rapidpro-archiver", 1003), ("rapidpro-indexer", 1004)];

/// A project with a vault file, and a host.
pub struct World {
    temp: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"))
    }

    pub fn in_folder(temp: TempDir) -> Self {
        let world = Self { temp };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (from, to) in [
            ("env/base.yml", "env/base.yml"),
            ("env/demo.yml", "env/demo.yml"),
            ("env/demo.vault.yml", "env/demo.vault.yml"),
            ("templates/nginx-upstreams.conf.j2", "templates/nginx-upstreams.conf.j2"),
        ] {
            fs::create_dir_all(world.at(to).parent().expect("a folder")).expect("a folder");
            fs::copy(repository.join(from), world.at(to)).expect("a file of the repository");
        }
        for folder in ["root/etc/nginx/conf.d", "bin"] {
            fs::create_dir_all(world.at(folder)).expect("a folder");
        }
        let accounts: String =
            SERVICES.iter().map(|(name, id)| format!("{name}:x:{id}:{id}::/home/{name}:\n")).collect();
        fs::write(world.at("root/etc/passwd"), format!("root:x:0:0::/root:\n{accounts}")).expect("a file");
        fs::write(world.at("root/etc/group"), format!("root:x:0:\n{accounts}")).expect("a file");
        for (name, id) in SERVICES {
            world.install(name, id, "1");
        }
        world.systemctl("");
        world
    }

    /// Every service and nginx on one host, Django's account with them.
    pub fn everything_on_one_host(&self) {
        let document = fs::read_to_string(self.at("env/demo.yml")).expect("a file");
        let hosts = "hosts:\n  all: {internal: 10.9.0.10, services: [django, celery, beat, courier, mailroom, archiver, indexer]}\n";
        let (above, rest) = document.split_once("hosts:\n").expect("hosts");
        let (_, below) = rest.split_once("\n\n").expect("what follows them");
        fs::write(
            self.at("env/demo.yml"),
            format!("{above}{hosts}\n{}", below.replace("hosts: [web]", "hosts: [all]")),
        )
        .expect("a file");
        for (path, line) in [("passwd", "django:x:1005:1005::/home/django:\n"), ("group", "www-data:x:33:\n")] {
            let path = self.at("root/etc").join(path);
            let accounts = fs::read_to_string(&path).expect("accounts");
            fs::write(path, accounts + line).expect("a file");
        }
        self.install("django", 1005, "1");
        let folder = self.at("root/home/django/app/temba");
        fs::create_dir(&folder).expect("a folder");
        own(&folder, 1005);
    }

    /// A version of a service, as the roles install it: a folder of its own, and a link that leads there.
    pub fn install(&self, name: &str, id: u32, version: &str) {
        let home = self.at("root/home").join(name);
        let folder = home.join("app-versioned").join(version);
        fs::create_dir_all(&folder).expect("a folder");
        let _ = fs::remove_file(home.join("app"));
        symlink(Path::new("app-versioned").join(version), home.join("app")).expect("a link");
        for path in [home.join("app"), folder, home.join("app-versioned"), home] {
            own(&path, id);
        }
    }

    /// A systemctl that writes down its arguments, and then does what a script says.
    pub fn systemctl(&self, script: &str) {
        let log = self.at("systemctl.log").display().to_string();
        let text = format!("#!/bin/sh\n[ \"$1\" = show ] || echo \"$*\" >> '{log}'\n{script}\n");
        let path = self.at("bin/systemctl");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    /// What systemctl was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        let log = fs::read_to_string(self.at("systemctl.log")).unwrap_or_default();
        let _ = fs::remove_file(self.at("systemctl.log"));
        log.lines().map(str::to_string).collect()
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain_command(arguments);
        command.arg("--root").arg(self.at("root"));
        command
    }

    /// Without a root.
    pub fn plain_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpconf"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.current_dir(self.temp.path()).args(arguments);
        command.env("PATH", format!("{}:{path}", self.at("bin").display())).env("OP_CONNECT_TOKEN", "canary");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("rpconf")
    }

    /// Runs rpconf, and expects an exit code and words in what it says.
    pub fn check(&self, arguments: &[&str], code: i32, words: &str) {
        self.judge(arguments, self.run(arguments), code, words);
    }

    /// The same, for a command that knows no root.
    fn check_without_root(&self, arguments: &[&str], code: i32, words: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpconf"));
        let output = command.current_dir(self.temp.path()).args(arguments).output().expect("rpconf");
        self.judge(arguments, output, code, words);
    }

    pub fn judge(&self, arguments: &[&str], output: Output, code: i32, words: &str) {
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?} does not say {words:?}: {text}");
        assert!(!text.contains("hunter2"), "a secret is shown: {text}");
    }

    fn apply(&self, code: i32, words: &str) {
        self.check(&["apply", "demo", "--host", "worker"], code, words);
    }

    /// Replaces text in the document or the vault.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at(path)).expect("a file");
        assert!(text.contains(from), "{path} has no {from:?}");
        fs::write(self.at(path), text.replace(from, to)).expect("a file");
    }

    pub fn file(&self, service: &str) -> PathBuf {
        self.at("root/home").join(service).join("app/environment")
    }

    fn content(&self, service: &str) -> String {
        fs::read_to_string(self.file(service)).unwrap_or_default()
    }
}

/// Root gives files away, so that owners can be told apart; another user keeps them.
pub fn own(path: &Path, id: u32) {
    if is_root() {
        std::os::unix::fs::lchown(path, Some(id), Some(id)).expect("a new owner");
    }
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

pub const RESTARTS: [&str; 4] = [
    "restart mailroom.service",
    "restart courier.service",
    "restart rapidpro-indexer.service",
    "restart rapidpro-archiver.service",
];

#[test]
fn the_files_of_a_host_are_installed_and_owned_and_their_units_restart() {
    let world = World::new();
    world.check(&["apply", "demo", "--host", "worker", "--check"], 6, "/home/courier/app/environment: new");
    assert!(!world.at("root/var").exists(), "a check writes nothing");
    world.apply(0, "4 files written");
    assert_eq!(world.asked(), RESTARTS);
    for (name, id) in SERVICES {
        let look = fs::metadata(world.file(name)).expect("a file");
        let owner = if is_root() { (id, id) } else { (look.uid(), look.gid()) };
        assert_eq!((look.mode() & 0o7777, (look.uid(), look.gid())), (0o600, owner), "{name}");
    }
    let state = fs::metadata(world.at("root/var/lib/rpconf/demo")).expect("a folder");
    assert_eq!(state.mode() & 0o7777, 0o700);
    let kept = fs::metadata(world.at("root/var/lib/rpconf/demo/generation-1.json")).expect("a file");
    assert_eq!(kept.mode() & 0o7777, 0o600);
    world.apply(0, "4 files unchanged");
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn a_changed_password_restarts_the_units_that_read_it_and_a_rollback_brings_the_old_one_back() {
    let world = World::new();
    world.apply(0, "");
    let before = SERVICES.map(|(name, _)| world.content(name));
    world.asked();
    world.edit("env/demo.yml", "op://Demo/Redis/password", "op://Demo/Mailroom/password");
    world.apply(0, "2 files written");
    assert_eq!(world.asked(), RESTARTS[..2], "only mailroom and courier read Redis");
    world.check(&["rollback", "demo"], 0, "generation 3");
    assert_eq!(world.asked(), RESTARTS[..2]);
    assert_eq!(SERVICES.map(|(name, _)| world.content(name)), before);
    world.apply(6, "held at generation 3, which a rollback restored from 1");
    world.check(&["rollback", "demo"], 2, "no generation before");
    assert_eq!(SERVICES.map(|(name, _)| world.content(name)), before);
    world.check(&["apply", "demo", "--host", "worker", "--resume"], 0, "2 files written");
    world.apply(0, "unchanged");
    assert_ne!(SERVICES.map(|(name, _)| world.content(name)), before);
}

#[test]
fn so_many_generations_are_kept() {
    let world = World::new();
    for workers in 65..70 {
        world.edit("env/demo.yml", &format!("WORKERS: {}", workers - 1), &format!("WORKERS: {workers}"));
        world.check(&["apply", "demo", "--host", "worker", "--keep", "2"], 0, "");
    }
    let state = fs::read_dir(world.at("root/var/lib/rpconf/demo")).expect("a folder");
    let mut names: Vec<String> = state.map(|entry| entry.expect("a name").file_name().display().to_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["generation-3.json", "generation-4.json", "generation-5.json"]);
}

#[test]
fn a_file_that_was_changed_by_hand_stops_everything() {
    let world = World::new();
    fs::write(world.file("courier"), "by hand").expect("a file");
    world.apply(4, "app-versioned/1/environment` was changed by hand");
    assert!(!world.file("mailroom").exists());
    world.check(&["apply", "demo", "--host", "worker", "--overwrite"], 0, "4 files written");
    fs::write(world.file("courier"), "by hand").expect("a file");
    world.edit("env/demo.yml", "WORKERS: 64", "WORKERS: 65");
    world.apply(4, "was changed by hand");
    assert_eq!(world.content("courier"), "by hand");
}

#[test]
fn an_upgrade_leaves_an_empty_folder_and_apply_says_so() {
    let world = World::new();
    world.apply(0, "");
    world.asked();
    world.install("courier", 1001, "2");
    world.check(&["apply", "demo", "--host", "worker", "--check"], 6, "was the service upgraded?");
    world.apply(0, "applied before and is missing");
    assert_eq!(world.asked(), ["restart courier.service"]);
    assert!(world.at("root/home/courier/app-versioned/2/environment").exists());
}

#[test]
fn a_loosened_mode_is_mended_without_a_restart() {
    let world = World::new();
    world.apply(0, "");
    world.asked();
    fs::set_permissions(world.file("courier"), fs::Permissions::from_mode(0o644)).expect("a mode");
    world.apply(0, "gave its owner and mode back to /home/courier/app/environment");
    assert_eq!(fs::metadata(world.file("courier")).expect("a file").mode() & 0o777, 0o600);
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_touched() {
    let check = |meddle: &dyn Fn(&World), words: &str| {
        let world = World::new();
        meddle(&world);
        world.apply(4, words);
        let left: Vec<_> = SERVICES.iter().filter(|(name, _)| world.file(name).exists()).collect();
        assert!(left.is_empty() && !world.at("root/var").exists(), "{words}: {left:?}");
        assert_eq!(world.asked(), [""; 0]);
    };
    let home = |world: &World, path: &str| world.at("root/home/courier").join(path);
    check(&|w| fs::remove_dir(home(w, "app-versioned/1")).expect("a folder"), "is not there");
    check(
        &|w| fs::set_permissions(home(w, ""), fs::Permissions::from_mode(0o777)).expect("a mode"),
        "can be written by everyone",
    );
    if is_root() {
        check(&|w| w.edit("root/etc/passwd", "courier:x", "other:x"), "there is no user `courier`");
        check(&|w| own(&home(w, "app-versioned"), 1002), "belongs to another user");
        check(&|w| own(&home(w, "app"), 1002), "is a symbolic link");
    }
}

#[test]
fn all_users_and_groups_that_are_missing_are_told_at_once() {
    if !is_root() {
        return without_root_no_account_is_asked_for();
    }
    let world = World::new();
    world.everything_on_one_host();
    for name in ["django", "mailroom", "courier"] {
        world.edit("root/etc/passwd", &format!("{name}:x"), &format!("other-{name}:x"));
    }
    for name in ["www-data", "mailroom"] {
        world.edit("root/etc/group", &format!("{name}:x"), &format!("other-{name}:x"));
    }
    let missing =
        "no user `courier`, no user `django`, no user `mailroom`, no group `mailroom`, no group `www-data` on";
    for check in [&["--check"][..], &[]] {
        world.check(&[&["apply", "demo"], check].concat(), 4, missing);
    }
    assert!(!world.at("root/var").exists());
    world.edit("root/etc/passwd", "other-", "");
    world.check(&["apply", "demo"], 4, "there is no group `mailroom`, no group `www-data` on this host");
    world.edit("root/etc/group", "other-", "");
    world.check(&["apply", "demo"], 0, "6 files written");
}

/// Files keep the owner that runs this, whoever there is.
fn without_root_no_account_is_asked_for() {
    let world = World::new();
    fs::remove_file(world.at("root/etc/passwd")).expect("a file");
    world.apply(0, "4 files written");
}

#[test]
fn a_unit_that_fails_is_told_and_follows_the_next_time() {
    let world = World::new();
    world.systemctl("test \"$2\" != rapidpro-indexer.service");
    world.apply(3, "`restart rapidpro-indexer.service` failed");
    assert_eq!(world.asked(), RESTARTS[..3]);
    world.systemctl("");
    world.apply(0, "done: restart rapidpro-indexer.service");
    assert_eq!(world.asked(), RESTARTS[2..], "what was done is not done again");
    world.apply(0, "unchanged");
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn a_health_command_stands_between_units_and_nothing_secret_reaches_one() {
    let world = World::new();
    let log = world.at("systemctl.log").display().to_string();
    let health = format!("outputs:\n  mailroom: {{health: [sh, -c, \"env >> {log}.env; echo healthy >> {log}\"]}}\n");
    world.edit("env/demo.yml", "outputs:\n", &health);
    world.apply(0, "");
    assert_eq!(world.asked()[..3], ["restart mailroom.service", "healthy", "restart courier.service"]);
    let env = fs::read_to_string(format!("{log}.env")).expect("what env said");
    assert!(env.contains("PATH=") && !env.contains("canary") && !env.contains("OP_CONNECT"), "{env}");
    let world = World::new();
    world.edit("env/demo.yml", "outputs:\n", "outputs:\n  mailroom: {health: [\"false\"]}\n");
    world.check(&["apply", "demo", "--host", "worker", "--timeout", "1"], 3, "not tried: restart courier.service");
    assert_eq!(world.asked(), RESTARTS[..1]);
}

#[test]
fn units_follow_although_nobody_reads_what_is_told() {
    let check = |json: bool, out: &dyn Fn() -> std::process::Stdio, code: i32, words: &str| {
        let world = World::new();
        let mut command = world.command(&["apply", "demo", "--host", "worker"]);
        command.args(json.then_some("--json")).stdout(out());
        let output = command.stderr(std::process::Stdio::piped()).spawn().expect("rpconf").wait_with_output();
        world.judge(&["apply"], output.expect("an end"), code, words);
        assert_eq!(world.asked(), RESTARTS);
        world.apply(0, "unchanged");
        assert_eq!(world.asked(), [""; 0]);
    };
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device").into();
    let closed = || std::io::pipe().expect("a pipe").1.into();
    for json in [false, true] {
        check(json, &full, 4, "standard output: No space left");
        check(json, &closed, 0, "4 files written");
    }
}

#[test]
fn without_hooks_nothing_follows() {
    let world = World::new();
    world.check(&["apply", "demo", "--host", "worker", "--no-hooks"], 0, "4 files written");
    world.apply(0, "unchanged");
    assert_eq!(world.asked(), [""; 0]);
}

#[test]
fn a_service_that_leaves_the_host_takes_its_file_along() {
    let world = World::new();
    world.apply(0, "");
    world.asked();
    world.edit("env/demo.yml", "[courier, mailroom, archiver, indexer]", "[courier, mailroom, archiver]");
    world.apply(0, "removed /home/rapidpro-indexer/app/environment");
    assert!(!world.file("rapidpro-indexer").exists());
    assert_eq!(world.asked(), [""; 0], "a unit is not restarted without its file");
}

#[test]
fn the_machine_must_be_one_of_the_hosts() {
    let world = World::new();
    world.check(&["apply", "demo"], 2, "add `--host` with one of `web`, `worker`");
    world.check(&["apply", "demo", "--host", "mail"], 2, "hosts are `web`, `worker`");
    world.edit("env/demo.yml", "internal: 10.9.0.11", "internal: 127.0.0.1");
    world.check(&["apply", "demo"], 1, "error[addr-bind]");
    let because = "because: web is this machine too";
    let allowed = format!("allow: [{{rule: addr-bind, {because}}}, {{rule: mailroom-url, {because}}}]\ndomain: ");
    world.edit("env/demo.yml", "domain: ", &allowed);
    world.check(&["apply", "demo"], 0, "4 files written");
}

#[test]
fn two_at_once_keep_apart() {
    let world = World::new();
    world.systemctl("sleep 2");
    let mut first = world.command(&["-q", "apply", "demo", "--host", "worker", "--json"]);
    let mut first = first.stdout(std::process::Stdio::null()).spawn().expect("rpconf");
    while !world.at("systemctl.log").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    world.apply(4, "another rpconf is writing");
    world.systemctl("");
    assert!(first.wait().expect("an end").success());
}

#[test]
fn killed_at_any_hook_the_rest_follows_the_next_time() {
    for at in 1..=RESTARTS.len() {
        let world = World::new();
        let log = world.at("systemctl.log").display().to_string();
        world.systemctl(&format!("[ $(wc -l < '{log}') -lt {at} ] || kill -9 $PPID"));
        let output = world.run(&["apply", "demo", "--host", "worker"]);
        assert_eq!(output.status.code(), None, "it is killed");
        assert!(SERVICES.iter().all(|(name, _)| world.file(name).exists()), "every file stands");
        world.systemctl("");
        world.asked();
        world.check(&["recover", "demo"], 0, "nothing to undo");
        world.apply(0, "4 files unchanged");
        assert_eq!(world.asked(), RESTARTS);
    }
}

#[test]
fn status_tells_what_stands_and_what_drifted() {
    let world = World::new();
    let status = |code, words| world.check(&["status", "demo", "--host", "worker"], code, words);
    status(6, "nothing was applied to this host");
    world.apply(0, "");
    status(0, "demo on worker: generation 1, applied 20");
    fs::set_permissions(world.file("courier"), fs::Permissions::from_mode(0o644)).expect("a mode");
    status(6, "drift: /home/courier/app/environment has the mode 0644, and was given 0600");
    world.apply(0, "");
    fs::write(world.file("courier"), "hunter2").expect("a file");
    status(6, "drift: /home/courier/app/environment was changed by hand");
    fs::remove_file(world.file("courier")).expect("a file");
    status(6, "drift: /home/courier/app/environment is missing");
    world.apply(0, "");
    world.edit("env/demo.yml", "WORKERS: 64", "WORKERS: 65");
    status(6, "would change: /home/courier/app/environment (changed)");
    world.apply(0, "");
    world.systemctl("echo ActiveState=active; echo 'ExecMainStartTimestamp=Thu 1970-01-01 00:01:00 UTC'");
    status(6, "drift: courier.service started before /home/courier/app/environment was written");
    world.systemctl("");
    world.check(&["rollback", "demo"], 0, "");
    status(6, "held: a rollback restored generation");
    world.check(&["status", "demo", "--host", "worker", "--json"], 6, "\"generation\":");
}

#[test]
fn status_without_a_vault_says_since_when() {
    let world = World::new();
    world.apply(0, "");
    fs::remove_file(world.at("env/demo.vault.yml")).expect("the vault");
    world.check(&["status", "demo", "--host", "worker"], 4, "generation 1, applied 20");
    world.check(&["status", "demo", "--host", "worker"], 4, "the document cannot be compared");
    world.check(&["status", "demo", "--host", "worker"], 4, "stale: what stands was applied ");
}

#[test]
fn diff_shows_public_values_and_of_secrets_that_they_changed() {
    let world = World::new();
    let diff = |more: &[&str], code, words| {
        world.check(&[&["diff", "demo", "--host", "worker"], more].concat(), code, words);
    };
    world.apply(0, "");
    diff(&[], 0, "nothing differs");
    world.edit("env/demo.yml", "WORKERS: 64", "WORKERS: 65");
    world.edit("env/demo.yml", "op://Demo/Redis/password", "op://Demo/Mailroom/password");
    diff(&[], 6, "  ~ COURIER_MAX_WORKERS = \"65\" (was \"64\")");
    diff(&["--against", "applied"], 6, "  ~ COURIER_REDIS changed\n");
    diff(&["--json"], 6, "\"change\": \"changed\"");
    diff(&[], 6, "then on worker: restart mailroom.service, restart courier.service\n");
    world.apply(0, "");
    diff(&["--against", "generation:-1"], 6, "COURIER_MAX_WORKERS");
    diff(&["--against", "generation:-2"], 2, "there is no `generation:-2`");
    world.run(&["diff", "demo"]);
    world.check_without_root(&["render", "demo", "--out", "out"], 0, "");
    diff(&["--against", "out"], 0, "nothing differs");
    world.edit("env/demo.yml", "WORKERS: 65", "WORKERS: 66");
    diff(&["--against", "out"], 6, "(was \"65\")");
    world.check_without_root(&["status", "demo", "--dir", "out"], 6, "worker/courier/environment: changed");
}

#[test]
fn two_plans_are_compared_without_a_vault() {
    let world = World::new();
    let git = |arguments: &[&str]| {
        let named = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let output = Command::new("git").current_dir(world.at("")).args(named).args(arguments).output().expect("git");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "env", "templates"]);
    git(&["commit", "-qm", "first"]);
    fs::remove_file(world.at("env/demo.vault.yml")).expect("the vault");
    let plan = |against, code, words| world.check(&["diff", "demo", "--plan", "--against", against], code, words);
    plan("HEAD", 0, "nothing differs");
    world.edit("env/demo.yml", "WORKERS: 64", "WORKERS: 65");
    world.edit("env/demo.yml", "op://Demo/Redis/password", "op://Demo/Mailroom/password");
    world.edit("env/demo.yml", "release: \"9.2\"", "release: \"7.4\"");
    plan("HEAD", 6, "  ~ COURIER_MAX_WORKERS");
    plan("HEAD", 6, "⟨op://Demo/Mailroom/password | urlencode⟩");
    plan("HEAD", 6, "  ~ version = ");
    world.edit("env/demo.yml", "port: 8005", "port: 8006");
    plan("HEAD", 6, "  ~ {{ upstreams.courier }} = [\"10.9.0.11:8006\"] (was [\"10.9.0.11:8005\"])");
    world.edit("env/demo.yml", "port: 8006", "port: 8005");
    fs::write(world.at("templates/nginx-upstreams.conf.j2"), "# FAKE-secret\n").expect("a template");
    plan("HEAD", 6, "  ~ content changed\n");
    git(&["checkout", "-q", "templates"]);
    plan("HEAD", 6, "then on worker: restart mailroom.service, restart courier.service");
    plan("nowhere", 2, "neither a document nor a revision");
    fs::copy(world.at("env/demo.yml"), world.at("env/other.yml")).expect("a copy");
    plan("other", 0, "nothing differs");
}

#[test]
fn without_root_files_keep_their_owner_and_it_is_said() {
    let world = World::new();
    let nobody = 65_534;
    let mut command = world.command(&["apply", "demo", "--host", "worker"]);
    if is_root() {
        let chown = Command::new("chown").args(["-hR", "65534:65534"]).arg(world.at("")).status().expect("chown");
        assert!(chown.success());
        let (program, old) = (command.get_program().to_owned(), command);
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(old.get_args());
        command
            .current_dir(world.at(""))
            .env("PATH", old.get_envs().find_map(|(n, v)| (n == "PATH").then_some(v)?).expect("PATH"));
    }
    let closed = world.at("root/home/mailroom/app-versioned/1");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).expect("a mode");
    let output = command.output().expect("rpconf");
    world.judge(&["apply"], output, 4, "app-versioned/1`: permission denied");
    assert!(!world.file("courier").exists());
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("a mode");
    let output = command.output().expect("rpconf");
    world.judge(&["apply"], output, 0, "warning: without root, files keep the owner that runs this");
    if is_root() {
        assert_eq!(fs::metadata(world.file("courier")).expect("a file").uid(), nobody);
    }
}
