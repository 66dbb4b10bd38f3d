//! Rotation of a real PostgreSQL's credential, phase by phase, each call made twice.

use rpconf::rotate::strategies::postgres::{Server, SslMode};
use rpconf::rotate::{Credential, Login, Strategy as _};

use crate::deployment::{AWKWARD_USER, awkward_secret};
use crate::parts::outside::block_on;
use crate::parts::pair::{Driver, OWNER, deployed, login, text};
use crate::parts::pgbouncer::{PgBouncer, Users};
use crate::parts::postgres::Postgres;

/// What a login answers to a query.
fn ask(postgres: &Postgres, who: &Credential, sql: &str) -> Result<String, String> {
    let user = who.user.as_deref().expect("a user");
    let mut psql = postgres.psql(user, "rapidpro");
    let done = psql.args(["-h", "127.0.0.1", "-c", sql]).env("PGPASSWORD", text(&who.password)).output().expect("psql");
    let words = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_string();
    if done.status.success() { Ok(words(done.stdout)) } else { Err(words(done.stderr)) }
}

fn attribute(postgres: &Postgres, role: &str, column: &str) -> String {
    postgres.sql("postgres", &format!("select {column} from pg_authid where rolname = '{role}'"))
}

/// No password was written down by the server, though everything else was.
fn check_log(postgres: &Postgres, passwords: &[String], verifiers: bool) {
    let statistics = postgres.sql("postgres", "select query from pg_stat_statements");
    for (place, written) in [("log", postgres.log()), ("statistics", statistics)] {
        assert!(written.contains("NOLOGIN PASSWORD NULL") || !verifiers, "{place}");
        assert_eq!(written.contains("SCRAM-SHA-256$"), verifiers, "{place}");
        for password in passwords {
            assert!(!written.contains(password.as_str()), "a password is in the {place}");
        }
    }
}

#[test]
fn a_legacy_role_is_adopted_and_its_logins_take_turns() {
    block_on(async {
        let settings =
            ["log_statement=all", "log_min_duration_statement=0", "shared_preload_libraries=pg_stat_statements"];
        let postgres = deployed(AWKWARD_USER, &settings);
        postgres.sql("postgres", "create extension pg_stat_statements");
        let mut driver = Driver::pair(&postgres, AWKWARD_USER);
        let (first, second) = (format!("{AWKWARD_USER}_a"), format!("{AWKWARD_USER}_b"));

        let survey = driver.strategy.survey(&driver.standing).await.expect("a survey");
        assert!(survey.blocked[0].what.contains(&first) && survey.blocked[0].help.contains("rotate adopt"));
        let plan = driver.strategy.plan_adoption(&driver.standing).await.expect("a plan");
        assert_eq!(plan.statements.len(), 10, "{plan:#?}");
        assert!(plan.statements.iter().any(|it| it.sql.ends_with(r#"SET "search_path" TO '$user', 'public'"#)));
        driver.adopt().await;
        let plan = driver.strategy.plan_adoption(&driver.standing).await.expect("a plan");
        assert_eq!((plan.statements, plan.blocked), (vec![], vec![]));
        assert_eq!(attribute(&postgres, &first, "rolcanlogin, rolpassword is null"), "f|t");

        let mut passwords = vec![awkward_secret()];
        for (turn, (current, rests)) in
            [(&first, &second), (&second, &first), (&first, &second)].into_iter().enumerate()
        {
            let retired = driver.standing.current.clone();
            driver.rotate().await;
            let now = &driver.standing.current;
            assert_eq!((now.user.as_ref(), driver.standing.standby.as_ref()), (Some(current), Some(rests)));
            assert_eq!(driver.strategy.login(&retired).await, Login::Refused);
            let gone = retired.user.as_deref().expect("a user");
            assert_eq!(attribute(&postgres, gone, "rolcanlogin, rolpassword is null"), "f|t");
            // What one login made, the next one changes.
            let make = format!(
                "create table turn_{turn} (id int); select tableowner from pg_tables where tablename = 'turn_{turn}'"
            );
            assert_eq!(ask(&postgres, now, &make), Ok(AWKWARD_USER.to_string()));
            if turn > 0 {
                let alter =
                    format!("alter table turn_{} add column more text; alter extension hstore update", turn - 1);
                assert_eq!(ask(&postgres, now, &alter), Ok(String::new()));
            }
            let own = ask(&postgres, now, "select current_setting('lock_timeout'), current_setting('search_path')");
            assert_eq!(own, Ok("5s|\"$user\", public".to_string()));
            passwords.push(text(&now.password).to_string());
        }
        check_log(&postgres, &passwords, true);
    });
}

#[test]
fn a_superuser_keeps_even_verifiers_out_of_the_log() {
    block_on(async {
        let settings =
            ["log_statement=all", "log_min_duration_statement=0", "shared_preload_libraries=pg_stat_statements"];
        let postgres = deployed(OWNER, &settings);
        postgres.sql("postgres", "create extension pg_stat_statements");
        postgres.sql("postgres", "alter role rotator superuser");
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.adopt().await;
        driver.rotate().await;
        check_log(&postgres, &[text(&driver.standing.current.password).to_string()], false);
    });
}

#[test]
fn what_was_applied_is_undone() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.adopt().await;
        driver.stage().await;
        driver.apply().await.expect("applied");
        let next = driver.next();
        driver.undo().await;
        assert_eq!(driver.strategy.login(&next).await, Login::Refused);
        assert_eq!(driver.strategy.login(&driver.standing.current).await, Login::Works);
        assert_eq!(attribute(&postgres, "temba_a", "rolcanlogin, rolpassword is null"), "f|t");
        // Gone altogether is undone, too.
        postgres.sql("postgres", "drop role temba_a");
        driver.standing.next = Some(next);
        driver.undo().await;
        driver.adopt().await;
        driver.rotate().await;
    });
}

#[test]
fn sessions_of_the_old_login_are_counted_and_ended_when_asked() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.adopt().await;
        driver.stage().await;
        driver.apply().await.expect("applied");
        driver.promote();
        assert_eq!(driver.left().await, 0);
        let old = driver.standing.previous.clone().expect("a previous");
        let mut psql = postgres.psql(OWNER, "rapidpro");
        psql.args(["-h", "127.0.0.1", "-c", "select pg_sleep(60)"]).env("PGPASSWORD", text(&old.password));
        let mut consumer = psql.env("PGAPPNAME", "celery").stderr(std::process::Stdio::null()).spawn().expect("psql");
        crate::servers::wait("the consumer", || {
            postgres.sql("postgres", "select count(*) from pg_stat_activity where application_name = 'celery'") == "1"
        });
        let left =
            driver.strategy.gauge(&old, &driver.standing.current, std::time::Duration::ZERO).await.expect("a gauge");
        assert_eq!((left[0].name.as_str(), left[0].address.as_str(), left[0].connections), ("celery", "127.0.0.1", 1));
        driver.strategy.backend.kill_stragglers = true;
        driver.retire().await;
        assert!(!consumer.wait().expect("psql").success());
    });
}

#[test]
fn one_password_is_changed_in_place() {
    block_on(async {
        let postgres = deployed(OWNER, &["log_statement=all"]);
        postgres.sql("postgres", "comment on role temba is 'RapidPro''s'");
        let mut driver = Driver::in_place(&postgres, OWNER);
        let survey = driver.strategy.survey(&driver.standing).await.expect("a survey");
        assert!(survey.gap.expect("a gap").contains("refused from `apply`"));
        let started = |user: &Credential, name: &str| {
            let mut psql = postgres.psql(OWNER, "rapidpro");
            psql.args(["-h", "127.0.0.1", "-c", "select pg_sleep(60)"]).env("PGPASSWORD", text(&user.password));
            let child = psql.env("PGAPPNAME", name).stderr(std::process::Stdio::null()).spawn().expect("psql");
            let count = format!("select count(*) from pg_stat_activity where application_name = '{name}'");
            crate::servers::wait(name, || postgres.sql("postgres", &count) == "1");
            child
        };
        driver.stage().await;
        let mut before = started(&driver.standing.current, "before");
        driver.apply().await.expect("applied");
        assert_eq!(driver.both().await, [Login::Works, Login::Refused]);
        driver.verify().await.expect("verified");
        driver.promote();
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let mut after = started(&driver.standing.current, "after");
        let left = |driver: &Driver<_>| {
            let (old, new) = (driver.standing.previous.clone().expect("a previous"), driver.standing.current.clone());
            (old, new)
        };
        let (old, new) = left(&driver);
        let names = |found: Vec<rpconf::rotate::Consumer>| found.into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(
            names(driver.strategy.gauge(&old, &new, std::time::Duration::ZERO).await.expect("a gauge")),
            ["before"]
        );
        before.kill().and_then(|()| before.wait()).expect("ended");
        postgres.sql(
            "postgres",
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'before'",
        );
        crate::servers::wait("its end", || {
            postgres.sql("postgres", "select count(*) from pg_stat_activity where application_name = 'before'") == "0"
        });
        assert_eq!(driver.left().await, 0);
        driver.retire().await;
        after.kill().and_then(|()| after.wait()).expect("ended");
        let comment = "select shobj_description(oid, 'pg_authid') from pg_roles where rolname = 'temba'";
        assert_eq!(postgres.sql("postgres", comment), "RapidPro's");
        assert!(!postgres.log().contains(text(&new.password)));
    });
}

#[test]
fn logins_work_through_a_pooler_on_both_sides() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        postgres.sql("postgres", "create role bouncer superuser login password 'bouncer'");
        let pgbouncer = PgBouncer::start(&postgres, Users::AuthQuery);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.strategy.backend.pooler = Some(at(pgbouncer.port));
        driver.adopt().await;
        for _ in 0..2 {
            driver.stage().await;
            driver.apply().await.expect("applied");
            driver.verify().await.expect("verified, through the pooler too");
            let (next, current) = (driver.next(), driver.standing.current.clone());
            assert_eq!([pgbouncer.ask(&next), pgbouncer.ask(&current)], [true, true]);
            // Applied again, with the same verifier: pooled connections go on.
            driver.apply().await.expect("applied");
            assert_eq!([pgbouncer.ask(&next), pgbouncer.ask(&current)], [true, true]);
            driver.promote();
            // The pool keeps server connections of the old login open: they are ended here, or by their timeout.
            driver.strategy.backend.kill_stragglers = true;
            driver.retire().await;
            assert_eq!([pgbouncer.ask(&next), pgbouncer.ask(&current)], [true, false]);
        }
    });
}

#[test]
fn a_list_of_users_that_lacks_the_login_is_noticed() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut pgbouncer = PgBouncer::start(&postgres, Users::List);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.strategy.backend.pooler = Some(at(pgbouncer.port));
        assert!(pgbouncer.ask(&driver.standing.current));
        driver.adopt().await;
        driver.stage().await;
        driver.apply().await.expect("applied");
        let fault = driver.verify().await.expect_err("the pooler does not know it");
        assert!(fault.to_string().contains("the pooler"), "{fault}");
        pgbouncer.learn(&postgres);
        driver.verify().await.expect("verified");
        assert_eq!([pgbouncer.ask(&driver.next()), pgbouncer.ask(&driver.standing.current)], [true, true]);
    });
}

fn at(port: u16) -> Server {
    Server { host: "127.0.0.1".into(), port, database: "rapidpro".into(), sslmode: SslMode::Prefer, ca: None }
}

/// What `sslmode` believes, against a server with a certificate for `localhost`.
#[test]
fn sslmode_means_what_libpq_means() {
    let postgres = deployed(OWNER, &[]);
    let openssl = |arguments: &[&str]| {
        let done = std::process::Command::new("openssl").args(arguments).current_dir(postgres.path("")).output();
        assert!(done.expect("openssl").status.success(), "{arguments:?}");
    };
    let make = |name: &str, more: &[&str]| {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let subject = format!("/CN={name}");
        let first =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        openssl(&[&first[..], &["-subj", &subject, "-keyout", &key, "-out", &certificate], more].concat());
        [key, certificate].map(|file| std::fs::read(postgres.path(&file)).expect("a file"))
    };
    let [_, ca] = make("ca", &[]);
    let [_, other] = make("other", &[]);
    let leaf = [
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    let [key, certificate] = make("localhost", &leaf);
    postgres.give("data/server.key", &key);
    postgres.give("data/server.crt", &certificate);
    postgres.sql("postgres", "alter system set ssl = on");
    let check = |rules: &str, host: &str, mode: SslMode, ca: Option<&[u8]>, expect: Login| {
        postgres.rules(rules);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.strategy.backend.server =
            Server { host: host.into(), sslmode: mode, ca: ca.map(<[u8]>::to_vec), ..at(postgres.port) };
        let found = block_on(driver.strategy.login(&driver.standing.current));
        match (&found, &expect) {
            (Login::Unknown(found), Login::Unknown(part)) => {
                assert!(found.contains(part.as_str()), "{mode:?}: {found}")
            }
            _ => assert_eq!(found, expect, "{rules} {host} {mode:?}"),
        }
    };
    let unknown = |part: &str| Login::Unknown(part.to_string());
    let (any, only, never) =
        ("host all all all scram-sha-256", "hostssl all all all scram-sha-256", "hostnossl all all all scram-sha-256");
    check(any, "127.0.0.1", SslMode::Disable, None, Login::Works);
    check(only, "127.0.0.1", SslMode::Disable, None, unknown("no pg_hba.conf entry"));
    check(only, "127.0.0.1", SslMode::Allow, None, Login::Works);
    check(only, "127.0.0.1", SslMode::Prefer, None, Login::Works);
    check(never, "127.0.0.1", SslMode::Prefer, None, Login::Works);
    check(never, "127.0.0.1", SslMode::Require, None, unknown("no pg_hba.conf entry"));
    check(only, "127.0.0.1", SslMode::Require, None, Login::Works);
    check(only, "127.0.0.1", SslMode::VerifyCa, Some(&ca), Login::Works);
    check(only, "127.0.0.1", SslMode::VerifyCa, Some(&other), unknown("UnknownIssuer"));
    check(only, "127.0.0.1", SslMode::VerifyCa, None, unknown("need the file"));
    check(only, "127.0.0.1", SslMode::VerifyCa, Some(b"no PEM"), unknown("holds no certificate"));
    check(only, "localhost", SslMode::VerifyFull, Some(&ca), Login::Works);
    check(only, "127.0.0.1", SslMode::VerifyFull, Some(&ca), unknown("not valid for name"));
    let wrong = login(OWNER, "wrong");
    let driver = Driver::pair(&postgres, OWNER);
    assert_eq!(block_on(driver.strategy.login(&wrong)), Login::Refused);
}
