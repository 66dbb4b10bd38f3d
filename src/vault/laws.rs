//! The laws that every vault keeps. Each backend's tests fill it with [`content`] and call [`vault_laws`].

use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::diag::{FileId, Span, Spanned};
use crate::model::Reference;
use crate::source::{Entry, Kind, Mapping, Node, Scalar, Style, Typed};

/// What every secret of [`content`] holds, so that a message with one in it is found.
const CANARY: &str = "canary";

/// The vaults that the laws speak about.
pub(crate) fn content() -> Value {
    let every: String = (' '..='~').collect();
    json!({"plaintext": true, "vaults": [
        {"name": "RapidPro", "items": [
            {"title": "Postgres", "category": "DATABASE", "sections": [{"id": "s1", "label": "Replica"}], "fields": [
                {"id": "hostname", "label": "server", "type": "STRING", "value": "canary-host"},
                {"id": "password", "label": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": "canary-password"},
                {"id": "r1", "label": "login", "section": {"id": "s1"}, "value": "canary-replica"},
                {"id": "r2", "label": "login", "section": "Old", "value": "canary-old"},
                {"label": "empty"},
                {"label": "one-time", "type": "OTP", "value": "otpauth://canary", "totp": "canary-otp"},
            ]},
            {"title": "Twice", "fields": {"password": "canary-1"}},
            {"title": "twice", "fields": {"password": "canary-2"}},
            {"title": "Gone", "state": "ARCHIVED", "fields": {"password": "canary-gone"}},
            {"title": "Moved", "state": "ARCHIVED", "fields": {"password": "canary-before"}},
            {"title": "Moved", "fields": {"password": "canary-after"}},
            {"title": "rapidpro.pem", "category": "DOCUMENT", "files": [
                {"name": "key", "text": "canary-line 1\ncanary-line 2\n"},
                {"name": "binary", "content": "/w=="},
            ]},
            {"title": "  'quoted' \"title\" / with 🧀", "fields": {"a/b": "canary-slash"}},
            {"title": "Awkward", "fields": {
                "lines": "canary\nline\r\n", "nul": "canary\u{0}", "every": format!("{CANARY}{every}"),
                "long": CANARY.repeat(11_000),
            }},
            {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "title": "By id", "fields": {"password": "canary-by-id"}},
            {"id": "bbbbbbbbbbbbbbbbbbbbbbbbbb", "title": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "fields": {"password": "canary-by-name"}},
        ]},
        {"name": "Other", "items": [{"title": "Postgres", "fields": {"password": "canary-other"}}]},
        {"name": "Double", "items": []},
        {"name": "double", "items": []},
    ]})
}

/// One reference and what the laws say of it: its value, or what the message says.
type Law = (&'static str, Result<&'static str, &'static str>);

const LAWS: &[Law] = &[
    ("op://RapidPro/Postgres/server", Ok("canary-host")),
    ("op://RapidPro/Postgres/hostname", Ok("canary-host")),
    ("op://rapidpro/POSTGRES/Password", Ok("canary-password")),
    ("op://RapidPro/Postgres/replica/login", Ok("canary-replica")),
    ("op://RapidPro/Postgres/Old/login", Ok("canary-old")),
    ("op://RapidPro/Postgres/empty", Ok("")),
    ("op://RapidPro/Postgres/one-time?attribute=otp", Ok("canary-otp")),
    ("op://RapidPro/Postgres/server?attribute=type", Ok("STRING")),
    ("op://RapidPro/Moved/password", Ok("canary-after")),
    ("op://RapidPro/rapidpro.pem/key", Ok("canary-line 1\ncanary-line 2\n")),
    ("op://RapidPro/  'quoted' \"title\" %2F with 🧀/a%2Fb", Ok("canary-slash")),
    ("op://RapidPro/Awkward/lines", Ok("canary\nline\r\n")),
    ("op://RapidPro/Awkward/nul", Ok("canary\u{0}")),
    ("op://RapidPro/aaaaaaaaaaaaaaaaaaaaaaaaaa/password", Ok("canary-by-id")),
    ("op://Other/Postgres/password", Ok("canary-other")),
    ("op://RapidPor/Postgres/password", Err("there is no vault `RapidPor` that may be read; did you mean `RapidPro`")),
    ("op://Double/x/password", Err("2 vaults are named `Double`")),
    (
        "op://RapidPro/Postgers/password",
        Err("there is no item `Postgers` in the vault `RapidPro`; did you mean `Postgres`"),
    ),
    ("op://RapidPro/Twice/password", Err("2 items in the vault `RapidPro` are titled `Twice`")),
    ("op://RapidPro/Gone/password", Err("the item `Gone` in the vault `RapidPro` is archived")),
    ("op://RapidPro/Postgres/passwrod", Err("no field `passwrod`; it has `password`")),
    ("op://RapidPro/Postgres/replcia/login", Err("no section `replcia`; it has `Replica`")),
    ("op://RapidPro/Postgres/login", Err("`r1` in section `Replica`, `r2` in section `Old`")),
    ("op://RapidPro/Postgres/server?attribute=otp", Err("has no one-time password")),
    ("op://RapidPro/rapidpro.pem/binary", Err("is not UTF-8 text")),
];

/// Checks a vault that holds [`content`].
pub(crate) async fn vault_laws(vault: &dyn Vault) {
    let references: Vec<Reference> = LAWS.iter().map(|(text, _)| Reference::parse(text).expect(text)).collect();
    let batch = Batch::of(&references);
    let learnt = laws_hold(vault, &references, &batch, &Lock::default()).await;

    // With what was learnt, the same answers and nothing more to learn.
    let again = laws_hold(vault, &references, &batch, &learnt).await;
    assert_eq!(again, learnt, "{}: a lock changes nothing", vault.name());
    let locked = fetch(vault, &Batch::of(&references[..15]), &learnt, Names::Locked).await.expect("answers");
    assert_eq!(locked.problems().count(), 0, "{}: the lock suffices for what was found", vault.name());

    stale_ids_fall_back_to_the_name(vault, &learnt).await;
    awkward_values_arrive_whole(vault).await;
}

async fn laws_hold(vault: &dyn Vault, references: &[Reference], batch: &Batch, lock: &Lock) -> Lock {
    let answers = fetch(vault, batch, lock, Names::Learn).await.expect("answers");
    for ((text, expect), reference) in LAWS.iter().zip(references) {
        let answer = answers.get(reference).expect("every reference is answered");
        match (answer, expect) {
            (Ok(secret), Ok(value)) => assert_eq!(secret.expose(), value, "{}: {text}", vault.name()),
            (Err(problem), Err(message)) => {
                let shown = problem.to_string();
                assert!(shown.contains(message), "{}: {text}: {shown}", vault.name());
                assert!(!format!("{shown}{problem:?}").contains(CANARY), "{}: {text}: {shown}", vault.name());
            }
            (answer, _) => panic!("{}: {text}: {answer:?}", vault.name()),
        }
    }
    assert!(!format!("{answers:?}").contains(CANARY), "{}: no value in Debug", vault.name());
    assert_eq!(answers.notices(), []);
    answers.learnt().clone()
}

async fn stale_ids_fall_back_to_the_name(vault: &dyn Vault, learnt: &Lock) {
    let reference = Reference::new("RapidPro", "Moved", "password");
    let batch = Batch::of([&reference]);
    let home = learnt.get("RapidPro", "Moved").expect("learnt").vault.clone();
    let vaults = [home.clone()];
    let listed = vault.summaries(&vaults).await.remove(0).expect("a list");
    let archived = listed.iter().find(|i| i.title == "Moved" && !i.is_active()).expect("archived").id.clone();
    for (item, what) in [("zzzzzzzzzzzzzzzzzzzzzzzzzz".to_string(), Stale::Nothing), (archived, Stale::Archived)] {
        let mut lock = Lock::default();
        lock.learn("RapidPro", "Moved", ItemId { vault: home.clone(), item });
        let answers = fetch(vault, &batch, &lock, Names::Learn).await.expect("answers");
        let value = answers.get(&reference).expect("an answer").map(|secret| secret.expose().clone());
        assert_eq!(value.ok().as_deref(), Some("canary-after"), "{}", vault.name());
        let (vault_name, item) = ("RapidPro".to_string(), "Moved".to_string());
        assert_eq!(answers.notices(), [Notice::LockStale { vault: vault_name, item, what }]);
        let refused = fetch(vault, &batch, &lock, Names::Locked).await.expect("answers");
        assert!(matches!(refused.get(&reference), Some(Err(Problem::LockStale { what: w, .. })) if *w == what));
    }
    let unknown = fetch(vault, &batch, &Lock::default(), Names::Locked).await.expect("answers");
    assert!(matches!(unknown.get(&reference), Some(Err(Problem::NotLocked { .. }))));
}

async fn awkward_values_arrive_whole(vault: &dyn Vault) {
    for field in ["every", "long"] {
        let reference = Reference::new("RapidPro", "Awkward", field);
        let answers = fetch(vault, &Batch::of([&reference]), &Lock::default(), Names::Learn).await.expect("answers");
        let got = answers.get(&reference).expect("an answer").map(|secret| secret.expose().clone());
        let content = content();
        let expect = content.pointer(&format!("/vaults/0/items/8/fields/{field}")).and_then(Value::as_str);
        assert_eq!(got.ok().as_deref(), expect, "{}: {field}", vault.name());
    }
}

/// A tree without places, as the laws need none.
pub(crate) fn tree(value: &Value) -> Node {
    let span = Span::new(FileId(0), 0, 0);
    let scalar = |text: String, typed| Kind::Scalar(Scalar { text, style: Style::Plain, typed });
    let kind = match value {
        Value::Null => scalar(String::new(), Typed::Null),
        Value::Bool(value) => scalar(value.to_string(), Typed::Bool(*value)),
        Value::Number(value) => scalar(value.to_string(), Typed::Int(value.as_i64().expect("an integer"))),
        Value::String(text) => scalar(text.clone(), Typed::String),
        Value::Array(items) => Kind::Sequence(items.iter().map(|item| Rc::new(tree(item))).collect()),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| Entry {
                key: Spanned::new(key.clone(), span),
                value: Rc::new(tree(value)),
            };
            Kind::Mapping(Mapping { entries: map.iter().map(entry).collect() })
        }
    };
    Node { span, kind, overrides: vec![] }
}
