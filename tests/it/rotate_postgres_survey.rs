//! What PLAN refuses at a real PostgreSQL, before anything was changed, and what it says to do.

use rpconf::rotate::{Fault, Strategy as _, Survey};

use crate::parts::outside::block_on;
use crate::parts::pair::{Driver, OWNER, admin, deployed, login, server};
use crate::parts::postgres::Postgres;

/// Looks, after something was spoiled.
fn survey<S: rpconf::rotate::Strategy>(driver: &Driver<S>) -> Survey {
    block_on(driver.strategy.survey(&driver.standing)).expect("a survey")
}

fn adopted(postgres: &Postgres) -> Driver<rpconf::rotate::strategies::postgres::RolePair> {
    let mut driver = Driver::pair(postgres, OWNER);
    block_on(async {
        driver.adopt().await;
        driver.let_go();
    });
    assert_eq!(survey(&driver).blocked, []);
    driver
}

fn blocked(survey: &Survey, what: &str, help: &str) {
    let found = survey.blocked.iter().any(|it| it.what.contains(what) && it.help.contains(help));
    assert!(found, "no `{what}` with `{help}` in {:#?}", survey.blocked);
}

#[test]
fn a_plan_says_what_is_there_and_what_would_be_done() {
    let postgres = deployed(OWNER, &[]);
    let driver = adopted(&postgres);
    let found = survey(&driver);
    let facts = found.facts.join("\n");
    for part in [
        "current `temba`: logs in, acts as `temba`",
        "next `temba_a`: rests, acts as `temba`, 2 settings",
        "log_statement=none",
        "of 100, at most",
        "pg_hba.conf: not shown",
    ] {
        assert!(facts.contains(part), "{part}: {facts}");
    }
    assert_eq!(found.will.len(), 2);
    assert_eq!((found.gap, found.consumers, found.warnings), (None, vec![], vec![]));
}

#[test]
fn what_stands_in_the_way_is_told_with_what_to_do() {
    let postgres = deployed(OWNER, &[]);
    let driver = adopted(&postgres);
    let check = |spoil: &str, mend: &str, what: &str, help: &str| {
        postgres.sql("postgres", spoil);
        blocked(&survey(&driver), what, help);
        postgres.sql("postgres", mend);
        assert_eq!(survey(&driver).blocked, [], "{mend}");
    };
    check("alter role rotator nocreaterole", "alter role rotator createrole", "may not change roles", "CREATEROLE");
    check(
        "set role rotator; revoke temba from temba_a",
        "set role rotator; grant temba to temba_a",
        "not a member of `temba`",
        "rotate adopt",
    );
    check("alter role temba_a reset role", "alter role temba_a set role to temba", "not set to act as", "rotate adopt");
    check("alter role temba_a superuser", "alter role temba_a nosuperuser", "`temba_a` is a superuser", "NOSUPERUSER");
    check("alter role temba superuser", "alter role temba nosuperuser", "`temba` is a superuser", "NOSUPERUSER");
    check("alter role temba_a login", "alter role temba_a nologin", "should rest and can log in", "NOLOGIN");
    check("alter role temba set work_mem = '9MB'", "alter role temba reset work_mem", "setting of `work_mem`", "adopt");
    check(
        "alter role temba_a rename to x",
        "alter role x rename to temba_a",
        "no role `temba_a`",
        "--strategy in-place",
    );
    postgres.sql("postgres", "alter role rotator superuser nocreaterole");
    assert_eq!(survey(&driver).blocked, []);
}

#[test]
fn credentials_that_do_not_fit() {
    let postgres = deployed(OWNER, &[]);
    let mut driver = adopted(&postgres);
    driver.strategy.backend.admin = login("rotator", "wrong");
    blocked(&survey(&driver), "the admin cannot log in: password authentication failed", "resources.postgres.admin");
    driver.strategy.backend.admin = admin();

    postgres.sql("postgres", "create role reader login password 'reader'");
    driver.standing.current = login("reader", "reader");
    blocked(&survey(&driver), "`reader` owns nothing: the tables of `rapidpro` are `temba`'s", "credential of `temba`");
    driver.standing.current = login("temba", "drifted");
    blocked(&survey(&driver), "the current credential does not log in", "into the vault");
    driver.standing.current = login("nobody-there", "x");
    blocked(&survey(&driver), "the current credential does not log in", "into the vault");
    driver.standing.current = admin();
    blocked(&survey(&driver), "the admin is the role itself", "a role of its own");

    driver.strategy.backend.server = server(crate::servers::free_port());
    let fault = block_on(driver.strategy.survey(&driver.standing)).expect_err("nobody answers");
    assert!(matches!(fault, Fault::Unreachable(_)), "{fault:?}");
}

#[test]
fn adoption_takes_nobody_elses_role() {
    let postgres = deployed(OWNER, &[]);
    let plan = |sql: &str| {
        postgres.sql("postgres", sql);
        let driver = Driver::pair(&postgres, OWNER);
        let plan = block_on(driver.strategy.plan_adoption(&driver.standing)).expect("a plan");
        assert!(block_on(driver.strategy.adopt(&plan)).is_err(), "{plan:#?}");
        plan.blocked.iter().map(|it| format!("{}: {}", it.what, it.help)).collect::<Vec<_>>().join("\n")
    };
    assert!(plan("create role temba_a login").contains("there is a role `temba_a` already"));
    assert!(plan("alter role temba_a superuser").contains("`temba_a` is a superuser"));
    assert!(plan("drop role temba_a; alter role rotator nocreaterole").contains("may not change roles"));
}

#[test]
fn rules_that_name_the_old_login_are_found() {
    let postgres = deployed(OWNER, &[]);
    let driver = adopted(&postgres);
    postgres.sql("postgres", "alter role rotator superuser");
    assert_eq!(survey(&driver).blocked, []);
    postgres.rules("host rapidpro temba all scram-sha-256\nhost all rotator all password");
    let found = survey(&driver);
    blocked(&found, "names `temba`, and not `temba_a`", "write `+temba` there");
    assert!(found.warnings.iter().any(|it| it.contains("send the password itself")), "{:?}", found.warnings);
    postgres.rules("host rapidpro +temba all scram-sha-256\nhost all rotator all scram-sha-256");
    assert_eq!(survey(&driver).blocked, []);
    postgres.rules("host rapidpro temba all trust\nhost all rotator all scram-sha-256");
    postgres.sql("postgres", "set password_encryption = 'md5'; alter role temba password 'as of old'");
    let found = survey(&driver).warnings.join("\n");
    assert!(found.contains("without a password") && found.contains("is kept as MD5"), "{found}");
}

#[test]
fn in_place_needs_to_see_who_came_before() {
    let postgres = deployed(OWNER, &[]);
    let driver = Driver::in_place(&postgres, OWNER);
    assert_eq!(survey(&driver).blocked, []);
    postgres.sql("postgres", "revoke pg_read_all_stats from rotator");
    blocked(&survey(&driver), "cannot see when sessions began", "GRANT pg_read_all_stats TO \"rotator\"");
    postgres.sql("postgres", "grant pg_read_all_stats to rotator; alter role temba valid until '2099-01-01'");
    blocked(&survey(&driver), "expires at 2099", "VALID UNTIL 'infinity'");
}

#[test]
fn too_few_connections_are_told() {
    let postgres = deployed(OWNER, &[]);
    let driver = adopted(&postgres);
    let mut psql = postgres.psql(OWNER, "rapidpro");
    let mut consumer = psql.args(["-c", "select pg_sleep(60)"]);
    postgres.rules("local all all trust\nhost all all all scram-sha-256");
    consumer = consumer.env("PGAPPNAME", "mailroom").stderr(std::process::Stdio::null());
    let mut consumer = consumer.spawn().expect("psql");
    let count = "select count(*) from pg_stat_activity where application_name = 'mailroom'";
    crate::servers::wait("the consumer", || postgres.sql("postgres", count) == "1");
    postgres.sql("postgres", "alter role temba_a connection limit 0");
    let found = survey(&driver);
    blocked(&found, "may have 0 connections, and `temba` has 1", "CONNECTION LIMIT -1");
    assert_eq!(found.consumers[0].name, "mailroom");
    postgres.sql("postgres", "alter role temba_a connection limit -1; revoke pg_read_all_stats from rotator");
    let found = survey(&driver);
    assert!(found.warnings[0].contains("cannot see where sessions come from"));
    assert_eq!((found.consumers[0].address.as_str(), found.consumers[0].connections), ("(hidden)", 1));
    consumer.kill().and_then(|()| consumer.wait()).expect("ended");
}
