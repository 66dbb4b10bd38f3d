//! Writes, and reads that lag behind them.

use super::*;
use crate::vault::serve::{Fault, Grant};
use crate::vault::{Change, Item, NewField, NewItem, Section};

async fn locate(client: &Client, item: &str) -> ItemId {
    let reference = format!("op://RapidPro/{item}/password");
    let answers = ask(client, &[&reference], &Lock::default()).await.expect("answers");
    answers.learnt().get("RapidPro", item).cloned().expect("an item")
}

fn text(item: &Item, field: &str) -> Option<String> {
    let field = item.fields.iter().find(|f| f.label == field)?;
    Some(field.value.as_ref().map_or("", |value| value.expose()).to_string())
}

fn secret(value: &str) -> Secret<String> {
    Secret::new(value.to_string())
}

#[test]
fn one_patch_carries_several_changes() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        let client = client(&settings(&served.url));
        let id = locate(&client, "Postgres").await;
        let changes = [
            Change::Set { field: "password".into(), value: secret("canary-new") },
            Change::Clear { field: "hostname".into() },
            Change::Add(NewField { label: "next".into(), value: Some(secret("canary-next")), ..NewField::default() }),
            Change::Remove { field: "r1".into() },
        ];
        let item = client.connect.patch(&id, &changes).await.expect("patched");
        assert_eq!(item.summary.version, 2);
        for (field, value) in [("password", Some("canary-new")), ("server", Some("")), ("next", Some("canary-next"))] {
            assert_eq!(text(&item, field).as_deref(), value, "{field}");
        }
        let saved = served.saved.lock().expect("saved").last().cloned().expect("a file");
        let content = crate::vault::file::parse("saved", &saved, false).expect("a vault file");
        let file = crate::vault::FileVault::new(content);
        let kept = file.items(std::slice::from_ref(&id)).await.remove(0).expect("the item");
        assert_eq!(text(&kept, "next").as_deref(), Some("canary-next"));
        assert!(kept.fields.iter().all(|field| field.id != "r1"));
    });
}

#[test]
fn items_come_and_go() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        let client = client(&settings(&served.url));
        let vault = locate(&client, "Postgres").await.vault;
        let new = NewItem {
            title: "Mailroom".into(),
            category: "API_CREDENTIAL".into(),
            sections: vec![Section { id: "s".into(), label: "Tokens".into() }],
            fields: vec![NewField {
                label: "token".into(),
                kind: "CONCEALED".into(),
                section: Some(Section { id: "s".into(), label: String::new() }),
                generate: Some(40),
                ..NewField::default()
            }],
        };
        let item = client.connect.create(&vault, &new).await.expect("created");
        let token = text(&item, "token").expect("a token");
        assert!(token.len() == 40 && token.bytes().all(|b| b.is_ascii_alphanumeric()));
        let read = value(&client, "op://RapidPro/Mailroom/Tokens/token", &Lock::default()).await;
        assert_eq!(read, Ok(token));

        let id = ItemId { vault: vault.clone(), item: item.summary.id };
        let whole = format!(r#"{{"vault": {{"id": "{vault}"}}, "category": "LOGIN", "title": "Renamed"}}"#);
        let item = client.connect.replace(&id, &secret(&whole)).await.expect("replaced");
        assert_eq!((item.summary.title.as_str(), item.summary.version, item.fields.len()), ("Renamed", 2, 0));

        client.connect.delete(&id).await.expect("deleted");
        assert_eq!(client.connect.delete(&id).await, Err(Refusal::Missing));
    });
}

#[test]
fn a_read_after_a_write_may_be_old() {
    run(async {
        let served = serve(&content(), Options { stale_reads: 2, ..Options::default() }).await;
        let client = client(&settings(&served.url));
        let id = locate(&client, "Postgres").await;
        let change = Change::Set { field: "password".into(), value: secret("canary-new") };
        client.connect.patch(&id, &[change]).await.expect("patched");
        let mut versions = vec![];
        for _ in 0..3 {
            let item = client.connect.items(std::slice::from_ref(&id)).await.remove(0).expect("the item");
            versions.push(item.summary.version);
        }
        assert_eq!(versions, [1, 1, 2]);
    });
}

/// How often a write is sent under a fault, and whether it is done in the end.
async fn check(faulty: &str, expect: bool, requests: usize) {
    let served = serve(&content(), Options::default()).await;
    let id = locate(&client(&settings(&served.url)), "Postgres").await;
    let faults = vec![faulty.parse::<Fault>().expect(faulty)];
    let served = serve(&content(), Options { faults, ..Options::default() }).await;
    let client = client(&settings(&served.url));
    let change = Change::Set { field: "password".into(), value: secret("canary-new") };
    let done = client.connect.patch(&id, &[change]).await;
    assert_eq!(done.is_ok(), expect, "{faulty}: {:?}", done.err());
    assert_eq!(client.exchanges.borrow().len(), requests, "{faulty}");
}

#[test]
fn a_write_is_sent_again_only_where_it_was_not_carried_out() {
    run(async {
        check("429:1*1", true, 2).await;
        check("500*1", false, 1).await;
        check("reset*1", false, 1).await;
        check("400*1", false, 1).await;
    });
}

#[test]
fn a_token_that_reads_may_not_write() {
    run(async {
        let grants = Some(vec![Grant { vault: "RapidPro".into(), write: false }]);
        let tokens = vec![Token { secret: Secret::new(TOKEN.into()), grants }];
        let served = serve(&content(), Options { tokens, ..Options::default() }).await;
        let client = client(&settings(&served.url));
        let id = locate(&client, "Postgres").await;
        assert_eq!(client.connect.delete(&id).await, Err(Refusal::Forbidden));
        assert!(served.saved.lock().expect("saved").is_empty());
    });
}
