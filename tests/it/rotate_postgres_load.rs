//! Nobody notices: clients log in every 20 ms, by the URL of a rendered file, over whole rotations.
//!
//! Each figure is of a few seconds here; `RPCONF_LOAD_SECONDS=60` takes it over a minute.

use std::time::Duration;

use crate::deployment::{AWKWARD_USER, Deployment};
use crate::parts::load::{Figures, Load};
use crate::parts::outside::block_on;
use crate::parts::pair::{Driver, deployed, text};
use crate::servers::free_port;

const CLIENTS: usize = 32;

fn seconds() -> f64 {
    let asked = std::env::var("RPCONF_LOAD_SECONDS").ok();
    asked.map_or(8.0, |text| text.parse().expect("RPCONF_LOAD_SECONDS is a number"))
}

/// Waits for a part of the time.
async fn pause(part: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds() * part)).await;
}

/// The URL in courier's file, as `rpconf render` writes it from that login.
fn rendered(port: u16, login: &rpconf::rotate::Credential) -> String {
    let user = login.user.as_deref().expect("a user");
    let deployment = Deployment::with_login("26.2", port, free_port(), user, text(&login.password));
    let file =
        deployment.files().into_keys().find(|path| path.ends_with("courier/environment")).expect("courier's file");
    deployment.environment(&file)["COURIER_DB"].clone()
}

fn tell(what: &str, figures: &Figures) {
    println!(
        "{what}: {CLIENTS} clients, {:.0} s, {} logins, {} refused, gap {:.2} s",
        seconds(),
        figures.logins,
        figures.refusals.len(),
        figures.gap().as_secs_f64()
    );
}

#[test]
fn two_logins_by_turns_leave_no_gap() {
    block_on(async {
        let postgres = deployed(AWKWARD_USER, &[]);
        let mut driver = Driver::pair(&postgres, AWKWARD_USER);
        driver.adopt().await;
        let load = Load::start(CLIENTS, &rendered(postgres.port, &driver.standing.current));
        // From the legacy role to the first login, and on to the second.
        for _ in 0..2 {
            driver.stage().await;
            pause(0.08).await;
            driver.apply().await.expect("applied");
            driver.verify().await.expect("verified");
            driver.promote();
            let url = rendered(postgres.port, &driver.standing.current);
            pause(0.08).await;
            load.reload(&url);
            for _ in 0..200 {
                pause(0.01).await;
                if driver.left().await == 0 {
                    break;
                }
            }
            pause(0.08).await;
            assert_eq!(driver.left().await, 0);
            driver.retire().await;
            pause(0.08).await;
        }
        tokio::time::sleep(Duration::from_secs_f64(seconds()).saturating_sub(load.elapsed())).await;
        let figures = load.finish();
        tell("role-pair", &figures);
        assert!(figures.refusals.is_empty(), "{:?}", &figures.refusals[..3.min(figures.refusals.len())]);
        assert!(figures.logins > CLIENTS * 10, "{} logins", figures.logins);
    });
}

#[test]
fn in_place_the_gap_is_from_apply_to_reload() {
    block_on(async {
        let postgres = deployed(AWKWARD_USER, &[]);
        let mut driver = Driver::in_place(&postgres, AWKWARD_USER);
        let load = Load::start(CLIENTS, &rendered(postgres.port, &driver.standing.current));
        driver.stage().await;
        pause(0.2).await;
        let applied = load.elapsed();
        driver.apply().await.expect("applied");
        driver.verify().await.expect("verified");
        driver.promote();
        let url = rendered(postgres.port, &driver.standing.current);
        let reloaded = load.elapsed();
        load.reload(&url);
        pause(0.2).await;
        driver.retire().await;
        tokio::time::sleep(Duration::from_secs_f64(seconds()).saturating_sub(load.elapsed())).await;
        let figures = load.finish();
        tell("in-place", &figures);
        assert!(!figures.refusals.is_empty());
        assert!(figures.refusals.iter().all(|refusal| refusal.words.contains("password authentication failed")));
        // A login that was on its way takes its time to be refused.
        let slack = Duration::from_secs(2);
        let within = |at: Duration| at >= applied && at <= reloaded + slack;
        assert!(figures.refusals.iter().all(|refusal| within(refusal.at)), "{applied:?} {reloaded:?} {figures:?}");
    });
}
