//! `env/production.yml`, the deployment of the operators' runbook, at each release that it promises.

use serde_json::Value;

use crate::deployment::{Deployment, RELEASES, files_below, root};

/// What the runbook tells its operators to set, by the file that it goes to.
const RUNBOOK: &[(&str, &[&str])] = &[
    (
        "web/django/settings.py",
        &[
            "HOSTNAME",
            "DATABASES",
            "REDIS_HOST",
            "BROKER_URL",
            "EMAIL_HOST",
            "MAILROOM_URL",
            "MAILROOM_AUTH_TOKEN",
            "ELASTICSEARCH_URL",
            "SECRET_KEY",
            "ALLOWED_HOSTS",
        ],
    ),
    (
        "worker/courier/environment",
        &[
            "COURIER_DOMAIN",
            "COURIER_SPOOL_DIR",
            "COURIER_DB",
            "COURIER_REDIS",
            "COURIER_S3_REGION",
            "COURIER_S3_MEDIA_BUCKET",
            "COURIER_S3_MEDIA_PREFIX",
            "COURIER_AWS_ACCESS_KEY_ID",
            "COURIER_AWS_SECRET_ACCESS_KEY",
            "COURIER_ADDRESS",
            "COURIER_PORT",
        ],
    ),
    (
        "worker/mailroom/environment",
        &[
            "MAILROOM_ADDRESS",
            "MAILROOM_ATTACHMENT_DOMAIN",
            "MAILROOM_AUTH_TOKEN",
            "MAILROOM_AWS_ACCESS_KEY_ID",
            "MAILROOM_AWS_SECRET_ACCESS_KEY",
            "MAILROOM_DB",
            "MAILROOM_DOMAIN",
            "MAILROOM_LOG_LEVEL",
            "MAILROOM_REDIS",
            "MAILROOM_S3_ENDPOINT",
            "MAILROOM_SMTP_SERVER",
        ],
    ),
    (
        "worker/archiver/environment",
        &["ARCHIVER_AWS_ACCESS_KEY_ID", "ARCHIVER_AWS_SECRET_ACCESS_KEY", "ARCHIVER_DB", "ARCHIVER_S3_BUCKET"],
    ),
    (
        "worker/indexer/environment",
        &["INDEXER_DB", "INDEXER_ELASTIC_URL", "INDEXER_INDEX", "INDEXER_POLL", "INDEXER_LOG_LEVEL", "INDEXER_CLEANUP"],
    ),
];

#[test]
fn every_setting_of_the_runbook_is_in_the_files_of_its_release() {
    let deployment = Deployment::production("5.2");
    for (file, names) in RUNBOOK {
        let text = std::fs::read_to_string(deployment.path(file)).expect("the file");
        for name in *names {
            assert!(
                text.lines().any(|line| line.split_once('=').is_some_and(|(left, _)| left.trim_end() == *name)),
                "{file} lacks {name}"
            );
        }
    }
}

#[test]
fn each_release_is_an_edit_of_one_line_and_nothing_is_wrong() {
    for release in RELEASES {
        let deployment = Deployment::production(release);
        for severity in ["error", "warning"] {
            assert!(!deployment.said.contains(severity), "{release}: {}", deployment.said);
        }
        let checked = deployment.rpconf(&["check", "production", "--json"]);
        assert_eq!(checked.status.code(), Some(0), "{release}");
        let notes: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
        let codes: Vec<&str> = notes.as_array().expect("an array").iter().filter_map(|n| n["code"].as_str()).collect();
        let expect: &[&str] = if release == "26.2" { &["service-gone"] } else { &[] };
        assert_eq!(codes, expect, "{release}");
    }
}

#[test]
fn no_name_is_written_that_its_release_does_not_read() {
    // botocore's own, set in Django's process: no service's catalog has it.
    let of_the_process = ["AWS_DEFAULT_REGION"];
    for release in RELEASES {
        let deployment = Deployment::production(release);
        let manifest = std::fs::read_to_string(deployment.path("manifest.json")).expect("the manifest");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        for file in manifest["files"].as_array().expect("files") {
            let (service, version) =
                (file["name"].as_str().expect("a service"), file["version"].as_str().expect("one"));
            let read = deployment.rpconf(&["catalog", service, "--release", version, "--json"]);
            let read: Value = serde_json::from_slice(&read.stdout).expect("JSON");
            let read: Vec<&str> =
                read.as_array().expect("settings").iter().filter_map(|s| s["name"].as_str()).collect();
            let written: Vec<&str> =
                file["settings"].as_array().expect("settings").iter().flat_map(Value::as_str).collect();
            assert!(written.len() > 5, "{service} {version}");
            for name in written {
                let known = read.contains(&name) || (service == "django" && of_the_process.contains(&name));
                assert!(known, "{service} {version} does not read {name}");
            }
        }
    }
}

#[test]
fn files_are_what_they_were() {
    for release in RELEASES {
        let made = Deployment::production(release).files();
        let folder = root().join("tests/snapshots").join(format!("production-{release}"));
        if std::env::var_os("UPDATE").is_some() {
            let _ = std::fs::remove_dir_all(&folder);
            for (path, text) in &made {
                let path = folder.join(path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, text).expect("a file");
            }
        }
        let kept = files_below(&folder);
        let names = |files: &std::collections::BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        let update = "if it should be so, run `UPDATE=1 cargo test --test it production`";
        assert_eq!(names(&kept), names(&made), "{release}: other files; {update}");
        for (path, text) in &made {
            let diff = similar::TextDiff::from_lines(&kept[path], text);
            let diff = diff.unified_diff().context_radius(1).to_string();
            assert!(kept[path] == *text, "{release}: {path} differs; {update}\n{diff}");
        }
    }
}
