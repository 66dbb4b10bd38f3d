//! How many requests, and how many at a time.

use serde_json::json;

use super::*;

/// A vault of so many items, and three references into each.
fn many(items: usize) -> (Value, Vec<String>) {
    let item = |n| json!({"title": format!("Item {n}"), "fields": {"a": "canary", "b": "canary", "c": "canary"}});
    let content =
        json!({"plaintext": true, "vaults": [{"name": "V", "items": (0..items).map(item).collect::<Vec<_>>()}]});
    let references = (0..items).flat_map(|n| ["a", "b", "c"].map(|field| format!("op://V/Item {n}/{field}")));
    (content, references.collect())
}

#[test]
fn a_cold_run_asks_twice_more_than_a_warm_one() {
    run(async {
        let (content, references) = many(8);
        let served = serve(&content, Options::default()).await;
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        let cold = ask(&client(&settings(&served.url)), &references, &Lock::default()).await.expect("answers");
        assert_eq!((cold.problems().count(), served.server.counters().requests), (0, 10));
        let warm = ask(&client(&settings(&served.url)), &references, cold.learnt()).await.expect("answers");
        assert_eq!((warm.problems().count(), served.server.counters().requests), (0, 18));
    });
}

#[test]
fn sixteen_requests_run_at_a_time() {
    run(async {
        let (content, references) = many(50);
        let served = serve(&content, Options { latency: Duration::from_millis(10), ..Options::default() }).await;
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        let answers = ask(&client(&settings(&served.url)), &references, &Lock::default()).await.expect("answers");
        assert_eq!(answers.problems().count(), 0);
        let counters = served.server.counters();
        assert_eq!((counters.requests, counters.most), (52, 16));
        assert!(counters.connections <= 16, "{} connections for 16 requests at a time", counters.connections);
    });
}

#[test]
fn an_attached_file_is_one_request() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        let client = client(&settings(&served.url));
        let file = "op://RapidPro/rapidpro.pem/key";
        assert!(value(&client, file, &Lock::default()).await.is_ok());
        let paths: Vec<String> = client.exchanges.borrow().iter().map(|exchange| exchange.path.clone()).collect();
        assert_eq!(paths.len(), 4, "{paths:?}");
        assert!(paths[3].ends_with("/content"), "{paths:?}");
    });
}
