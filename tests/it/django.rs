//! Django itself, at the version that each release pins and with the libraries beside it, takes the rendered settings.
//! What it would connect with is asked of its own connections, caches and storages; nothing is connected to.

use serde_json::{Value, json};

use crate::deployment::{AWKWARD_USER, Deployment, RELEASES, awkward_secret};

/// The settings of production as the libraries see them, at a release.
fn check(release: &str, version: &str, differs: &[(&str, Value)]) {
    let password = "FAKE-p@ss/w:rd #1'\"$`\\&%";
    let database = |spatial: bool, cursors: bool| {
        json!({
            "host": "production-fake.cluster.eu-west-2.rds.amazonaws.com", "port": 5432, "user": "rapidpro",
            "password": password, "sslmode": "require", "database": "rapidpro",
            "spatial": spatial, "server_side_cursors": cursors,
        })
    };
    let spatial = release != "26.2";
    let second = if release == "5.2" { "direct" } else { "readonly" };
    let redis = "redis.rapidpro.internal";
    let mut expect = json!({
        "django": version,
        "checks": [],
        "databases": {"default": database(spatial, false), second: database(spatial, release == "5.2")},
        "cache": {"client": "redis", "host": redis, "port": 6379, "db": 15, "password": null},
        "broker": {"transport": "redis", "host": redis, "port": 6379, "db": "15", "password": null},
        "own_client": {"region": "eu-west-2", "signature": "4"},
        "smtp": {
            "from": "rapidpro@medicmobile.org", "host": "smtp.gmail.com", "port": 587,
            "username": "rapidpro@medicmobile.org", "password": "FAKE smtp pass&word", "use_tls": true, "use_ssl": false,
        },
        "debug": [false, false],
        "sessions": ["django.contrib.sessions.backends.cached_db", "default", true],
        "secret_key": "FAKE-django-secret-key-'quoted'",
        "fallbacks": [],
        "requests": {
            "site": {"host": "rapidpro.app.medicmobile.org", "secure": true},
            "plain": {"host": "rapidpro.app.medicmobile.org", "secure": false},
            "stranger": null,
        },
    });
    for (pointer, value) in differs {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        expect.pointer_mut(parent).expect("what differs is there")[key] = value.clone();
    }
    let found = Deployment::production(release).django("django_check.py", "web", release);
    for (name, value) in expect.as_object().expect("by name") {
        assert_eq!(found[name], *value, "{release}: {name}");
    }
    assert_eq!(found.as_object().map(|found| found.len()), expect.as_object().map(|expect| expect.len()));
}

/// A storage in S3: where it goes, what it signs, and the URL that it gives out.
fn bucket(name: &str, host: &str, signature: Option<&str>, acl: Option<&str>) -> Value {
    json!({
        "bucket": format!("medic-rapidpro-{name}"), "endpoint": "https://s3.eu-west-2.amazonaws.com",
        "region": "eu-west-2", "key": "FAKEACCESSKEYID00000", "secret": "FAKE/secret+access=key",
        "url": format!("https://medic-rapidpro-{name}.{host}/a.jpg"), "signature": signature, "acl": acl,
    })
}

const GLOBAL: &str = "s3.amazonaws.com";
const REGIONAL: &str = "s3.eu-west-2.amazonaws.com";

#[test]
fn django_2_2_takes_release_5_2() {
    let storages = json!({"default": bucket("media", GLOBAL, Some("4"), Some("private"))});
    // Django 2.2 is not told of nginx's header: it makes no difference to its forms.
    check("5.2", "2.2.4", &[("/storages", storages), ("/requests/site/secure", json!(false))]);
}

#[test]
fn django_4_0_takes_release_7_4() {
    let storages = json!({"default": bucket("media", GLOBAL, Some("4"), Some("private"))});
    check("7.4", "4.0.6", &[("/storages", storages)]);
}

#[test]
fn django_5_0_takes_release_9_2() {
    let storages = json!({
        "default": bucket("media", GLOBAL, Some("4"), None),
        "archives": bucket("archives", GLOBAL, Some("4"), None),
        "logs": bucket("logs", GLOBAL, Some("4"), None),
        "public": bucket("media", GLOBAL, None, Some("public-read")),
        "staticfiles": "StaticFilesStorage",
    });
    check("9.2", "5.0.7", &[("/storages", storages)]);
}

#[test]
fn django_5_2_takes_release_26_2() {
    let storages = json!({
        "default": bucket("media", REGIONAL, Some("4"), None),
        "archives": bucket("archives", REGIONAL, Some("4"), None),
        "public": bucket("media", REGIONAL, None, Some("public-read")),
        "staticfiles": "StaticFilesStorage",
    });
    check("26.2", "5.2.14", &[("/storages", storages), ("/cache/client", json!("valkey"))]);
}

#[test]
fn every_printable_character_arrives_in_django() {
    for release in RELEASES {
        let deployment = Deployment::awkward(release, 5433, 6380);
        let found = deployment.django("django_check.py", "one", release);
        let secret = json!(awkward_secret());
        for pointer in [
            "/databases/default/password",
            "/cache/password",
            "/broker/password",
            "/storages/default/key",
            "/storages/default/secret",
            "/smtp/password",
            "/secret_key",
        ] {
            assert_eq!(found.pointer(pointer), Some(&secret), "{release}: {pointer}");
        }
        for (pointer, expect) in [
            ("/databases/default/user", json!(AWKWARD_USER)),
            ("/databases/default/port", json!(5433)),
            ("/cache/port", json!(6380)),
            ("/cache/db", json!(15)),
            ("/broker/port", json!(6380)),
            ("/smtp/use_ssl", json!(true)),
            ("/smtp/use_tls", json!(false)),
            ("/checks", json!([])),
            ("/fallbacks", if ["5.2", "7.4"].contains(&release) { json!([]) } else { json!(["former"]) }),
        ] {
            assert_eq!(found.pointer(pointer), Some(&expect), "{release}: {pointer}");
        }
    }
}
