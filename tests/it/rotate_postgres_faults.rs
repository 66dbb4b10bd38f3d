//! What goes wrong at the database in the middle of a rotation, by the numbers of the failure matrix: each leaves the
//! current credential valid, and can be gone on from and undone.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use rpconf::model::Secret;
use rpconf::rotate::strategies::postgres::RolePair;
use rpconf::rotate::{Fault, Lock as _, Login, Strategy as _};

use crate::parts::outside::block_on;
use crate::parts::pair::{Driver, OWNER, backend, deployed, lock, login, text};
use crate::parts::postgres::Postgres;
use crate::servers::wait;

/// Adopted, and staged.
async fn staged(postgres: &Postgres) -> Driver<RolePair> {
    let mut driver = Driver::pair(postgres, OWNER);
    driver.adopt().await;
    driver.stage().await;
    driver
}

/// The rest of it.
async fn goes_on(driver: &mut Driver<RolePair>) {
    driver.apply().await.expect("applied");
    driver.verify().await.expect("verified");
    driver.promote();
    driver.retire().await;
    assert_eq!(driver.strategy.login(&driver.standing.current).await, Login::Works);
}

fn verifier(postgres: &Postgres) -> String {
    postgres.sql("postgres", "select rolcanlogin, rolpassword from pg_authid where rolname = 'temba_a'")
}

fn end_the_holder(postgres: &Postgres) {
    let holders = "from pg_locks where locktype = 'advisory'";
    postgres.sql("postgres", &format!("select pg_terminate_backend(pid) {holders}"));
    wait("its end", || postgres.sql("postgres", &format!("select count(*) {holders}")) == "0");
}

/// Somebody else who changes the role, and does not come to an end.
fn change_of_somebody_elses(postgres: &Postgres) -> Child {
    let mut psql =
        postgres.psql("admin", "postgres").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql");
    let mut input = psql.stdin.take().expect("its input");
    input.write_all(b"begin; alter role temba_a connection limit 7;\n").expect("a statement");
    psql.stdin = Some(input);
    wait("the change", || {
        postgres.sql("postgres", "select count(*) from pg_stat_activity where state = 'idle in transaction'") == "1"
    });
    psql
}

#[test]
fn row_9_without_the_lock_nothing_is_changed() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.take_lock().await;
        end_the_holder(&postgres);
        assert!(matches!(driver.apply().await, Err(Fault::LockLost(_))));
        assert_eq!(verifier(&postgres), "f|");
        driver.let_go();
        assert!(matches!(
            driver.strategy.apply(&driver.next(), &driver.standing.current).await,
            Err(Fault::LockLost(_))
        ));
        goes_on(&mut driver).await;
    });
}

#[test]
fn row_10_who_wakes_up_late_changes_nothing() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let sleeper = staged(&postgres).await;
        sleeper.guard().check().await.expect("held");

        let second = lock(postgres.port, "bob@desk 01J");
        let holder = second.unlock().await.expect("unlocked").expect("somebody");
        assert_eq!(holder.who, "ann@laptop 01J");
        let held = second.acquire().await.expect("the lock");
        let strategy = RolePair { backend: backend(postgres.port, &second) };
        let (next, current) = (sleeper.next(), sleeper.standing.current.clone());
        strategy.apply(&next, &current).await.expect("applied");
        strategy.retire(&current, &next, std::time::Duration::ZERO).await.expect("retired");
        let after = verifier(&postgres);

        assert!(matches!(sleeper.guard().check().await, Err(Fault::LockLost(_))));
        assert!(matches!(sleeper.strategy.apply(&next, &current).await, Err(Fault::LockLost(_))));
        assert!(matches!(sleeper.strategy.undo(&next, &current).await, Err(Fault::LockLost(_))));
        assert_eq!(verifier(&postgres), after);
        held.check().await.expect("held");
        assert_eq!(strategy.login(&next).await, Login::Works);
    });
}

#[test]
fn row_11_whoever_goes_on_applies_the_same_verifier() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.apply().await.expect("applied");
        let before = verifier(&postgres);
        assert!(before.starts_with("t|SCRAM-SHA-256$4096:"));
        // All that a killed process leaves is the item.
        let standing = driver.standing.clone();
        drop(driver);
        let mut driver = Driver::pair(&postgres, OWNER);
        driver.standing = standing;
        assert_eq!(driver.both().await, [Login::Works, Login::Works]);
        driver.apply().await.expect("applied");
        assert_eq!(verifier(&postgres), before);
        goes_on(&mut driver).await;
    });
}

#[test]
fn row_12_a_server_that_dies_before_the_commit_forgets_the_change() {
    block_on(async {
        let mut postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.take_lock().await;
        let mut other = change_of_somebody_elses(&postgres);
        let (applied, ()) = tokio::join!(driver.apply(), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(
                postgres.sql("postgres", "select query from pg_stat_activity").contains("ALTER ROLE \"temba_a\" LOGIN")
            );
            postgres.crash();
        });
        assert!(matches!(applied, Err(Fault::LockLost(_))), "{applied:?}");
        other.wait().expect("psql");
        assert!(matches!(driver.both().await, [Login::Unknown(_), Login::Unknown(_)]));
        postgres.run();
        assert_eq!(driver.both().await, [Login::Refused, Login::Works]);
        driver.let_go();
        goes_on(&mut driver).await;
    });
}

#[test]
fn a_change_does_not_wait_behind_another() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        let mut other = change_of_somebody_elses(&postgres);
        let fault = driver.apply().await.expect_err("the role is being changed");
        assert!(matches!(&fault, Fault::Unreachable(words) if words.contains("somebody else is changing the role")));
        other.kill().and_then(|()| other.wait()).expect("ended");
        wait("its end", || {
            postgres.sql("postgres", "select count(*) from pg_stat_activity where state = 'idle in transaction'") == "0"
        });
        // The lock is still held, and the same connection goes on.
        goes_on(&mut driver).await;
    });
}

#[test]
fn row_13_a_policy_says_no_to_the_value() {
    block_on(async {
        let postgres = deployed(OWNER, &["shared_preload_libraries=passwordcheck"]);
        let mut driver = staged(&postgres).await;
        // A server that is given a verifier can hold but one thing against it.
        driver.standing.next = Some(login("temba_a", "temba_a"));
        let fault = driver.apply().await.expect_err("the policy");
        assert!(matches!(&fault, Fault::Rejected(words) if words.contains("user name")), "{fault:?}");
        assert_eq!(driver.both().await, [Login::Refused, Login::Works]);
        driver.undo().await;
        driver.rotate().await;
    });
}

#[test]
fn row_14_a_spoiled_verifier_never_reaches_the_server() {
    block_on(async {
        let postgres = deployed(OWNER, &["log_statement=all"]);
        let mut driver = staged(&postgres).await;
        let good = driver.next();
        let kept = text(good.verifier.as_ref().expect("a verifier")).to_string();
        let of_another = text(
            driver
                .strategy
                .generate(&driver.standing)
                .await
                .expect("a value")
                .credential
                .verifier
                .as_ref()
                .expect("a verifier"),
        )
        .to_string();
        for spoiled in ["", "temba", &kept[..kept.len() - 1], &kept.replacen("4096", "4095", 1), &of_another] {
            driver.standing.next.as_mut().expect("a next").verifier = Some(Secret::new(spoiled.to_string()));
            let fault = driver.apply().await.expect_err("a spoiled verifier");
            assert!(matches!(&fault, Fault::Unfit(words) if words.contains("nothing was sent")), "{fault:?}");
        }
        assert_eq!(verifier(&postgres), "f|");
        assert!(!postgres.log().contains("ALTER ROLE \"temba_a\" LOGIN"));
        driver.standing.next = Some(good);
        goes_on(&mut driver).await;
    });
}

#[test]
fn row_15_a_login_that_cannot_act_as_the_owner_is_no_login() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.apply().await.expect("applied");
        for (spoil, part) in [
            ("set role rotator; revoke temba from temba_a", "`temba_a` acts as `temba_a` and not as `temba`"),
            ("alter role temba_a reset role", "`temba_a` acts as `temba_a` and not as `temba`"),
            ("alter role temba_a set role to 'rotator'", "`temba_a` acts as `temba_a` and not as `temba`"),
            ("alter role temba_a valid until '2099-01-01'", "expires at 2099"),
        ] {
            postgres.sql("postgres", spoil);
            let fault = driver.verify().await.expect_err("it is spoiled");
            assert!(fault.to_string().contains(part), "{fault}");
            assert_eq!(driver.both().await, [Login::Works, Login::Works]);
            // Adoption mends what is the pair's, and `apply` what is the password's.
            driver.adopt().await;
            driver.apply().await.expect("applied");
            driver.verify().await.expect("mended");
        }
        postgres.sql("postgres", "alter role temba_a reset role");
        driver.undo().await;
        assert_eq!(verifier(&postgres), "f|");
        driver.adopt().await;
        driver.rotate().await;
    });
}

#[test]
fn row_16_rules_of_the_server_keep_the_new_login_out() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.apply().await.expect("applied");
        let any = "host all all all scram-sha-256";
        postgres.rules(&format!("host rapidpro temba_a all reject\n{any}"));
        // The password is not what is wrong: nobody concludes that it was not applied.
        assert!(matches!(driver.both().await, [Login::Unknown(_), Login::Works]));
        let fault = driver.verify().await.expect_err("kept out");
        assert!(fault.to_string().contains("pg_hba.conf rejects"), "{fault}");
        postgres.rules(any);
        goes_on(&mut driver).await;
    });
}

#[test]
fn row_27_the_login_that_stays_is_never_retired() {
    block_on(async {
        let postgres = deployed(OWNER, &[]);
        let mut driver = staged(&postgres).await;
        driver.take_lock().await;
        let current = driver.standing.current.clone();
        let fault = driver.strategy.retire(&current, &current, std::time::Duration::ZERO).await.expect_err("the same");
        assert!(fault.to_string().contains("both the old and the new login"));
        assert!(driver.strategy.apply(&current, &current).await.is_err());
        assert_eq!(driver.strategy.login(&current).await, Login::Works);
        // The owner's legacy password is brought back as any other, by a verifier of its own.
        let next = driver.next();
        driver.apply().await.expect("applied");
        driver.strategy.retire(&current, &next, std::time::Duration::ZERO).await.expect("retired");
        assert_eq!(driver.both().await, [Login::Works, Login::Refused]);
        driver.strategy.apply(&current, &next).await.expect("restored");
        assert_eq!(driver.both().await, [Login::Works, Login::Works]);
    });
}
