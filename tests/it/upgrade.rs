//! Upgrades of whole documents: what they become, what is told, and what no upgrade may do.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rpconf::check::Day;
use rpconf::diag::{Notes, Severity, SourceMap};
use rpconf::source::{FileError, Files};
use rpconf::upgrade::{self, Input, Refusal, Upgrade};

use crate::compile_props::change;

const RUNBOOK: &str = include_str!("../documents/runbook.yml");
const PRODUCTION: &str = include_str!("../../env/production.yml");

/// Files in memory.
#[derive(Clone)]
struct Folder(BTreeMap<String, String>);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(name, text)| (format!("env/{name}.yml"), (*text).to_string())).collect())
    }

    fn text(&self, name: &str) -> &str {
        &self.0[&format!("env/{name}.yml")]
    }

    /// The errors of an environment, as `code message`.
    fn errors(&self, name: &str) -> Vec<String> {
        let path = format!("env/{name}.yml");
        let target = rpconf::Target { environment: name.into(), path, containers: false };
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        rpconf::check(&target, self, today(), &mut map, &mut notes);
        let errors = notes.sorted().into_iter().filter(|note| note.severity == Severity::Error);
        errors.map(|note| format!("{} {}", note.code, note.message)).collect()
    }

    fn plan(&self, name: &str, to: &str) -> Result<Upgrade, Refusal> {
        let path = format!("env/{name}.yml");
        let input = Input { environment: name, path: &path, files: self, today: today() };
        upgrade::plan(&input, to, &mut SourceMap::default(), &mut Notes::default())
    }

    /// Upgrades and writes.
    fn upgrade(&mut self, name: &str, to: &str) -> Upgrade {
        let done = self.plan(name, to).expect("an upgrade");
        for file in &done.files {
            self.0.insert(file.path.clone(), file.text.clone());
        }
        done
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(FileError::NotFound)
    }
}

fn today() -> Day {
    Day::parse("2026-07-01").expect("a day")
}

fn paths(done: &Upgrade) -> Vec<&str> {
    done.fill_in.iter().map(|(path, _)| path.as_str()).collect()
}

fn comments(text: &str) -> Vec<&str> {
    let comment = |line: &'_ str| line.find("# ").filter(|at| *at == 0 || line[..*at].ends_with(' '));
    text.lines().filter_map(|line| comment(line).map(|at| &line[at..])).collect()
}

/// The runbook's deployment at a later release: what it is to be told, and nothing else.
fn runbook(to: &str, fill_in: &[&str]) {
    let mut folder = Folder::new(&[("runbook", RUNBOOK)]);
    assert_eq!(folder.errors("runbook"), Vec::<String>::new());
    let done = folder.upgrade("runbook", to);
    assert_eq!(paths(&done), fill_in, "{to}");
    assert!(done.by_hand.is_empty(), "{to}: {:?}", done.by_hand);
    let errors = folder.errors("runbook");
    assert!(
        errors.iter().all(|error| error.starts_with("fill-in ")) && errors.len() == fill_in.len(),
        "{to}: {errors:?}"
    );
    assert_eq!(comments(folder.text("runbook")), comments(RUNBOOK), "{to}");
    let untouched = |line: &&str| folder.text("runbook").contains(line);
    let kept = RUNBOOK.lines().filter(untouched).count();
    assert!(kept * 10 > RUNBOOK.lines().count() * 6, "{to}: only {kept} lines stay as they were");
}

#[test]
fn the_runbooks_deployment_goes_to_every_line() {
    runbook("7.4", &[]);
    runbook("9.2", &["resources.s3.buckets.logs", "resources.courier.auth_token"]);
    runbook("10.2", &["resources.courier.auth_token"]);
    runbook("26.2", &["resources.courier.auth_token", "resources.obfuscation_key", "services.archiver.delete"]);
}

#[test]
fn what_is_filled_in_checks_clean_and_goes_on() {
    let mut folder = Folder::new(&[("runbook", RUNBOOK)]);
    for (to, fill) in [
        (
            "9.2",
            &[
                ("the token that its callers present", "op://RapidPro/Production Courier/token"),
                ("channel logs", "medic-logs"),
            ][..],
        ),
        (
            "26.2",
            &[
                ("the key that hides ids", "op://RapidPro/Production Obfuscation/key"),
                ("true, and the archiver", "true"),
            ],
        ),
    ] {
        folder.upgrade("runbook", to);
        let text = folder.text("runbook").to_string();
        let lines = text.lines().map(|line| {
            let value = fill
                .iter()
                .find(|(marker, _)| line.contains("\"<fill in: ") && line.contains(marker))
                .map(|(_, value)| value);
            let Some((value, (head, rest))) = value.zip(line.split_once("\"<fill in: ")) else {
                return format!("{line}\n");
            };
            format!("{head}{value}{}\n", rest.split_once(">\"").expect("an end").1)
        });
        folder.0.insert("env/runbook.yml".into(), lines.collect());
        assert_eq!(folder.errors("runbook"), Vec::<String>::new(), "{to}\n{}", folder.text("runbook"));
    }
}

#[test]
fn production_goes_from_train_to_train_by_its_release_line_alone() {
    let mut folder = Folder::new(&[("production", PRODUCTION)]);
    for to in ["7.4", "9.2", "26.2"] {
        let done = folder.upgrade("production", to);
        assert!(done.fill_in.is_empty() && done.by_hand.is_empty(), "{to}: {done:?}");
        assert_eq!(folder.errors("production"), Vec::<String>::new(), "{to}");
        assert_eq!(folder.text("production"), PRODUCTION.replace("release: \"5.2\"", &format!("release: \"{to}\"")));
    }
}

/// Facts that every test document stands on: production's, but for its services.
fn facts() -> String {
    let (head, _) = PRODUCTION.split_once("\nservices:\n").expect("services");
    head.lines().filter(|line| !line.starts_with("release:")).map(|line| format!("{line}\n")).collect()
}

/// A document that extends the facts, before and after.
fn check(to: &str, before: &str, after: &str) {
    let mut folder = Folder::new(&[("facts", &facts()), ("x", before)]);
    let errors = folder.errors("x");
    assert!(errors.is_empty(), "{before}\n{errors:?}");
    let done = folder.upgrade("x", to);
    assert!(
        folder.text("x") == after,
        "{before}\nbecame\n{}\ninstead of\n{after}\n{:?}",
        folder.text("x"),
        done.by_hand
    );
    assert_eq!(folder.text("facts"), facts(), "the base is touched");
    let errors = folder.errors("x");
    assert!(errors.iter().all(|error| error.starts_with("fill-in ")), "{after}\n{errors:?}");
}

const DJANGO: &str = "  django: {SECRET_KEY: op://RapidPro/Production Django/secret key}\n";

/// A document of some services, at one release and at another.
fn services(from: &str, before: &str, to: &str, after: &str) {
    let document =
        |release: &str, body: &str| format!("extends: facts\nrelease: \"{release}\"\nservices:\n{DJANGO}{body}");
    check(to, &document(from, before), &document(to, after));
}

#[test]
fn names_and_forms_follow_the_release() {
    services(
        "9.2",
        "  courier:\n    COURIER_REDIS: 'redis://redis.rapidpro.internal:6379/15' # queues\n  archiver: {delete: true}\n",
        "10.2",
        "  courier:\n    COURIER_VALKEY: 'valkey://redis.rapidpro.internal:6379/15' # queues\n  archiver: {delete: true}\n",
    );
    services(
        "7.4",
        "  courier: {log_level: warning, COURIER_S3_REGION: eu-west-2}\n  archiver: {ARCHIVER_LOG_LEVEL: FATAL, delete: true}\n",
        "10.0",
        "  courier: {log_level: warn, COURIER_AWS_REGION: eu-west-2}\n  archiver: {ARCHIVER_LOG_LEVEL: ERROR, delete: true}\n",
    );
    services(
        "26.0",
        "  mailroom: {MAILROOM_ADDRESS: 10.0.1.11, MAILROOM_PORT: 8090, MAILROOM_ELASTIC: \"https://search.rapidpro.internal:9200\"}\n  archiver: {delete: true}\n",
        "26.2",
        "  mailroom: {MAILROOM_PUBLIC_ADDRESS: 10.0.1.11, MAILROOM_PUBLIC_PORT: 8090, MAILROOM_ELASTIC_ENDPOINT: \"https://search.rapidpro.internal:9200\"}\n  archiver: {delete: true}\n",
    );
    services(
        "5.2",
        "  mailroom:\n    MAILROOM_DB: \"postgresql://{{ resources.postgres.user | urlencode }}:{{ resources.postgres.password | urlencode }}@{{ resources.postgres.host }}:5432/rapidpro?sslmode=require\"\n  archiver: {delete: true}\n",
        "7.4",
        "  mailroom:\n    MAILROOM_DB: \"postgres://{{ resources.postgres.user | urlencode }}:{{ resources.postgres.password | urlencode }}@{{ resources.postgres.host }}:5432/rapidpro?sslmode=require\"\n  archiver: {delete: true}\n",
    );
}

#[test]
fn what_nothing_reads_goes_and_its_comment_stays() {
    services(
        "9.2",
        "  courier:\n    # storage\n    COURIER_S3_DISABLE_SSL: false\n    COURIER_S3_ATTACHMENTS_PREFIX: media/ # as ever\n    COURIER_MAX_WORKERS: 64\n  archiver: {delete: true}\n",
        "10.0",
        "  courier:\n    # storage\n    # as ever\n    COURIER_MAX_WORKERS: 64\n  archiver: {delete: true}\n",
    );
    // An empty map would be a null, and take away what a base has.
    services(
        "9.2",
        "  courier:\n    COURIER_S3_DISABLE_SSL: false\n  archiver: {delete: true}\n",
        "10.0",
        "  courier: {}\n  archiver: {delete: true}\n",
    );
    services(
        "9.2",
        "  courier: {COURIER_S3_DISABLE_SSL: false, # plain\n    COURIER_MAX_WORKERS: 64, COURIER_LIBRATO_USERNAME: ops, COURIER_LIBRATO_TOKEN: op://RapidPro/L/token}\n  archiver: {delete: true}\n",
        "10.2",
        "  courier: { # plain\n    COURIER_MAX_WORKERS: 64, COURIER_LIBRATO_USERNAME: ops, COURIER_LIBRATO_TOKEN: op://RapidPro/L/token}\n  archiver: {delete: true}\n",
    );
    services(
        "10.2",
        "  courier: {COURIER_MAX_WORKERS: 64, COURIER_LIBRATO_USERNAME: ops, COURIER_LIBRATO_TOKEN: op://RapidPro/L/token}\n  archiver: {delete: true}\n",
        "26.0",
        "  courier: {COURIER_MAX_WORKERS: 64}\n  archiver: {delete: true}\n",
    );
    services(
        "9.2",
        "  courier: {COURIER_S3_DISABLE_SSL: null}\n  archiver: {delete: true}\n",
        "10.0",
        "  courier: {}\n  archiver: {delete: true}\n",
    );
}

#[test]
fn whoever_did_not_delete_is_asked() {
    let asked = |before: &str, after: &str| {
        let marker = "\"<fill in: true, and the archiver deletes from the database what it has archived, as this release always does; who does not want that takes the archiver off its host>\"";
        services("10.2", before, "26.0", &after.replace("ASKED", marker));
    };
    asked("  archiver: {delete: false}\n", "  archiver: {delete: ASKED}\n");
    asked("  archiver:\n    delete: false # keep\n", "  archiver:\n    delete: ASKED # keep\n");
    asked("  archiver:\n    ARCHIVER_DELETE: false # keep\n", "  archiver:\n    delete: ASKED\n    # keep\n");
    asked(
        "  archiver:\n    # rows\n    ARCHIVER_DELETE: null\n    port: 1\n",
        "  archiver:\n    # rows\n    port: 1\n    delete: ASKED\n",
    );
    asked(
        "  archiver: {ARCHIVER_DELETE: false, ARCHIVER_ONCE: true}\n",
        "  archiver: {ARCHIVER_ONCE: true, delete: ASKED}\n",
    );
    asked("  archiver: {delete: null, ARCHIVER_ONCE: true}\n", "  archiver: {delete: ASKED, ARCHIVER_ONCE: true}\n");
    services("10.2", "  archiver: {ARCHIVER_DELETE: true}\n", "26.0", "  archiver: {}\n");
    services("10.2", "  archiver: {delete: true}\n", "26.0", "  archiver: {delete: true}\n");
}

#[test]
fn django_s_larger_settings_follow() {
    let database = |alias: &str, engine: &str| {
        format!(
            "    DATABASES:\n      default: &db # the primary\n        ENGINE: {engine}\n        NAME: rapidpro\n        PASSWORD: op://RapidPro/Production Postgres RapidPro User/password\n        HOST: op://RapidPro/Production Postgres RapidPro User/server\n        PORT: '5432'\n        USER: rapidpro\n        OPTIONS: {{sslmode: require}}\n        DISABLE_SERVER_SIDE_CURSORS: true\n      {alias}: *db\n"
        )
    };
    let document = |release: &str, body: &str| {
        format!(
            "extends: facts\nrelease: \"{release}\"\nservices:\n  archiver: {{delete: true}}\n  django:\n    SECRET_KEY: op://RapidPro/Production Django/secret key\n{body}"
        )
    };
    let gis = "django.contrib.gis.db.backends.postgis";
    check("9.2", &document("5.2", &database("direct", gis)), &document("9.2", &database("readonly", gis)));
    check(
        "26.0",
        &document("9.2", &database("readonly", gis)),
        &document("26.0", &database("readonly", "django.db.backends.postgresql")),
    );
    // Without either alias, lists would ask a database that is not there: upstream's own is a copy.
    let primary = database("direct", gis).replace("      direct: *db\n", "");
    let copy = "      readonly: {ENGINE: django.contrib.gis.db.backends.postgis, NAME: rapidpro, PASSWORD: op://RapidPro/Production Postgres RapidPro User/password, HOST: op://RapidPro/Production Postgres RapidPro User/server, PORT: \"5432\", USER: rapidpro, OPTIONS: {sslmode: require}, DISABLE_SERVER_SIDE_CURSORS: true}\n";
    check("9.2", &document("5.2", &primary), &document("9.2", &format!("{primary}{copy}")));
    check(
        "7.4",
        &document("5.2", "    CSRF_TRUSTED_ORIGINS: [rapidpro.app.medicmobile.org, \".medicmobile.org\"]\n"),
        &document(
            "7.4",
            "    CSRF_TRUSTED_ORIGINS: [https://rapidpro.app.medicmobile.org, \"https://*.medicmobile.org\"]\n",
        ),
    );
    // What was derived anyhow is derived again; what is another one's is asked for.
    check(
        "26.2",
        &document("9.2", "    MAILROOM_URL: http://10.0.1.11:8090\n    DEBUG: false\n"),
        &document("26.2", "    DEBUG: false\n"),
    );
    let brand = "name, domain, links and mail addresses of the site, one dict; replaced: dict -> list; DEFAULT_BRAND default rapidpro.io -> rapidpro";
    check(
        "9.2",
        &document("7.4", "    BRANDING: {rapidpro.io: {name: Ours}} # logos\n"),
        &document(
            "9.2",
            &format!("    BRAND: \"<fill in: {brand}; it was BRANDING {{'rapidpro.io': {{name: Ours}}}}>\" # logos\n"),
        ),
    );
    // A value of several lines stays as a comment.
    let long = "https://rapidpro.app.medicmobile.org/sitestatic/images/a-logo-with-a-rather-long-name.svg".repeat(2);
    check(
        "9.2",
        &document(
            "7.4",
            &format!(
                "    BRANDING:\n      rapidpro.io:\n        name: Ours # logos\n\n        logo: {long}\n    TIME_ZONE: Europe/London\n"
            ),
        ),
        &document(
            "9.2",
            &format!(
                "    BRAND: \"<fill in: {brand}; it was BRANDING>\"\n    # BRANDING:\n    #   rapidpro.io:\n    #     name: Ours # logos\n\n    #     logo: {long}\n    TIME_ZONE: Europe/London\n"
            ),
        ),
    );
}

#[test]
fn odd_layouts_keep_what_they_are() {
    // An alias is changed where its anchor stands, and its other users with it.
    services(
        "9.2",
        "  courier: {COURIER_REDIS: &redis \"redis://redis.rapidpro.internal:6379/15\"}\n  mailroom: {MAILROOM_REDIS: *redis}\n  archiver: {delete: true}\n",
        "10.2",
        "  courier: {COURIER_VALKEY: &redis \"valkey://redis.rapidpro.internal:6379/15\"}\n  mailroom: {MAILROOM_VALKEY: *redis}\n  archiver: {delete: true}\n",
    );
    // One whose anchor goes takes its value along.
    services(
        "7.4",
        "  courier: {COURIER_LIBRATO_TOKEN: &token op://RapidPro/L/token, COURIER_MAX_WORKERS: 9}\n  mailroom:\n    MAILROOM_LIBRATO_TOKEN: *token # metrics\n    MAILROOM_S3_REGION: &region eu-west-2\n    MAILROOM_S3_ENDPOINT: https://s3.eu-west-2.amazonaws.com\n  archiver: {ARCHIVER_LIBRATO_TOKEN: *token, ARCHIVER_S3_REGION: *region, delete: true}\n",
        "10.2",
        "  courier: {COURIER_LIBRATO_TOKEN: &token op://RapidPro/L/token, COURIER_MAX_WORKERS: 9}\n  mailroom:\n    # metrics\n    MAILROOM_AWS_REGION: &region eu-west-2\n    MAILROOM_S3_ENDPOINT: https://s3.eu-west-2.amazonaws.com\n  archiver: {ARCHIVER_AWS_REGION: *region, delete: true}\n",
    );
    services(
        "9.2",
        "  mailroom: {MAILROOM_LIBRATO_TOKEN: &token op://RapidPro/L/token}\n  archiver: {delete: true}\n  courier: {COURIER_LIBRATO_TOKEN: *token}\n",
        "10.0",
        "  mailroom: {}\n  archiver: {delete: true}\n  courier: {COURIER_LIBRATO_TOKEN: &token op://RapidPro/L/token}\n",
    );
    services(
        "9.2",
        "  ? courier\n  : \"COURIER_S3_REGION\": eu-west-2\n  archiver: {delete: true}\n",
        "10.2",
        "  ? courier\n  : COURIER_AWS_REGION: eu-west-2\n  archiver: {delete: true}\n",
    );
    services(
        "9.2",
        "  courier:\n\n    COURIER_S3_REGION: # where\n      eu-west-2\n\n\n  # the rest\n  archiver: {delete: true} # done",
        "10.2",
        "  courier:\n\n    COURIER_AWS_REGION: # where\n      eu-west-2\n\n\n  # the rest\n  archiver: {delete: true} # done",
    );
    services(
        "9.2",
        "  courier:\n    COURIER_S3_REGION: >-\n      eu-west-2\n    COURIER_S3_DISABLE_SSL: false\n  archiver: {delete: true}\n",
        "10.2",
        "  courier:\n    COURIER_AWS_REGION: >-\n      eu-west-2\n  archiver: {delete: true}\n",
    );
    services(
        "9.2",
        "  courier: {COURIER_S3_REGION: \"{{ resources.s3.region }}\", extra: {COURIER_PUBLIC_PORT: x}}\n  archiver: {delete: true}\n",
        "10.2",
        "  courier: {COURIER_AWS_REGION: \"{{ resources.s3.region }}\", extra: {COURIER_PUBLIC_PORT: x}}\n  archiver: {delete: true}\n",
    );
}

#[test]
fn line_breaks_and_marks_of_windows_stay() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let mut folder = Folder::new(&[("runbook", &windows(RUNBOOK))]);
    folder.upgrade("runbook", "26.2");
    let mut plain = Folder::new(&[("runbook", RUNBOOK)]);
    plain.upgrade("runbook", "26.2");
    assert_eq!(folder.text("runbook"), windows(plain.text("runbook")));
}

#[test]
fn pins_go_along() {
    let document = |release: &str, pins: &str| {
        format!("extends: facts\nrelease: \"{release}\"\n{pins}services:\n{DJANGO}  archiver: {{delete: true}}\n")
    };
    let pinned =
        |from: &str, before: &str, to: &str, after: &str| check(to, &document(from, before), &document(to, after));
    pinned(
        "7.4",
        "versions: {courier: 7.4.0, mailroom: v7.4.1} # as tested\n",
        "9.2",
        "versions: {courier: 9.2.1, mailroom: v9.2.2} # as tested\n",
    );
    pinned("7.4", "versions:\n  courier: \"7.4.0\"\n", "9.2", "versions:\n  courier: \"9.2.1\"\n");
    pinned("26.0", "versions: {indexer: 10.2.0, courier: 26.0.1}\n", "26.2", "versions: {courier: 26.2.1}\n");
    pinned("9.2", "versions: {courier: 26.2.1}\n", "26.0", "versions: {courier: 26.2.1}\n");
}

#[test]
fn a_base_is_edited_and_others_that_read_it_are_named() {
    let base = format!(
        "release: \"9.2\" # for all\nextends: facts\nservices:\n{DJANGO}  courier: {{COURIER_S3_REGION: eu-west-2}}\n  archiver: {{delete: true}}\n"
    );
    let staging = "extends: base\nrelease: \"9.0\"\n";
    let mut folder = Folder::new(&[
        ("facts", &facts()),
        ("base", &base),
        ("one", "extends: base\n"),
        ("two", "extends: base\n"),
        ("staging", staging),
    ]);
    let before = folder.clone();
    let done = folder.upgrade("one", "10.0");
    assert_eq!(folder.text("base"), base.replace("9.2", "10.0").replace("S3_REGION", "AWS_REGION"));
    assert_eq!(folder.text("one"), "extends: base\n");
    let names = ["facts", "base", "staging", "two"];
    let paths = names.map(|name| format!("env/{name}.yml"));
    let inputs: Vec<Input<'_>> = names
        .iter()
        .zip(&paths)
        .map(|(name, path)| Input { environment: name, path, files: &before, today: today() })
        .collect();
    let others = upgrade::others(&done.files, &inputs);
    let told: Vec<_> = others.iter().map(|o| (o.environment.as_str(), o.releases.clone(), o.errors)).collect();
    let along = Some(("v9.2.5".to_string(), "v10.0.1".to_string()));
    assert_eq!(told, [("base", along.clone(), 0), ("staging", None, 1), ("two", along, 0)]);
}

#[test]
fn an_interrupted_upgrade_is_finished_by_the_same_command() {
    let base = format!(
        "extends: facts\nservices:\n{DJANGO}  courier: {{COURIER_REDIS: redis://redis.rapidpro.internal:6379/15}}\n  archiver: {{ARCHIVER_DELETE: false}}\n"
    );
    let x = "extends: base\nrelease: \"9.2\"\nversions: {courier: 9.2.1}\n";
    let mut whole = Folder::new(&[("facts", &facts()), ("base", &base), ("x", x)]);
    let mut cut = whole.clone();
    let done = whole.upgrade("x", "26.0");
    let paths: Vec<&str> = done.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["env/base.yml", "env/x.yml"], "the release is written last");
    cut.0.insert(done.files[0].path.clone(), done.files[0].text.clone());
    cut.upgrade("x", "26.0");
    assert_eq!(cut.0, whole.0);
}

#[test]
fn there_is_no_way_back_and_no_unknown_release() {
    let folder = Folder::new(&[("production", &PRODUCTION.replace("\"5.2\"", "\"9.2\""))]);
    assert!(folder.plan("production", "9.2").expect("nothing").is_nothing());
    assert!(folder.plan("production", "v9.2.5").expect("nothing").is_nothing());
    assert!(matches!(folder.plan("production", "7.4"), Err(Refusal::Older { .. })));
    assert!(matches!(folder.plan("production", "9.3"), Err(Refusal::Unknown { .. })));
    for (release, to, older) in
        [("26.4", "26.2", true), ("9.2.6", "9.2", true), ("9.2.3", "9.2", false), ("9.1.50", "9.2", false)]
    {
        let folder = Folder::new(&[("production", &PRODUCTION.replace("\"5.2\"", &format!("\"{release}\"")))]);
        assert_eq!(matches!(folder.plan("production", to), Err(Refusal::Older { .. })), older, "{release} to {to}");
        assert!(folder.plan("production", release).expect("nothing").is_nothing(), "{release}");
    }
    let broken = Folder::new(&[("a", "release: [\n"), ("b", "domain: x\n"), ("c", "release: nine\n")]);
    for name in ["a", "b", "c", "missing"] {
        assert!(matches!(broken.plan(name, "9.2"), Err(Refusal::Document)), "{name}");
    }
}

/// What is told of an upgrade, one line an item: service, kind, name, what is done, and the text at its place.
fn told(from: &str, body: &str, to: &str) -> Vec<String> {
    let document = format!("extends: facts\nrelease: \"{from}\"\n{body}");
    let folder = Folder::new(&[("facts", &facts()), ("x", &document)]);
    let input = Input { environment: "x", path: "env/x.yml", files: &folder, today: today() };
    let mut map = SourceMap::default();
    let done = upgrade::plan(&input, to, &mut map, &mut Notes::default()).expect("an upgrade");
    let line = |item: &upgrade::item::Item| {
        let service = item.service.map_or("-", |service| service.name());
        let place = item.span.map_or("nowhere", |span| map.slice(span));
        format!("{service} {} {} {} @{place}", item.kind.word(), item.name, item.done.word())
    };
    done.items.iter().map(line).collect()
}

/// Looks for items among those told; `!` begins what must not be there.
fn tells(from: &str, body: &str, to: &str, expect: &[&str]) {
    let services = if body.contains("services:") {
        body.to_string()
    } else {
        format!("{body}services:\n{DJANGO}  archiver: {{delete: true}}\n")
    };
    let found = told(from, &services, to);
    for line in expect {
        let (wanted, line) = line.strip_prefix('!').map_or((true, *line), |line| (false, line));
        assert_eq!(found.iter().any(|told| told.starts_with(line)), wanted, "{from} to {to}: {line}\n{found:#?}");
    }
    assert!(found.iter().all(|line| !line.ends_with("@nowhere")), "{found:#?}");
}

#[test]
fn every_kind_of_change_is_told_with_its_place() {
    tells(
        "5.2",
        "",
        "9.2",
        &[
            "- release release edited @\"5.2\"",
            "django hazard stable-lines told @release",
            "django renamed BROKER_URL derived @redis.rapidpro.internal",
            "django removed ELASTICSEARCH_URL derived @\"https://search.rapidpro.internal:9200\"",
            "django renamed AWS_STORAGE_BUCKET_NAME derived @medic-rapidpro-media",
            "django default AUTH_PASSWORD_VALIDATORS told @",
            "courier renamed COURIER_S3_MEDIA_BUCKET derived @medic-rapidpro-media",
            "courier new COURIER_AUTH_TOKEN derived @op://RapidPro/Production Courier/token",
            "courier optional COURIER_DISALLOWED_NETWORKS told @",
            "!courier default COURIER_MAX_WORKERS",
            "mailroom default MAILROOM_MAX_STEPS_PER_SPRINT told @",
            "indexer hazard elasticsearch-7 told @elasticsearch",
            "!courier hazard internal-listener",
        ],
    );
    let words = format!(
        "services:\n{DJANGO}  mailroom: {{MAILROOM_LOG_LEVEL: warning, MAILROOM_MAX_STEPS_PER_SPRINT: 50}}\n  archiver: {{delete: true}}\n"
    );
    tells(
        "5.2",
        &words,
        "9.2",
        &["mailroom format MAILROOM_LOG_LEVEL edited @warning", "!mailroom default MAILROOM_MAX_STEPS_PER_SPRINT"],
    );
    let null = format!(
        "services:\n{DJANGO}  mailroom: {{MAILROOM_MAX_STEPS_PER_SPRINT: null}}\n  archiver: {{delete: true}}\n"
    );
    tells("5.2", &null, "9.2", &["mailroom default MAILROOM_MAX_STEPS_PER_SPRINT told @null"]);
    tells(
        "9.2",
        "resources: {courier: null}\n",
        "10.2",
        &["- missing resources.courier.auth_token fill-in @courier", "courier format COURIER_REDIS derived @"],
    );
}

#[test]
fn hazards_are_told_where_they_are_ones() {
    let sentry = "services:\n  django: {SECRET_KEY: op://RapidPro/Production Django/secret key, SENTRY_DSN: op://RapidPro/Sentry/dsn}\n  archiver: {delete: true}\n";
    tells(
        "7.4",
        sentry,
        "8.0",
        &["django hazard sentry-gone told @op://RapidPro/Sentry/dsn", "!django hazard stable-lines"],
    );
    tells("7.4", "", "8.0", &["!django hazard sentry-gone"]);
    tells("9.0", "", "9.2", &["courier hazard toml-renamed told @courier"]);
    tells(
        "9.2",
        "",
        "10.0",
        &[
            "courier hazard attachments-prefix told @media",
            "mailroom hazard attachments-prefix told @media",
            "courier hazard dynamo-tables told @dynamo",
            "!archiver hazard",
        ],
    );
    let same = format!("resources: {{s3: {{prefix: attachments}}}}\nservices:\n{DJANGO}  archiver: {{delete: true}}\n");
    tells("9.2", &same, "10.0", &["!courier hazard attachments-prefix", "!mailroom hazard attachments-prefix"]);
    tells(
        "10.2",
        "",
        "26.2",
        &[
            "courier hazard internal-listener told @courier",
            "mailroom hazard internal-listener told @mailroom",
            "mailroom hazard indexer-gone told @indexer",
            "mailroom hazard obfuscation-key told @obfuscation_key",
            "!archiver hazard archiver-deletes",
            "courier format COURIER_ADDRESS derived @10.0.1.11",
        ],
    );
    let kept = format!("services:\n{DJANGO}  archiver: {{ARCHIVER_DELETE: false}}\n");
    tells("10.2", &kept, "26.0", &["archiver hazard archiver-deletes fill-in @ARCHIVER_DELETE"]);
}

#[test]
fn names_below_the_ones_that_win_do_not_come_back() {
    let base = "extends: facts\nservices:\n  courier:\n    COURIER_S3_DISABLE_SSL: false # base\n    COURIER_REDIS: redis://redis.rapidpro.internal:6379/15\n    COURIER_S3_REGION: eu-west-2\n";
    let x = format!(
        "extends: base\nrelease: \"9.2\"\nservices:\n{DJANGO}  courier:\n    COURIER_S3_DISABLE_SSL: false\n    COURIER_REDIS: \"redis://redis.rapidpro.internal:6379/15\"\n    COURIER_S3_REGION: null\n  archiver: {{delete: true}}\n"
    );
    let mut folder = Folder::new(&[("facts", &facts()), ("base", base), ("x", &x)]);
    assert_eq!(folder.errors("x"), Vec::<String>::new());
    folder.upgrade("x", "10.2");
    assert_eq!(folder.errors("x"), Vec::<String>::new(), "{}", folder.text("base"));
    assert_eq!(
        folder.text("base"),
        "extends: facts\nservices:\n  courier:\n    # base\n    COURIER_VALKEY: valkey://redis.rapidpro.internal:6379/15\n    COURIER_AWS_REGION: eu-west-2\n"
    );
    assert!(folder.text("x").contains(
        "  courier:\n    COURIER_VALKEY: \"valkey://redis.rapidpro.internal:6379/15\"\n    COURIER_AWS_REGION: null\n"
    ));
}

#[test]
fn what_a_fork_brought_and_the_release_has_moves_out_of_extra() {
    services(
        "9.2",
        "  courier:\n    COURIER_MAX_WORKERS: 64\n    extra: {COURIER_METRICS_REPORTING: \"off\", X: 1}\n  archiver: {delete: true}\n",
        "26.0",
        "  courier:\n    COURIER_MAX_WORKERS: 64\n    extra: {X: 1}\n    COURIER_METRICS_REPORTING: \"off\"\n  archiver: {delete: true}\n",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever a document looks like: nothing breaks, what is written can be read, it is at the new release, and nothing is
    /// wrong that was not, but for markers and what is told as to be done by hand.
    #[test]
    fn no_document_is_broken(changes in proptest::collection::vec(change(), 0..4), to in prop::sample::select(vec!["7.4", "9.2", "10.2", "26.2"])) {
        let mut lines: Vec<String> = RUNBOOK.lines().map(str::to_string).collect();
        changes.iter().for_each(|change| change.apply(&mut lines));
        let mut folder = Folder::new(&[("x", &(lines.join("\n") + "\n"))]);
        let Ok(done) = folder.plan("x", to) else { return Ok(()) };
        if done.is_nothing() || done.files.is_empty() {
            return Ok(());
        }
        let sound = folder.errors("x").is_empty();
        for file in &done.files {
            folder.0.insert(file.path.clone(), file.text.clone());
        }
        prop_assert!(folder.plan("x", to).expect("a document").is_nothing(), "{}", folder.text("x"));
        let errors: Vec<_> = folder.errors("x").into_iter().filter(|error| !error.starts_with("fill-in")).collect();
        prop_assert!(!sound || errors.is_empty() || !done.by_hand.is_empty(), "{errors:#?}\n{}\n{}", lines.join("\n"), folder.text("x"));
    }
}

#[test]
fn what_the_document_says_by_a_services_name_is_not_asked_again() {
    let x = "\
release: \"5.2\"
domain: example.net
brand: {name: Ours}
hosts:
  a: {internal: 10.0.0.1, services: [django, celery, beat, courier]}
services:
  django:
    SECRET_KEY: op://R/Django/key
    DATABASES: {default: {NAME: rapidpro, USER: ours, PASSWORD: op://R/Db/password, HOST: db.internal, PORT: '5432'}}
    REDIS_HOST: redis.internal
    BROKER_URL: redis://redis.internal:6379/3
    EMAIL_HOST: mail.internal
    EMAIL_PORT: 587
    DEFAULT_FROM_EMAIL: \"us@example.net\"
    AWS_STORAGE_BUCKET_NAME: media
    ARCHIVE_BUCKET: archives
  courier: {COURIER_AWS_ACCESS_KEY_ID: op://R/S3/id, COURIER_AWS_SECRET_ACCESS_KEY: op://R/S3/key, COURIER_S3_REGION: eu-west-2}
";
    let mut folder = Folder::new(&[("x", x)]);
    let done = folder.upgrade("x", "9.2");
    let asked = ["resources.courier.auth_token", "resources.mailroom.auth_token", "resources.s3.buckets.logs"];
    assert_eq!(paths(&done), asked, "{}", folder.text("x"));
    let facts = "\
  postgres:
    database: rapidpro
    host: db.internal
    password: op://R/Db/password
    port: 5432
    user: ours
  redis:
    db: 3
    host: redis.internal
";
    assert!(folder.text("x").contains(facts), "{}", folder.text("x"));
}

/// Issue 5's own words: the runbook's deployment at 5.2, by upper-case names, moved to 9.2, filled in, and rendered.
#[test]
fn the_program_upgrades_checks_and_renders_the_runbooks_deployment() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = folder.path().join("env/runbook.yml");
    std::fs::create_dir(folder.path().join("env")).expect("a folder");
    std::fs::write(&document, RUNBOOK).expect("a file");
    let vault = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vaults/production.vault.yml");
    let run = |arguments: &[&str]| {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_rpconf"))
            .args(["-C", folder.path().to_str().expect("a path")])
            .args(arguments)
            .output()
            .expect("rpconf");
        let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        (done.status.code(), said.concat())
    };
    let render = ["render", "runbook", "--vault", &format!("file:{vault}"), "--out", "out"];
    let before = std::fs::metadata(&document).expect("the document").permissions();
    assert_eq!(run(&["upgrade", "runbook", "--to", "9.2"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(&document).expect("the document"), RUNBOOK, "nothing is written unasked");
    assert_eq!(run(&["upgrade", "runbook", "--to", "9.2", "--write", "--dry-run"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(&document).expect("the document"), RUNBOOK, "a dry run writes nothing");
    assert_eq!(run(&["upgrade", "runbook", "--to", "9.2", "--write"]).0, Some(1));
    assert_eq!(std::fs::metadata(&document).expect("the document").permissions(), before);
    assert_eq!(run(&["check", "runbook"]).0, Some(1));
    assert_eq!(run(&render).0, Some(1));
    let text = std::fs::read_to_string(&document).expect("the document");
    let filled = text.replace(marker(&text, "channel logs"), "medic-logs");
    let filled = filled.replace(marker(&text, "the token that its callers"), "op://RapidPro/Production Courier/token");
    std::fs::write(&document, filled).expect("a file");
    let (code, said) = run(&["check", "runbook", "--strict"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&render);
    assert_eq!(code, Some(0), "{said}");
    let courier = std::fs::read_to_string(folder.path().join("out/worker/courier/environment")).expect("a file");
    for line in [
        "COURIER_S3_ATTACHMENTS_BUCKET=medic-rapidpro-media",
        "COURIER_LOG_LEVEL=warn",
        "COURIER_S3_LOGS_BUCKET=medic-logs",
    ] {
        assert!(courier.contains(line), "{courier}");
    }
}

/// A marker with its quotes.
fn marker<'a>(text: &'a str, what: &str) -> &'a str {
    let mut markers =
        text.split("\"<fill in: ").skip(1).filter_map(|rest| rest.split_once(">\"")).map(|(marker, _)| marker);
    let found = markers.find(|marker| marker.contains(what)).expect(what);
    let start = text.find(found).expect("the marker") - "\"<fill in: ".len();
    &text[start..start + "\"<fill in: ".len() + found.len() + ">\"".len()]
}
