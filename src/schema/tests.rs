//! Every kind of fault: its place, its words, and its mend.

use proptest::prelude::*;

use super::{structure, text, validate_file};
use crate::diag::{Notes, SourceMap};
use crate::source::apply;

fn judged(document: &str) -> (SourceMap, Notes) {
    let mut map = SourceMap::default();
    let notes = validate_file("env/test.yml", document, &mut map);
    (map, notes)
}

/// What is said of a document: `line:column code message | label`, by place.
fn check(document: &str, expect: &[&str]) {
    let (map, notes) = judged(document);
    let said: Vec<String> = notes
        .sorted()
        .into_iter()
        .map(|note| {
            let label = note.labels.first().expect("a place");
            let place = map.locate(label.span).replace("env/test.yml:", "");
            let tail = if label.text.is_empty() { String::new() } else { format!(" | {}", label.text) };
            format!("{place} {} {}{tail}", note.code, note.message)
        })
        .collect();
    assert_eq!(said, expect, "{document}");
}

/// The document with its safe fixes, or with all.
fn mended(document: &str, all: bool) -> String {
    let (map, notes) = judged(document);
    let fixes = notes.iter().flat_map(|note| &note.fixes).filter(|fix| all || fix.safe);
    let edits: Vec<_> = fixes.flat_map(|fix| fix.edits.clone()).collect();
    let file = map.files().next().expect("a file");
    apply(map.text(file), &edits).expect("edits that fit")
}

#[test]
fn what_a_document_may_say_passes() {
    for document in [
        "{}",
        "release: 7.10\nversions: {courier: 7.4.0, django: 9.2}\nextends: [base, more]\n",
        "release: \"7.4\"\nvault: {name: RapidPro, backend: file, file: demo.vault.yml, allow_http: false}\n",
        "vault: RapidPro\nhosts: {web: {services: [django, beat]}, gone: null}\n",
        "hosts: {\"007\": {internal: 10.0.0.1}, 7: {internal: 10.0.0.2}}\n",
        "resources: {redis: {port: 6379, db: 15}, postgres: {port: op://v/i/f, sslmode: require}}\n",
        "resources: {redis: {port: '{{ resources.postgres.port }}', host: '1Password:Vault:v:i'}}\n",
        "resources: {postgres: {password: {ref: {vault: v, item: i, section: s, field: f}}}, redis: {host: {ref: op://v/i/f}}}\n",
        "resources: {postgres: null, redis: {host: ~, port: null}, s3: {credentials: null}}\n",
        "services: {django: {SECRET_KEY: op://v/i/f, FOO: {a: [1, {b: null}]}, ALLOWED_HOSTS: [{ref: op://v/i/f, optional: true}]}}\n",
        "services: {django: {X: {python: 'timedelta(days=1)', imports: [from datetime import timedelta]}, Y: {imports: 5}}}\n",
        "services: {courier: {port: 8005, COURIER_PORT: 8005, extra: {FORK: 1, other: {ref: op://v/i/f}}}}\n",
        "outputs: {courier: {mode: 0o600, on_change: restart}, key: {content: op://v/i/f, hosts: [web], on_change: [a, b]}}\n",
        "allow: [{rule: r, because: b, until: 2027-01-01}]\nrotate: {postgres: 90d, on_rotate: [x]}\n",
    ] {
        check(document, &[]);
    }
}

#[test]
fn unknown_keys_are_told_with_the_nearest_name() {
    check("relase: '7.4'\n", &["1:1 unknown-key a document has no key `relase` | did you mean `release`?"]);
    check(
        "resources:\n  redis:\n    hots: a\n    zzzzzz: b\n",
        &[
            "3:5 unknown-key `resources.redis` has no key `hots` | did you mean `host`?",
            "4:5 unknown-key `resources.redis` has no key `zzzzzz`",
        ],
    );
    check(
        "services: {django: {poll: 5}, indexer: {pol: ~}, curier: {}}\n",
        &[
            "1:21 unknown-key `services.django` has no key `poll`",
            "1:41 unknown-key `services.indexer` has no key `pol` | did you mean `poll`?",
            "1:50 unknown-key `services` has no key `curier` | did you mean `courier`?",
        ],
    );
    check("vault: {nam: x}\n", &["1:9 unknown-key `vault` has no key `nam` | did you mean `name`?"]);
    check(
        "services: {courier: {A: {ref: op://v/i/f, optinal: true}, B: [{ref: {vault: v, feild: f}}]}}\n",
        &[
            "1:43 unknown-key `services.courier.A` has no key `optinal` | did you mean `optional`?",
            "1:80 unknown-key `services.courier.B[0].ref` has no key `feild` | did you mean `field`?",
        ],
    );
    check(
        "services: {django: {X: {python: '1', import: [a]}}}\n",
        &["1:38 unknown-key `services.django.X` has no key `import` | did you mean `imports`?"],
    );
    check(
        "hosts: {web: {intrnal: a, services: []}}\n",
        &["1:15 unknown-key `hosts.web` has no key `intrnal` | did you mean `internal`?"],
    );
}

#[test]
fn wrong_types_are_told_at_the_value() {
    let wrong = |document: &str, expect: &str| check(document, &[&format!("1:{expect}")]);
    wrong("resources: 5", "12 wrong-type `resources` must be a map of keys | this is a whole number");
    wrong("hosts: [a]", "8 wrong-type `hosts` must be a map of keys | this is a list");
    wrong("hosts: {a: x}", "12 wrong-type `hosts.a` must be a map of keys | this is a string");
    wrong("hosts: {a: {services: b}}", "23 wrong-type `hosts.a.services` must be a list | this is a string");
    wrong("allow: [5]", "9 wrong-type `allow[0]` must be a map of keys | this is a whole number");
    wrong("domain: 5", "9 wrong-type `domain` must be a host name or a reference | this is a whole number");
    wrong("domain: {a: b}", "9 wrong-type `domain` must be a host name or a reference | this is a map");
    wrong("release: true", "10 wrong-type `release` must be a string | this is a boolean");
    wrong("vault: [a]", "8 wrong-type `vault` must be a string or a map of keys | this is a list");
    wrong("extends: 5", "10 wrong-type `extends` must be a string or a list | this is a whole number");
    wrong("rotate: {on_rotate: [5]}", "22 wrong-type `rotate.on_rotate[0]` must be a string | this is a whole number");
    wrong("rotate: {redis: 90}", "17 wrong-type `rotate.redis` must be a string | this is a whole number");
    wrong(
        "resources: {redis: {port: '6379'}}",
        "27 wrong-type `resources.redis.port` must be a whole number or a reference | this is a string",
    );
    wrong(
        "resources: {redis: {port: 0}}",
        "27 wrong-type `resources.redis.port` must be a port, a whole number from 1 to 65535 | this is out of range",
    );
    wrong(
        "resources: {redis: {port: 65536}}",
        "27 wrong-type `resources.redis.port` must be a port, a whole number from 1 to 65535 | this is out of range",
    );
    wrong(
        "resources: {elasticsearch: {url: [a]}}",
        "34 wrong-type `resources.elasticsearch.url` must be a URL or a reference | this is a list",
    );
    wrong(
        "resources: {s3: {path_style: op://v/i/f}}",
        "30 wrong-type `resources.s3.path_style` must be `true` or `false` | this is a string",
    );
    wrong(
        "services: {archiver: {delete: 1}}",
        "31 wrong-type `services.archiver.delete` must be `true` or `false` or a reference | this is a whole number",
    );
    wrong(
        "services: {django: {X: {python: 5}}}",
        "33 wrong-type `services.django.X.python` must be a string | this is a whole number",
    );
    wrong(
        "services: {django: {extra: [a]}}",
        "28 wrong-type `services.django.extra` must be a map of keys | this is a list",
    );
    wrong("[a]", "1 wrong-type a document must be a map of keys | this is a list");
}

#[test]
fn wrong_words_are_told_with_the_right_ones() {
    check(
        "resources: {postgres: {sslmode: requier}}\n",
        &["1:33 wrong-type `resources.postgres.sslmode` must be one of `require`, `disable`, `allow`, `prefer`, \
           `verify-ca`, `verify-full` | did you mean `require`?"],
    );
    check("placement: docker\n", &["1:12 wrong-type `placement` can only be `containers` | this is another word"]);
    check("placement: {a: b}\n", &["1:12 wrong-type `placement` can only be `containers` | this is a map"]);
    check(
        "hosts: {web: {services: [djnago, null]}}\n",
        &[
            "1:26 wrong-type `hosts.web.services[0]` must be one of `django`, `celery`, `beat`, `courier`, `mailroom`, \
             `archiver`, `indexer` | did you mean `django`?",
            "1:34 wrong-type `hosts.web.services[1]` must be one of `django`, `celery`, `beat`, `courier`, `mailroom`, \
             `archiver`, `indexer` | this is another word",
        ],
    );
    check(
        "resources: {s3: {credentials: op://v/i/f}}\n",
        &["1:31 not-literal `resources.s3.credentials` shapes the plan and must be literal | this is known only once \
           the vault is asked"],
    );
}

#[test]
fn quotes_are_mended() {
    for (document, expect) in [
        ("resources: {redis: {port: '6379'}}", "resources: {redis: {port: 6379}}"),
        ("resources: {redis: {port: \"0x1f\"}}", "resources: {redis: {port: \"0x1f\"}}"),
        ("resources: {redis: {port: '06379'}}", "resources: {redis: {port: '06379'}}"),
        ("services: {archiver: {delete: \"true\"}}", "services: {archiver: {delete: true}}"),
        ("services: {archiver: {delete: \"no\"}}", "services: {archiver: {delete: \"no\"}}"),
        (
            "resources: {postgres: {password: 12345, user: yes}}",
            "resources: {postgres: {password: \"12345\", user: yes}}",
        ),
        ("domain: 1.50", "domain: \"1.50\""),
        ("release: true", "release: \"true\""),
        ("relase: 5", "relase: 5"),
    ] {
        assert_eq!(mended(document, false), expect);
    }
    assert_eq!(mended("relase: '7.4'\n\"domian\": a\n", true), "release: '7.4'\ndomain: a\n");
    assert_eq!(mended("placement: 'container'\n", true), "placement: containers\n");
}

#[test]
fn no_report_holds_a_value() {
    let (_, notes) = judged(
        "resources: {postgres: {password: 31337, sslmode: s3cr3t, port: 's3cr3t', user: {a: s3cr3t}}}\nplacement: s3cr3t\n",
    );
    assert_eq!(notes.iter().count(), 5);
    let said = format!("{notes:?}");
    assert!(!said.contains("s3cr3t") && !said.contains("31337"), "{said}");
}

#[test]
fn one_key_is_nullable_everywhere_and_nothing_is_an_any_of() {
    let schema = structure().to_string();
    assert!(!schema.contains("anyOf"), "`anyOf` reports at the parent and quotes the whole of it");
    let schema: serde_json::Value = serde_json::from_str(text()).expect("JSON");
    assert_eq!(schema.pointer("/properties/release/type"), Some(&serde_json::json!(["string", "number", "null"])));
    assert!(schema.get("required").is_none(), "an overlay may be any part of a document");
}

/// YAML of arbitrary shape over the words of the grammar.
fn document() -> impl Strategy<Value = String> {
    let words = [
        "resources",
        "redis",
        "port",
        "hosts",
        "services",
        "courier",
        "COURIER_DB",
        "ref",
        "python",
        "sslmode",
        "",
        "0",
        "a/b~1",
    ];
    let scalar = prop_oneof![
        prop::sample::select(vec!["5", "null", "true", "x", "op://v/i/f", "'{{ a }}'", "1.5", "''"])
            .prop_map(str::to_string),
        any::<i64>().prop_map(|n| n.to_string()),
    ];
    scalar.prop_recursive(6, 48, 5, move |inner| {
        let key = prop::sample::select(words.to_vec());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map(key, inner, 0..5).prop_map(|entries| {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key:?}: {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_is_judged_without_panic(document in document()) {
        let (map, notes) = judged(&document);
        for note in notes.iter() {
            let label = note.labels.first().expect("a place");
            prop_assert!(!map.locate(label.span).is_empty());
            prop_assert!(!note.message.is_empty());
        }
    }
}
