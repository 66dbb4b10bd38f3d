//! Every URL that carries a password, read by each library that reads such URLs: the password holds each printable
//! character of ASCII and must come out as it went in.
//!
//! Go's net/url is read by its rules, in `tests/consumers/urls.py`: no Go is needed to run the tests.

use serde_json::{Value, json};

use crate::deployment::{AWKWARD_USER, Deployment, RELEASES, awkward_secret, python, release_python};

/// The URLs with a password that a deployment's services are told: setting, URL.
pub fn urls(deployment: &Deployment) -> Vec<(String, String)> {
    let files = deployment.files().into_keys().filter(|path| path.ends_with("/environment"));
    let settings = files.flat_map(|file| deployment.environment(&file));
    settings.filter(|(_, value)| value.contains("://") && value.contains('@')).collect()
}

/// What a URL should say.
fn expect(setting: &str, url: &str) -> Value {
    let (scheme, _) = url.split_once("://").expect("a URL");
    let (user, host, port, path, query) = match scheme {
        "postgres" => (AWKWARD_USER, "127.0.0.1", 5433, "/rapidpro", json!({"sslmode": "disable"})),
        "redis" | "valkey" => ("", "127.0.0.1", 6380, "/15", json!({})),
        "smtp" => (AWKWARD_USER, "smtp.awkward.test", 465, "/", json!({"from": "rapidpro@awkward.test"})),
        other => panic!("{setting} has a URL of {other}"),
    };
    let password = awkward_secret();
    json!({
        "scheme": scheme, "user": user, "password": password, "host": host, "port": port, "path": path, "query": query,
    })
}

#[test]
fn every_reader_of_urls_finds_the_same_password() {
    for release in RELEASES {
        let deployment = Deployment::awkward(release, 5433, 6380);
        let mut urls = urls(&deployment);
        let broker = deployment.settings("one", release);
        let broker = broker.get("CELERY_BROKER_URL").or(broker.get("BROKER_URL")).and_then(Value::as_str);
        urls.push(("broker".to_string(), broker.expect("a broker").to_string()));
        let names: Vec<&str> = urls.iter().map(|(setting, _)| setting.as_str()).collect();
        let kinds = [("_DB", if release == "26.2" { 3 } else { 4 }), ("_SMTP_SERVER", 1), ("broker", 1)];
        for (end, count) in kinds {
            assert_eq!(names.iter().filter(|name| name.ends_with(end)).count(), count, "{release}: {names:?}");
        }
        let of_redis = names.iter().filter(|name| name.ends_with("_REDIS") || name.ends_with("_VALKEY")).count();
        assert_eq!(of_redis, 2, "{release}: {names:?}");

        let list = json!(urls.iter().map(|(_, url)| url).collect::<Vec<_>>()).to_string();
        let read = python(&release_python("26.2"), "urls.py", &[&list]);
        for ((setting, url), readers) in urls.iter().zip(read.as_array().expect("an array")) {
            let readers = readers.as_object().expect("by reader");
            assert!(readers.len() >= 2);
            for (reader, found) in readers {
                assert_eq!(*found, expect(setting, url), "{release}: {reader} reads {setting} otherwise: {url}");
            }
        }
    }
}
