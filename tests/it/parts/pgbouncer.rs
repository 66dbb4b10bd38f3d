//! A pgbouncer in front of a PostgreSQL, in transaction mode, over SCRAM on both sides.

use std::path::Path;
use std::process::{Child, Command};

use rpconf::rotate::Credential;
use tempfile::TempDir;

use crate::parts::pair::text;
use crate::parts::postgres::Postgres;
use crate::servers::{command, free_port, unprivileged_folder, wait};

/// Where a pooler knows users from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// It asks the server, as `bouncer`.
    AuthQuery,
    /// From a file, with the verifiers that the server has.
    List,
}

/// A pooler, stopped when it is dropped.
pub struct PgBouncer {
    folder: TempDir,
    child: Child,
    pub port: u16,
}

impl PgBouncer {
    /// In front of that server.
    pub fn start(postgres: &Postgres, users: Users) -> Self {
        let (folder, owner) = unprivileged_folder();
        let port = free_port();
        let list = folder.path().join("users.txt");
        let (known, query) = match users {
            Users::AuthQuery => ("\"bouncer\" \"bouncer\"\n".to_string(), "auth_user = bouncer\n"),
            Users::List => (verifiers(postgres), ""),
        };
        std::fs::write(&list, known).expect("a list");
        let settings = format!(
            "[databases]\nrapidpro = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n{query}pool_mode = transaction\n",
            postgres.port,
            list.display(),
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("settings");
        let started = command(Path::new("/usr/sbin/pgbouncer"), owner).arg("-q").arg(&file).spawn();
        let pgbouncer = Self { folder, child: started.expect("pgbouncer is missing: run tests/run"), port };
        wait("pgbouncer", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        pgbouncer
    }

    /// Reads the server's verifiers into its list.
    pub fn learn(&mut self, postgres: &Postgres) {
        std::fs::write(self.folder.path().join("users.txt"), verifiers(postgres)).expect("a list");
        Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().expect("a signal");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }

    /// Whether a login works through it.
    pub fn ask(&self, who: &Credential) -> bool {
        let mut psql = Command::new("psql");
        psql.args(["-XAtqc", "select count(*) from orgs_org", "-h", "127.0.0.1", "-d", "rapidpro", "-U"]);
        psql.arg(who.user.as_deref().expect("a user")).args(["-p", &self.port.to_string()]);
        let done = psql.env("PGPASSWORD", text(&who.password)).output().expect("psql");
        done.status.success() && done.stdout == b"1\n"
    }
}

fn verifiers(postgres: &Postgres) -> String {
    let sql = "select format('\"%s\" \"%s\"', rolname, rolpassword) from pg_authid where rolpassword is not null";
    postgres.sql("postgres", sql) + "\n"
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
