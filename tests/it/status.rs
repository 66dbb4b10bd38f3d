//! `rpconf status` of a host: each way in which something drifts, how old credentials are, and what is told when the vault
//! cannot be asked; in words and as JSON.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Output;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::apply::{World, is_root, own};
use crate::connect::Server;

const DAY: u64 = 86_400;

/// A host to which all was applied.
fn applied() -> World {
    let world = World::new();
    world.check(&["apply", "demo", "--host", "worker"], 0, "4 files written");
    world
}

/// By the vault's file, or by a server over it.
fn asked(world: &World, server: Option<&Server>, more: &[&str]) -> Output {
    let mut command = world.command(&["status", "demo", "--host", "worker"]);
    if let Some(server) = server {
        let token = fs::read_to_string(world.at("token")).expect("a token");
        command.args(["--vault", "connect"]).env("OP_CONNECT_HOST", &server.host).env("OP_CONNECT_TOKEN", token.trim());
    }
    command.args(more).output().expect("rpconf")
}

fn status(world: &World, server: Option<&Server>, code: i32, words: &str) {
    world.judge(&["status"], asked(world, server, &[]), code, words);
}

fn json(world: &World, server: Option<&Server>) -> Value {
    let output = asked(world, server, &["--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Each kind of drift: how it comes, what is said, and what a program reads.
#[test]
fn each_drift_has_its_words_and_its_kind() {
    let check = |meddle: &dyn Fn(&World), words: &str, expect: Value| {
        let world = applied();
        status(&world, None, 0, "generation 1, applied 20");
        assert_eq!(json(&world, None)["drift"], json!([]));
        meddle(&world);
        status(&world, None, 6, &format!("drift: {words}\n"));
        let drift = json(&world, None)["drift"].take();
        let drift = drift.as_array().expect("a list");
        assert_eq!(drift.len(), 1, "{drift:?}");
        let mut whole =
            json!({"name": "courier", "path": "/home/courier/app/environment", "unit": null, "what": words});
        whole.as_object_mut().expect("a map").extend(expect.as_object().expect("a map").clone());
        assert_eq!(drift[0], whole);
    };
    let file = |world: &World| world.file("courier");
    check(
        &|w| fs::write(file(w), "by hand").expect("a file"),
        "/home/courier/app/environment was changed by hand",
        json!({"kind": "changed"}),
    );
    check(
        &|w| fs::remove_file(file(w)).expect("a file"),
        "/home/courier/app/environment is missing: was the service upgraded?",
        json!({"kind": "missing"}),
    );
    check(
        &|w| w.install("courier", 1001, "2"),
        "/home/courier/app/environment is missing: was the service upgraded?",
        json!({"kind": "missing"}),
    );
    check(
        &|w| fs::set_permissions(file(w), fs::Permissions::from_mode(0o604)).expect("a mode"),
        "/home/courier/app/environment has the mode 0604, and was given 0600",
        json!({"kind": "mode"}),
    );
    if is_root() {
        check(
            &|w| own(&file(w), 1002),
            "/home/courier/app/environment has another owner or group",
            json!({"kind": "owner"}),
        );
    }
    // Only courier's process is older than its file.
    let shown = |world: &World, start: u64| {
        let start = format!("echo 'ExecMainStartTimestamp=Thu {}'", start_of(start));
        world.systemctl(&format!("case \"$*\" in *courier*) echo ActiveState=active; {start};; esac"));
    };
    let written = |world: &World| u64::try_from(fs::metadata(file(world)).expect("a file").mtime()).expect("a time");
    check(
        &|w| shown(w, written(w) - 1),
        "courier.service started before /home/courier/app/environment was written, and runs with older values",
        json!({"kind": "older", "unit": "courier.service"}),
    );
    let world = applied();
    shown(&world, written(&world) + 1);
    status(&world, None, 0, "generation 1");
}

/// As systemd writes it, without the day of the week.
fn start_of(seconds: u64) -> String {
    let output = std::process::Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%F %T UTC"]).output();
    String::from_utf8(output.expect("date").stdout).expect("text").trim().to_string()
}

#[test]
fn several_drifts_are_told_together_with_what_is_unfinished() {
    let world = applied();
    fs::write(world.file("courier"), "by hand").expect("a file");
    fs::set_permissions(world.file("courier"), fs::Permissions::from_mode(0o644)).expect("a mode");
    fs::remove_file(world.file("mailroom")).expect("a file");
    fs::remove_file(world.file("rapidpro-indexer")).expect("a file");
    fs::create_dir(world.file("rapidpro-indexer")).expect("a folder");
    fs::write(world.at("root/var/lib/rpconf/demo/.rpconf-journal"), "{").expect("a journal");
    let now = json(&world, None);
    let drift = now["drift"].as_array().expect("a list");
    let kinds: Vec<_> = drift.iter().map(|one| (one["name"].as_str(), one["kind"].as_str())).collect();
    let expect = [("mailroom", "missing"), ("courier", "changed"), ("courier", "mode"), ("indexer", "unreachable")];
    assert_eq!(kinds, expect.map(|(name, kind)| (Some(name), Some(kind))));
    assert_eq!(now["unfinished"], json!(true));
    status(&world, None, 6, "drift: /home/rapidpro-indexer/app/environment: `");
    status(&world, None, 6, "is not a regular file");
    status(&world, None, 6, "unfinished: a run was cut off; `rpconf recover demo`");
}

/// The vault of the demo, with what changed when, behind a server.
fn served(world: &World, age: u64) -> Server {
    let then = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_secs() - age * DAY;
    let then = start_of(then).replace(' ', "T").replace("TUTC", "Z");
    world.edit("env/demo.vault.yml", "- title: Redis\n", &format!("- title: Redis\n        updatedAt: \"{then}\"\n"));
    fs::copy(world.at("env/demo.vault.yml"), world.at("vault.yml")).expect("a copy");
    Server::start(&world.at(""), &[])
}

#[test]
fn a_credential_is_as_old_as_its_item_where_the_vault_tells() {
    let world = applied();
    let server = served(&world, 40);
    let check = |vault: Option<&Server>| {
        status(&world, vault, 0, "credential: op://Demo/Redis/password, 40 days old\n");
        let told = json(&world, vault)["credentials"].take();
        let redis = json!({"reference": "op://Demo/Redis/password", "age_days": 40});
        assert!(told.as_array().expect("a list").contains(&redis), "{told}");
        // An item of which nobody says when it changed has no age.
        let silent = told.as_array().expect("a list").iter().any(|one| one["reference"] == "op://Demo/SMTP/password");
        assert!(!silent, "{told}");
    };
    check(None);
    check(Some(&server));
}

#[test]
fn without_its_vault_it_tells_how_stale_that_may_be() {
    let world = applied();
    let state = world.at("root/var/lib/rpconf/demo/generation-1.json");
    let text = fs::read_to_string(&state).expect("a generation");
    let mut generation: Value = serde_json::from_str(&text).expect("JSON");
    let applied = generation["time"].as_u64().expect("a time") - 3 * DAY - 60;
    generation["time"] = applied.into();
    fs::write(&state, generation.to_string()).expect("a file");
    let mut server = served(&world, 1);
    server.end();
    let stale = "stale: what stands was applied 3 days ago, and what the vault has now is not known\n";
    status(&world, Some(&server), 3, stale);
    status(&world, Some(&server), 3, "the document cannot be compared: ");
    let now = json(&world, Some(&server));
    assert!((3 * DAY..3 * DAY + 600).contains(&now["stale_seconds"].as_u64().expect("seconds")), "{now}");
    assert!(now["problem"].is_string() && now["would_change"].is_null() && now["credentials"].is_null(), "{now}");
    // Drift is seen all the same, and is what the exit code tells.
    fs::write(world.file("courier"), "by hand").expect("a file");
    status(&world, Some(&server), 6, stale);
    let now = json(&world, None);
    assert_eq!(now["stale_seconds"], Value::Null, "it is not stale when the vault answers: {now}");
}
