//! The lock, between real sessions: of another process that is killed or stopped, and in another database.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rpconf::rotate::strategies::postgres::AdvisoryLock;
use rpconf::rotate::{Guard, Holder, Lock as _, LockError};
use sha2::{Digest as _, Sha256};

use crate::parts::outside::block_on;
use crate::parts::pair::{OWNER, admin, deployed, lock, login, server};
use crate::parts::postgres::Postgres;
use crate::servers::wait;

fn key() -> i64 {
    let digest = Sha256::digest(b"rpconf/production/postgres");
    i64::from_be_bytes(digest[..8].try_into().expect("eight bytes"))
}

/// Another process that holds the lock, and does nothing.
fn holder(postgres: &Postgres, user: &str, database: &str) -> Child {
    let mut psql = postgres.psql(user, database);
    psql.env("PGAPPNAME", "rpconf eve@host 01K production/postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if user != "admin" {
        psql.args(["-h", "127.0.0.1"]).env("PGPASSWORD", "changes-0");
    }
    let mut psql = psql.spawn().expect("psql");
    tell(&mut psql, &format!("select pg_advisory_lock({});\n", key()));
    wait("the holder", || held(postgres) == 1);
    psql
}

fn tell(psql: &mut Child, sql: &str) {
    psql.stdin.as_mut().expect("its input").write_all(sql.as_bytes()).expect("a statement");
}

fn held(postgres: &Postgres) -> usize {
    postgres
        .sql("postgres", "select count(*) from pg_locks where locktype = 'advisory' and granted")
        .parse()
        .expect("a number")
}

/// Waits for that; our own connections are closed by the runtime meanwhile.
async fn held_by(many: usize, postgres: &Postgres) {
    for _ in 0..500 {
        if held(postgres) == many {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the lock is held {} times", held(postgres));
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
}

fn other(taken: Result<Box<dyn Guard>, LockError>) -> Holder {
    match taken {
        Err(LockError::Held(holder)) => holder,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was free"),
    }
}

#[test]
fn one_operator_at_a_time_and_the_other_is_told_who_and_since_when() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let (ann, bob) = (lock(postgres.port, "ann@laptop 01J"), lock(postgres.port, "bob@desk 01K"));
        assert_eq!(bob.holder().await, Ok(None));
        assert_eq!(bob.unlock().await, Ok(None));
        let guard = ann.acquire().await.expect("the lock");
        guard.check().await.expect("held");
        let holder = other(bob.acquire().await);
        assert_eq!(holder.who, "ann@laptop 01J");
        let utc = postgres.sql("postgres", "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD')");
        assert!(
            holder.since.starts_with(&utc) && holder.since.ends_with('Z') && holder.since.len() == 20,
            "{holder:?}"
        );
        assert_eq!(bob.holder().await, Ok(Some(holder)));
        // Not twice in one process either.
        assert_eq!(other(ann.acquire().await).who, "ann@laptop 01J");
        let staging = AdvisoryLock::new(server(postgres.port), admin(), "staging", "postgres", "bob");
        staging.acquire().await.expect("the lock of another environment");
        drop(guard);
        held_by(0, &postgres).await;
        bob.acquire().await.expect("the lock").check().await.expect("held");
    });
}

#[test]
fn a_killed_holder_frees_it_and_a_stopped_one_is_ended() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let bob = lock(postgres.port, "bob@desk 01K");
        let mut killed = holder(&postgres, "rotator", "postgres");
        assert_eq!(other(bob.acquire().await).who, "eve@host 01K");
        signal(&killed, "-KILL");
        killed.wait().expect("ended");
        held_by(0, &postgres).await;
        drop(bob.acquire().await.expect("the lock"));
        held_by(0, &postgres).await;

        let mut stopped = holder(&postgres, "rotator", "postgres");
        signal(&stopped, "-STOP");
        assert_eq!(other(bob.acquire().await).who, "eve@host 01K");
        assert_eq!(bob.unlock().await.expect("unlocked").expect("somebody").who, "eve@host 01K");
        let guard = bob.acquire().await.expect("the lock");
        // Awake again, it finds its connection gone, and with it the statement.
        tell(&mut stopped, "alter role temba nologin;\n");
        signal(&stopped, "-CONT");
        assert!(!stopped.wait().expect("psql").success());
        assert_eq!(postgres.sql("postgres", "select rolcanlogin from pg_roles where rolname = 'temba'"), "t");
        guard.check().await.expect("held");
    });
}

#[test]
fn the_same_key_in_another_database_is_the_same_lock() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let bob = lock(postgres.port, "bob@desk 01K");
        let mut elsewhere = holder(&postgres, "admin", "rapidpro");
        assert_eq!(other(bob.acquire().await).who, "eve@host 01K");
        // Whoever lost lets go of what it got in its own database.
        held_by(1, &postgres).await;
        elsewhere.kill().and_then(|()| elsewhere.wait()).expect("ended");
        held_by(0, &postgres).await;

        // An admin who may not enter `postgres` meets those who may.
        postgres.sql("postgres", "revoke connect on database postgres from public");
        let guard = bob.acquire().await.expect("the lock");
        let place = "select datname from pg_stat_activity where application_name like 'rpconf bob%'";
        assert_eq!(postgres.sql("postgres", place), "rapidpro");
        guard.check().await.expect("held");
        drop(guard);
        held_by(0, &postgres).await;
        let mut elsewhere = holder(&postgres, "admin", "postgres");
        assert_eq!(other(bob.acquire().await).who, "eve@host 01K");
        elsewhere.kill().and_then(|()| elsewhere.wait()).expect("ended");
    });
}

#[test]
fn a_server_that_ends_idle_sessions_keeps_the_holders() {
    block_on(async {
        let postgres = deployed(OWNER, &["idle_session_timeout=300ms", "log_connections=on"]);
        let guard = lock(postgres.port, "ann@laptop 01J").acquire().await.expect("the lock");
        tokio::time::sleep(Duration::from_secs(1)).await;
        guard.check().await.expect("held");
    });
}

#[test]
fn who_cannot_come_in_is_told_why() {
    let postgres = deployed(OWNER, &[]);
    let check = |port: u16, password: &str, part: &str| {
        let lock = AdvisoryLock::new(server(port), login("rotator", password), "production", "postgres", "ann");
        match block_on(lock.acquire()) {
            Err(LockError::Unreachable(words)) => {
                assert!(words.contains(part) && !words.contains("hunter2"), "{words}")
            }
            _ => panic!("{part}"),
        }
    };
    check(postgres.port, "hunter2", "password authentication failed for user \"rotator\"");
    check(crate::servers::free_port(), "hunter2", "Connection refused");
}
