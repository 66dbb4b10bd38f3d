//! `env/production.yml` on its worker: what "delivered" means, from the first application to a rollback and on.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::apply::{RESTARTS, SERVICES, World, is_root};

const APPLY: [&str; 5] = ["apply", "production", "--host", "worker", "--vault=file:env/production.vault.yml"];

/// A value of the vault, another in its place, and the units that read it on the worker, in order.
const CHANGES: [(&str, &str, &[&str]); 7] = [
    ("FAKE-p@ss/w:rd", "FAKE-other/w:rd", &RESTARTS),
    ("FAKE/secret+access=key", "FAKE/another+key", &[RESTARTS[0], RESTARTS[1], RESTARTS[3]]),
    ("FAKEACCESSKEYID00000", "FAKEACCESSKEYID00001", &[RESTARTS[0], RESTARTS[1], RESTARTS[3]]),
    ("FAKE smtp pass&word", "FAKE other pass&word", &[RESTARTS[0]]),
    ("FAKE-mailroom-token", "FAKE-mailroom-tokens", &[RESTARTS[0]]),
    // Courier takes one since 7.5, and Django's is read on another host.
    ("FAKE-courier-token", "FAKE-courier-tokens", &[]),
    ("FAKE-django-secret-key", "FAKE-django-other-key", &[]),
];

fn production() -> World {
    let world = World::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (from, to) in [
        ("env/production.yml", "env/production.yml"),
        ("tests/vaults/production.vault.yml", "env/production.vault.yml"),
    ] {
        fs::copy(repository.join(from), world.at(to)).expect("a file of the repository");
    }
    world
}

/// A file's bytes, mode, user and group, and which file it is, written when.
type Look = (Vec<u8>, u32, u32, u32, (u64, i64, i64));

/// Each service's file.
fn files(world: &World) -> Vec<Look> {
    let look = |(name, _): (&str, u32)| {
        let path = world.file(name);
        let look = fs::metadata(&path).expect("a file");
        let same = (look.ino(), look.mtime(), look.mtime_nsec());
        (fs::read(path).expect("a file"), look.mode() & 0o7777, look.uid(), look.gid(), same)
    };
    SERVICES.map(look).to_vec()
}

fn bytes(world: &World) -> Vec<Vec<u8>> {
    files(world).into_iter().map(|file| file.0).collect()
}

#[test]
fn the_worker_has_its_files_and_each_password_restarts_the_units_that_read_it() {
    let world = production();
    world.check(&APPLY, 0, "4 files written, 0 unchanged");
    assert_eq!(world.asked(), RESTARTS);
    for ((content, mode, user, group, _), (name, id)) in files(&world).into_iter().zip(SERVICES) {
        let owner = if is_root() { (id, id) } else { (user, group) };
        assert_eq!((mode, user, group), (0o600, owner.0, owner.1), "{name}");
        assert!(String::from_utf8(content).expect("text").contains("production-fake.cluster"), "{name}");
    }
    let first = files(&world);
    world.check(&APPLY, 0, "4 files unchanged");
    assert_eq!(files(&world), first, "nothing is written again");
    for (from, to, restarts) in CHANGES {
        let before = files(&world);
        world.edit("env/production.vault.yml", from, to);
        world.check(
            &APPLY,
            0,
            &if restarts.is_empty() {
                "4 files unchanged".to_string()
            } else {
                format!("{} files written", restarts.len())
            },
        );
        assert_eq!(world.asked(), restarts, "after {from} has changed");
        for ((before, now), (name, _)) in before.iter().zip(&files(&world)).zip(SERVICES) {
            let restarted = restarts.iter().any(|restart| restart.contains(name));
            assert_eq!(before != now, restarted, "{name} after {from} has changed");
        }
    }
}

#[test]
fn a_rollback_brings_every_byte_back_and_holds_until_it_is_ended() {
    let world = production();
    world.check(&APPLY, 0, "generation 1");
    let old = bytes(&world);
    world.edit("env/production.vault.yml", "FAKE-p@ss/w:rd", "FAKE-other/w:rd");
    world.check(&APPLY, 0, "generation 2");
    let new = bytes(&world);
    assert!(old.iter().zip(&new).all(|(old, new)| old != new));
    world.asked();
    // In an incident there may be neither: what was applied is kept on the host.
    let hidden = [("env/production.yml", "document"), ("env/production.vault.yml", "vault")];
    hidden.iter().for_each(|(from, to)| fs::rename(world.at(from), world.at(to)).expect("a rename"));
    world.check(&["rollback", "production"], 0, "4 files written");
    hidden.iter().for_each(|(from, to)| fs::rename(world.at(to), world.at(from)).expect("a rename"));
    assert_eq!(bytes(&world), old);
    assert_eq!(world.asked(), RESTARTS);
    let held = (files(&world), names(&world));
    assert!(held.0.iter().zip(SERVICES).all(|(file, (_, id))| file.1 == 0o600 && (file.2 == id || !is_root())));
    for more in [&[][..], &["--overwrite"], &["--check"]] {
        world.check(
            &[&APPLY, more].concat(),
            6,
            "production is held at generation 3, which a rollback restored from 1",
        );
        assert_eq!((files(&world), names(&world)), held, "nothing is written while it is held");
    }
    assert_eq!(world.asked(), [""; 0]);
    world.check(&[&APPLY, &["--resume"][..]].concat(), 0, "4 files written");
    assert_eq!(world.asked(), RESTARTS);
    assert_eq!(bytes(&world), new);
    world.check(&APPLY, 0, "4 files unchanged");
    assert_eq!(world.asked(), [""; 0]);
}

/// What is in the state folder, with its time.
fn names(world: &World) -> Vec<(std::ffi::OsString, i64)> {
    let names = fs::read_dir(world.at("root/var/lib/rpconf/production")).expect("a folder");
    let mut names: Vec<_> = names
        .map(|entry| entry.expect("a name"))
        .map(|entry| (entry.file_name(), entry.metadata().expect("a look").mtime_nsec()))
        .collect();
    names.sort_unstable();
    names
}
