//! PostgreSQL clusters of one's own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tempfile::TempDir;

use crate::servers::{command, free_port, unprivileged_folder, wait};

/// A cluster, stopped when it is dropped. Its superuser is `admin`, who needs no password at its socket.
pub struct Postgres {
    folder: TempDir,
    owner: Option<u32>,
    child: Option<Child>,
    settings: Vec<String>,
    pub port: u16,
}

/// The newest PostgreSQL's programs.
fn bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let bins = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists());
    bins.max().expect("PostgreSQL's server is missing (postgresql-15): run tests/run")
}

impl Postgres {
    /// With these settings, as `log_statement=all`.
    pub fn start(settings: &[&str]) -> Self {
        let (folder, owner) = unprivileged_folder();
        let made = command(&bin().join("initdb"), owner)
            .args([
                "--no-sync",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--username=admin",
                "--encoding=UTF8",
            ])
            .args(["--locale=C", "--pgdata"])
            .arg(folder.path().join("data"))
            .status();
        assert!(made.expect("initdb").success());
        let settings = settings.iter().map(ToString::to_string).collect();
        let mut postgres = Self { folder, owner, child: None, settings, port: free_port() };
        postgres.run();
        postgres
    }

    /// Starts it where it was stopped.
    pub fn run(&mut self) {
        let log = File::options().create(true).append(true).open(self.path("log")).expect("a log");
        let mut server = command(&bin().join("postgres"), self.owner);
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-p", &self.port.to_string(), "-k"]);
        server.arg(self.folder.path()).arg("-D").arg(self.path("data")).stderr(log);
        for setting in &self.settings {
            server.args(["-c", setting]);
        }
        self.child = Some(server.spawn().expect("postgres"));
        wait("PostgreSQL", || self.try_sql("postgres", "select 1").is_ok());
    }

    /// Ends it at once, as a crash does: what was not committed is lost.
    pub fn crash(&mut self) {
        self.end("-QUIT");
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut child) = self.child.take() {
            // SIGKILL would leave its own processes.
            let _ = Command::new("kill").args([signal, &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    /// A file of it.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Another `pg_hba.conf`, in force from the next login on.
    pub fn rules(&self, rules: &str) {
        let loaded = || self.sql("postgres", "select pg_conf_load_time()");
        let before = loaded();
        std::fs::write(self.path("data/pg_hba.conf"), format!("local all admin trust\n{rules}\n")).expect("the rules");
        self.sql("postgres", "select pg_reload_conf()");
        wait("the new rules", || loaded() != before);
        assert_eq!(self.sql("postgres", "select count(*) from pg_hba_file_rules where error is not null"), "0");
    }

    /// What a statement answers, by the superuser at the socket.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let done = self.psql("admin", database).arg("-c").arg(sql).output();
        let done = done.expect("psql is missing (postgresql-client): run tests/run");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_string();
        if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
    }

    /// psql at the socket.
    pub fn psql(&self, user: &str, database: &str) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user, "-p", &self.port.to_string(), "-h"]);
        psql.arg(self.folder.path()).arg("-d").arg(database);
        psql
    }

    /// Everything that it has written down.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).expect("a log")
    }

    /// A file that the server may read, as its keys have to be.
    pub fn give(&self, file: &str, text: &[u8]) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(file);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a file of its own");
        std::os::unix::fs::chown::<&Path>(&path, self.owner, self.owner).expect("a file of its own");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end("-INT");
    }
}
