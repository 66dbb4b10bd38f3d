//! The two ways in which files reach a host, push and pull: the commands of their pages as they stand there, on a machine
//! of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::connect::{RPCONF, Server};
use crate::templates::blocks;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The accounts of the roles, and their numbers.
const ACCOUNTS: [(&str, u32); 4] =
    [("mailroom", 1002), ("courier", 1001), ("rapidpro-indexer", 1004), ("rapidpro-archiver", 1003)];

/// A machine of its own: one with all users for whoever may have it, else one in which everybody is root.
const MACHINES: [&[&str]; 2] = [&["--mount", "--uts"], &["--user", "--map-root-user", "--mount", "--uts"]];

const RESTARTS: [&str; 4] = [
    "systemctl restart mailroom.service",
    "systemctl restart courier.service",
    "systemctl restart rapidpro-indexer.service",
    "systemctl restart rapidpro-archiver.service",
];

/// A machine, a vault that is served, and a repository of documents.
struct Story {
    temp: TempDir,
    /// The folder that is served.
    _vault: TempDir,
    server: Server,
    page: &'static str,
    machine: &'static [&'static str],
}

impl Story {
    fn new(page: &'static str) -> Self {
        let (temp, vault) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let from = Path::new(ROOT);
        fs::copy(from.join("tests/vaults/production.vault.yml"), vault.path().join("vault.yml")).expect("a vault");
        fs::write(vault.path().join("token"), "FAKE-token").expect("a token");
        let server = Server::start(vault.path(), &[]);
        let may = |machine: &&&[&str]| {
            Command::new("unshare").args(**machine).arg("true").output().is_ok_and(|done| done.status.success())
        };
        let machine = MACHINES.iter().find(may).expect("namespaces of mounts: run as root, or allow those of users");
        let story = Self { temp, _vault: vault, server, page, machine };
        for folder in ["bin", "origin/env", "origin/templates"] {
            fs::create_dir_all(story.at(folder)).expect("a folder");
        }
        fs::copy(RPCONF, story.at("bin/rpconf")).expect("the program");
        for folder in ["tests/consumers/machine", "templates"] {
            for file in fs::read_dir(from.join(folder)).expect("a folder").flatten() {
                let to = if folder == "templates" { "origin/templates" } else { "bin" };
                fs::copy(file.path(), story.at(to).join(file.file_name())).expect("a copy");
            }
        }
        fs::copy(from.join("env/production.yml"), story.at("origin/env/production.yml")).expect("a document");
        fs::write(story.at("origin/.gitignore"), "build/\n").expect("a file");
        let account = |(name, id): (&str, u32)| {
            let id = if story.has_users() { id } else { 0 };
            format!("{name}:x:{id}:{id}::/home/{name}:/bin/sh\n")
        };
        fs::write(story.at("accounts"), ACCOUNTS.map(account).concat()).expect("a file");
        fs::write(story.at("token"), "FAKE-token\n").expect("a file");
        story
    }

    fn at(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    fn has_users(&self) -> bool {
        self.machine == MACHINES[0]
    }

    /// Whether a service's file stands there, its user's and nobody else's.
    fn stands(&self, said: &str, user: &str) -> bool {
        let owner = if self.has_users() { user } else { "root" };
        said.contains(&format!("{user}/app/environment {owner} {owner} 600\n"))
    }

    /// The nth block of the page: as it stands there, but for the address of Connect.
    fn block(&self, nth: usize) -> String {
        blocks(self.page, "sh").swap_remove(nth - 1).replace("https://connect.internal", &self.server.host)
    }

    /// Runs scripts, one after another, on one machine; answers what each said.
    fn run(&self, scripts: &[String]) -> Vec<String> {
        let paths: Vec<PathBuf> = (0..scripts.len()).map(|nth| self.at(&format!("script-{nth}"))).collect();
        let setup = format!(
            "export GIT_CONFIG_COUNT=4 GIT_CONFIG_KEY_0=user.email GIT_CONFIG_VALUE_0=a@example.org GIT_CONFIG_KEY_1=user.name \
             GIT_CONFIG_VALUE_1=a GIT_CONFIG_KEY_2=safe.directory GIT_CONFIG_VALUE_2='*' \
             GIT_CONFIG_KEY_3=url.{}.insteadOf GIT_CONFIG_VALUE_3=https://git.example.org/rapidpro-environments\n",
            self.at("origin").display()
        );
        for (path, script) in paths.iter().zip(scripts) {
            fs::write(path, format!("{setup}{script}")).expect("a script");
        }
        let mut command = Command::new("unshare");
        command.args(self.machine).arg("bash").arg(Path::new(ROOT).join("tests/consumers/machine.sh"));
        let done = command.arg(self.temp.path()).args(&paths).current_dir(self.temp.path()).output().expect("unshare");
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        said.split("== ").skip(1).map(|part| part.split_once('\n').expect("a line").1.to_string()).collect()
    }
}

/// What went wrong of what was said.
fn failed(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.starts_with("failed with ")).collect()
}

/// The calls of systemctl, in their order.
fn asked(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.starts_with("systemctl ")).collect()
}

/// Tells how the four files stand, and what they hold.
const LOOK: &str = "cd /home; stat -c '%n %U %G %a' */app/environment; sha256sum */app/environment\n";

#[test]
fn push_goes_as_its_page_says() {
    let story = Story::new("docs/push.md");
    let laptop = "mkdir -p /root/.config/rpconf; cp \"$MACHINE/token\" /root/.config/rpconf; chmod 600 /root/.config/rpconf/token\n\
                  git -C \"$MACHINE/origin\" init -qb main; git -C \"$MACHINE/origin\" add -A; git -C \"$MACHINE/origin\" commit -qm one\n\
                  git clone -q https://git.example.org/rapidpro-environments /root/laptop\n";
    let connect =
        format!("export OP_CONNECT_HOST={} OP_CONNECT_TOKEN_FILE=/root/.config/rpconf/token\n", story.server.host);
    let here = |block: usize| format!("cd /root/laptop\n{}", story.block(block));
    let edit = "cd /root/laptop; sed -i 's/poll: 5/poll: 7/' env/production.yml; git commit -qam two\n";
    let scripts = [
        laptop.to_string(),
        here(1),
        format!("{connect}cd /root/laptop\nrpconf -q render production\n"),
        here(2),
        here(3),
        LOOK.to_string(),
        edit.to_string(),
        here(1),
        here(2),
        here(3),
        format!("{connect}{}", here(4)),
        here(3),
        LOOK.to_string(),
    ];
    let said = story.run(&scripts);
    for (nth, expect) in [
        (0, vec![]),
        (1, vec![]),
        (2, vec![]),
        (3, vec![]),
        (4, vec![]),
        (6, vec![]),
        (7, vec!["failed with 6: rpconf diff production --plan --against origin/main"]),
        (8, vec!["failed with 6: rpconf diff production --against build/production"]),
        (9, vec![]),
        (10, vec![]),
        (11, vec![]),
    ] {
        assert_eq!(failed(&said[nth]), expect, "script {nth}: {}", said[nth]);
    }
    assert_eq!(asked(&said[4]), RESTARTS, "{}", said[4]);
    for (user, _) in ACCOUNTS {
        assert!(story.stands(&said[5], user), "{user}: {}", said[5]);
    }
    assert!(said[7].contains("INDEXER_POLL"), "{}", said[7]);
    assert_eq!(asked(&said[9]), RESTARTS[2..3], "only the indexer's file changed");
    assert_eq!(asked(&said[11]), RESTARTS[2..3], "and back again: {}", said[10]);
    assert_eq!(said[5], said[12], "what was taken back is as it was");
}

#[test]
fn pull_goes_as_its_page_says() {
    let story = Story::new("docs/pull.md");
    let origin = "cd \"$MACHINE/origin\"; git init -qb main; git add -A; git commit -qm one; mkdir /root/new; cp \"$MACHINE/bin/rpconf\" /root/new\n";
    let by_hand =
        format!("export OP_CONNECT_HOST={} OP_CONNECT_TOKEN_FILE=/etc/rpconf/connect-token\n", story.server.host);
    let scripts = [
        origin.to_string(),
        format!("cd /root/new\n{}", story.block(1)),
        format!("{by_hand}{}", story.block(2)),
        LOOK.to_string(),
        "sed -i 's/poll: 5/poll: 7/' /etc/rpconf/env/production.yml; systemctl start rpconf-apply@production\n"
            .to_string(),
        format!("{by_hand}{}", story.block(3)),
        LOOK.to_string(),
        "systemctl start rpconf-apply@production\n".to_string(),
        LOOK.to_string(),
        format!("{by_hand}rpconf -C /etc/rpconf apply production --resume\n"),
        LOOK.to_string(),
    ];
    let said = story.run(&scripts);
    for (nth, expect) in [
        (1, vec![]),
        (2, vec!["failed with 6: rpconf -C /etc/rpconf apply production --check"]),
        (4, vec![]),
        (5, vec![]),
        (7, vec![]),
        (9, vec![]),
    ] {
        assert_eq!(failed(&said[nth]), expect, "script {nth}: {}", said[nth]);
    }
    for (user, _) in ACCOUNTS {
        assert!(story.stands(&said[3], user), "{user}: {}", said[3]);
    }
    let first = asked(&said[2]);
    assert_eq!(first[0], "systemctl start rpconf-apply@production");
    assert_eq!(first[1..5], RESTARTS, "{}", said[2]);
    assert_eq!(first[5..], ["systemctl enable --now rpconf-apply@production.timer"]);
    assert_eq!(asked(&said[4])[1..], RESTARTS[2..3], "only the indexer's file changed");
    assert!(said[3] != said[10] && said[3] == said[6], "a rollback brings back what was");
    assert!(said[7].contains("held"), "{}", said[7]);
    assert_eq!((asked(&said[7]).len(), &said[8]), (1, &said[6]), "the timer changes nothing then");
    assert_eq!(asked(&said[9]), RESTARTS[2..3]);
}
