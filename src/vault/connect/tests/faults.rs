//! What a server, a proxy or a network does on a bad day.

use super::*;
use crate::vault::serve::{Fault, Grant};

const REFERENCE: &str = "op://RapidPro/Postgres/password";

fn fault(text: &str) -> Options {
    Options { faults: vec![text.parse::<Fault>().expect(text)], ..Options::default() }
}

/// What one reference comes to under a fault (a part of the message where it fails), and how many requests it takes.
fn check(faulty: &str, expect: Result<&str, &str>, requests: usize) {
    run(async {
        let served = serve(&content(), fault(faulty)).await;
        let client = client(&settings(&served.url));
        let got = value(&client, REFERENCE, &Lock::default()).await;
        match (&got, expect) {
            (Err(message), Err(part)) => {
                assert!(message.contains(part), "{faulty}: {message}");
                assert!(!message.contains("canary"), "{faulty}: {message}");
            }
            _ => assert_eq!(got, expect.map(str::to_string).map_err(str::to_string), "{faulty}"),
        }
        let told = format!("{:?}", client.exchanges.borrow());
        assert!(!told.contains("canary"), "{faulty}: {told}");
        assert_eq!(client.exchanges.borrow().len(), requests, "{faulty}: {told}");
    });
}

#[test]
fn what_passes_is_waited_for() {
    let value = Ok("canary-password");
    check("500*2", value, 5);
    check("503*4", value, 7);
    check("429:1*1", value, 4);
    check("reset*1", value, 4);
    check("reset*2@/items/", value, 5);
}

#[test]
fn what_does_not_pass_is_said() {
    check("500@/items/", Err("answered with status 500"), 7);
    check("500", Err("answered with status 500"), 5);
    check("400", Err("answered with status 400"), 1);
    check("404@/items/", Err("there is no item `Postgres` in the vault `RapidPro`"), 3);
    check("403@/items", Err("the token may not read the vault `RapidPro`"), 3);
    check("401", Err("does not accept the token"), 1);
    check("reset", Err("which broke off"), 5);
    check("truncate", Err("JSON that ends too early"), 1);
    check("truncate@/items/", Err("JSON that ends too early"), 3);
    check("html", Err("HTML instead of JSON"), 1);
    check("wrong-json", Err("JSON of another kind, at line 1 column 0"), 1);
    check("wrong-id@/items/", Err("another item than the one that was asked for"), 3);
    check("huge:100@/items/", Err("more than 16 MiB"), 3);
    check("429:60", Err("too many requests"), 1);
}

#[test]
fn a_message_names_the_host() {
    run(async {
        let served = serve(&content(), fault("html")).await;
        let message = value(&client(&settings(&served.url)), REFERENCE, &Lock::default()).await.expect_err("HTML");
        assert!(message.contains(&served.url), "{message}");
    });
}

#[test]
fn a_retry_waits_as_long_as_the_server_asks() {
    run(async {
        let served = serve(&content(), fault("429:7*1")).await;
        let client = client(&settings(&served.url));
        assert!(value(&client, REFERENCE, &Lock::default()).await.is_ok());
        assert_eq!(*client.time.slept.borrow(), [Duration::from_secs(7)]);
    });
}

#[test]
fn a_403_is_tried_again_once_the_token_has_worked() {
    check("403*1@/items/", Ok("canary-password"), 4);
    check("403*1", Err("answered with status 403"), 1);
}

#[test]
fn the_deadline_holds_against_silence() {
    run(async {
        let served = serve(&content(), fault("silence:60")).await;
        let (deadline, request_timeout) = (Duration::from_millis(400), Duration::from_millis(100));
        let client = client(&Settings { deadline, request_timeout, ..settings(&served.url) });
        let begun = std::time::Instant::now();
        let message = value(&client, REFERENCE, &Lock::default()).await.expect_err("silence");
        assert!(message.contains("did not answer everything within 0.4 s"), "{message}");
        assert!(begun.elapsed() < Duration::from_secs(1));
        let again = value(&client, REFERENCE, &Lock::default()).await.expect_err("the time is over");
        assert_eq!(again, message, "nothing more is sent");
    });
}

#[test]
fn a_redirect_is_not_followed() {
    run(async {
        let other = serve(&content(), Options::default()).await;
        let served = serve(&content(), fault(&format!("redirect:{}/v1/vaults", other.url))).await;
        let message =
            value(&client(&settings(&served.url)), REFERENCE, &Lock::default()).await.expect_err("a redirect");
        assert!(message.contains("a redirect"), "{message}");
        assert_eq!(other.server.counters().requests, 0);
    });
}

#[test]
fn nobody_listens() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let client = client(&settings(&url));
        let message = value(&client, REFERENCE, &Lock::default()).await.expect_err("nobody");
        assert!(message.contains(&url) && message.contains("refused"), "{message}");
        assert_eq!(client.exchanges.borrow().len(), 5);
    });
}

#[test]
fn a_token_reaches_its_vaults_only() {
    run(async {
        let all = serve(&content(), Options::default()).await;
        let learnt = ask(&client(&settings(&all.url)), &[REFERENCE], &Lock::default()).await.expect("answers");

        let grants = Some(vec![Grant { vault: "Other".into(), write: false }]);
        let tokens = vec![Token { secret: Secret::new(TOKEN.into()), grants }];
        let served = serve(&content(), Options { tokens, ..Options::default() }).await;
        let client = client(&settings(&served.url));
        let message = value(&client, REFERENCE, &Lock::default()).await.expect_err("by name");
        assert_eq!(message, "there is no vault `RapidPro` that may be read");
        let message = value(&client, REFERENCE, learnt.learnt()).await.expect_err("by a locked id");
        assert_eq!(message, "the token may not read the vault `RapidPro`");
        assert_eq!(
            value(&client, "op://Other/Postgres/password", &Lock::default()).await.as_deref(),
            Ok("canary-other")
        );
    });
}

#[test]
fn a_wrong_token_is_asked_about_once() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        let client = client(&Settings { token: Secret::new("canary-other".into()), ..settings(&served.url) });
        let message = value(&client, REFERENCE, &Lock::default()).await.expect_err("a wrong token");
        assert!(message.contains("does not accept the token") && !message.contains("canary"), "{message}");
        assert_eq!(client.exchanges.borrow().len(), 1);
    });
}
