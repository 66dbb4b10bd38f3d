//! Rotation's strategy `acl-passwords`, phase by phase, on Redis servers with a replica.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rpconf::model::Secret;
use rpconf::rotate::strategies::redis::{Address, Redis};
use rpconf::rotate::{Credential, Fault, Login, Retirement, Strategy as _, Survey};

use crate::deployment::awkward_secret;
use crate::parts::outside::{World, block_on, standing};
use crate::parts::redis::{Client, RedisServer, Users, digest, stub};

fn credential(password: &str) -> Credential {
    Credential::password(Secret::new(password.to_string()))
}

fn strategy(port: u16) -> Redis<'static> {
    let address = Address { host: "127.0.0.1".to_string(), port };
    Redis::new(address, 15, Duration::from_secs(5), &World)
}

/// A primary and its replica, linked.
fn pair(users: Users, password: &str) -> [RedisServer; 2] {
    let primary = RedisServer::start(users, password);
    let replica = RedisServer::replica(users, password, primary.port);
    replica.in_sync(password);
    [primary, replica]
}

fn generated(strategy: &Redis<'_>, current: &str) -> String {
    let made = block_on(strategy.generate(&standing(credential(current)))).expect("a password");
    made.credential.password.expose().clone()
}

/// Who is let in, on each server.
fn taken(servers: &[RedisServer], password: &str) -> Vec<bool> {
    servers.iter().map(|server| server.login(password).is_ok()).collect()
}

const ALL: [bool; 2] = [true, true];
const NONE: [bool; 2] = [false, false];

#[test]
fn two_passwords_are_taken_until_the_old_one_is_retired_on_each_server() {
    for users in [Users::AclFile, Users::Configuration] {
        let old = awkward_secret();
        let mut servers = pair(users, &old);
        let mut monitor = servers[0].login(&old).expect("a login");
        monitor.tell(&["MONITOR"]);
        // From the replica: the primary is found from there too.
        let strategy = strategy(servers[1].port);
        let new = generated(&strategy, &old);
        let (old_one, new_one) = (credential(&old), credential(&new));
        assert_eq!(block_on(strategy.login(&new_one)), Login::Refused);

        for _ in 0..2 {
            block_on(strategy.apply(&new_one, &old_one)).expect("applied");
            block_on(strategy.verify(&new_one)).expect("verified");
            assert_eq!([taken(&servers, &old), taken(&servers, &new)], [ALL, ALL], "{users:?}");
        }
        servers.iter_mut().for_each(RedisServer::restart);
        servers[1].in_sync(&new);
        assert_eq!([taken(&servers, &old), taken(&servers, &new)], [ALL, ALL], "{users:?}: persisted");

        let mut monitor_again = servers[0].login(&old).expect("a login");
        monitor_again.tell(&["MONITOR"]);
        for _ in 0..2 {
            assert_eq!(block_on(strategy.retire(&old_one, &new_one, Duration::ZERO)), Ok(Retirement::Done));
            assert_eq!([taken(&servers, &old), taken(&servers, &new)], [NONE, ALL], "{users:?}");
        }
        let slow: String = servers.iter().map(|server| server.say(&new, &["SLOWLOG", "GET", "-1"])).collect();
        assert!(slow.contains("SETUSER"), "the slow log knows the commands");
        let seen = monitor.listen(Duration::from_millis(300)) + &monitor_again.listen(Duration::from_millis(300));
        assert!(seen.contains("PING"), "the monitor sees commands: {seen}");
        let file = |name: &str| std::fs::read_to_string(servers[0].path(name)).unwrap_or_default();
        for (log, text) in [("SLOWLOG", &slow), ("MONITOR", &seen), ("the log", &file("log"))] {
            assert!(!text.contains(&new) && !text.contains(&old), "{log} holds a password");
            assert!(!text.contains(&digest(&new)), "{log} holds a digest");
        }

        servers.iter_mut().for_each(RedisServer::restart);
        servers[1].in_sync(&new);
        assert_eq!([taken(&servers, &old), taken(&servers, &new)], [NONE, ALL], "{users:?}: persisted");
    }
}

#[test]
fn what_was_applied_is_taken_back() {
    let mut servers = pair(Users::AclFile, "old");
    let strategy = strategy(servers[0].port);
    let (old, new) = (credential("old"), credential("new"));
    block_on(strategy.apply(&new, &old)).expect("applied");
    for _ in 0..2 {
        block_on(strategy.undo(&new, &old)).expect("undone");
        assert_eq!([taken(&servers, "old"), taken(&servers, "new")], [ALL, NONE]);
    }
    servers.iter_mut().for_each(RedisServer::restart);
    servers[1].in_sync("old");
    assert_eq!([taken(&servers, "old"), taken(&servers, "new")], [ALL, NONE]);
}

/// A deployment that names a user.
#[test]
fn a_named_user_keeps_its_rights_and_leaves_others_alone() {
    let server = RedisServer::start(Users::AclFile, "admin");
    let rules = ["ACL", "SETUSER", "rapidpro", "on", ">old", "~*", "&*", "+@all"];
    assert_eq!(server.say("admin", &rules), "OK");
    let strategy = strategy(server.port);
    let [old, new] = ["old", "new"].map(|it| Credential::login("rapidpro", Secret::new(it.to_string())));
    block_on(strategy.apply(&new, &old)).expect("applied");
    block_on(strategy.verify(&new)).expect("verified");
    assert_eq!(block_on(strategy.retire(&old, &new, Duration::ZERO)), Ok(Retirement::Done));
    assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Refused, Login::Works]);
    assert_eq!([server.login("admin").is_ok(), server.login("new").is_ok()], [true, false]);
    let made = block_on(strategy.generate(&standing(old))).expect("a password").credential;
    assert_eq!((made.user.as_deref(), made.password.expose().len()), (Some("rapidpro"), 43));
}

#[test]
fn the_last_valid_password_is_never_removed() {
    let server = RedisServer::start(Users::AclFile, "old");
    let strategy = strategy(server.port);
    let refused = block_on(strategy.retire(&credential("old"), &credential("new"), Duration::ZERO));
    assert!(matches!(refused, Err(Fault::Denied(_))), "{refused:?}");
    let same = block_on(strategy.retire(&credential("old"), &credential("old"), Duration::ZERO));
    assert!(matches!(same, Err(Fault::Unfit(_))), "{same:?}");
    assert!(server.login("old").is_ok());
    let alone = block_on(strategy.verify(&credential("old")));
    assert!(matches!(alone, Err(Fault::Unfit(_))), "one password is not two: {alone:?}");
}

/// Row 28: a restart that finds the file from before.
#[test]
fn a_password_that_a_restart_lost_is_applied_again() {
    let mut servers = pair(Users::AclFile, "old");
    let strategy = strategy(servers[0].port);
    let (old, new) = (credential("old"), credential("new"));
    let before = std::fs::read(servers[1].path("users.acl")).expect("the users");
    block_on(strategy.apply(&new, &old)).expect("applied");
    servers[1].kill();
    std::fs::write(servers[1].path("users.acl"), before).expect("the users of before");
    servers[1].run();
    assert_eq!(taken(&servers, "new"), [true, false]);
    assert_eq!(block_on(strategy.login(&new)), Login::Refused);
    block_on(strategy.apply(&new, &old)).expect("applied");
    assert_eq!(block_on(strategy.login(&new)), Login::Works);
    assert_eq!(taken(&servers, "new"), ALL);
}

/// Row 29: nothing goes on until each server took it, and everything is taken back everywhere.
#[test]
fn a_replica_that_is_away_has_to_come_back() {
    let mut servers = pair(Users::Configuration, "old");
    let strategy = strategy(servers[0].port);
    let (old, new) = (credential("old"), credential("new"));
    assert_eq!(block_on(strategy.login(&old)), Login::Works);
    servers[1].kill();
    for _ in 0..2 {
        let applied = block_on(strategy.apply(&new, &old));
        assert!(matches!(applied, Err(Fault::Unreachable(_))), "{applied:?}");
        assert!(servers[0].login("new").is_err(), "all or none");
    }
    servers[1].run();
    block_on(strategy.apply(&new, &old)).expect("applied");
    block_on(strategy.verify(&new)).expect("verified");
    servers[1].kill();
    assert!(matches!(block_on(strategy.login(&new)), Login::Unknown(_)));
    assert!(matches!(block_on(strategy.verify(&new)), Err(Fault::Unreachable(_))));
    assert!(matches!(block_on(strategy.undo(&new, &old)), Err(Fault::Unreachable(_))));
    assert!(servers[0].login("new").is_ok(), "all or none");
    servers[1].run();
    block_on(strategy.undo(&new, &old)).expect("undone");
    assert_eq!([taken(&servers, "old"), taken(&servers, "new")], [ALL, NONE]);
}

/// Row 30.
#[test]
fn a_digest_that_is_gone_already_is_no_failure() {
    let servers = pair(Users::AclFile, "old");
    let strategy = strategy(servers[0].port);
    let (old, new) = (credential("old"), credential("new"));
    block_on(strategy.apply(&new, &old)).expect("applied");
    let gone = servers[0].say("new", &["ACL", "SETUSER", "default", &format!("!{}", digest("old"))]);
    assert_eq!(gone, "OK");
    assert_eq!(block_on(strategy.retire(&old, &new, Duration::ZERO)), Ok(Retirement::Done));
    assert_eq!([taken(&servers, "old"), taken(&servers, "new")], [NONE, ALL]);
}

/// Row 31: `requirepass` leaves one password, whichever was given. Given what it was before, it does nothing.
#[test]
fn a_requirepass_of_someone_else_is_noticed() {
    let server = RedisServer::start(Users::Configuration, "old");
    let strategy = strategy(server.port);
    let (old, new) = (credential("old"), credential("new"));
    block_on(strategy.apply(&new, &old)).expect("applied");
    assert_eq!(server.say("old", &["CONFIG", "SET", "requirepass", "new"]), "OK");
    assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Refused, Login::Works]);
    block_on(strategy.apply(&old, &new)).expect("the old one is brought back by the new one");
    assert_eq!(block_on(strategy.login(&old)), Login::Works);

    assert_eq!(server.say("old", &["CONFIG", "SET", "requirepass", "old"]), "OK");
    assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Works, Login::Refused]);
    block_on(strategy.apply(&new, &old)).expect("applied again");
    assert_eq!(block_on(strategy.login(&new)), Login::Works);

    assert_eq!(server.say("old", &["CONFIG", "SET", "requirepass", "theirs"]), "OK");
    assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Refused, Login::Refused]);
    let denied = block_on(strategy.apply(&new, &old));
    assert!(matches!(denied, Err(Fault::Denied(_))), "{denied:?}");
    assert!(matches!(block_on(strategy.retire(&old, &new, Duration::ZERO)), Err(Fault::Denied(_))));
}

#[test]
fn connections_that_are_older_than_the_promotion_are_named() {
    let servers = pair(Users::AclFile, "old");
    let strategy = strategy(servers[0].port);
    let (old, new) = (credential("old"), credential("new"));
    let mut forgotten = servers[0].login("old").expect("a login");
    forgotten.send(&["CLIENT", "SETNAME", "forgotten"]).expect("a name");
    forgotten.tell(&["BLPOP", "queue", "0"]);
    let unnamed = servers[1].login("old").expect("a login");
    block_on(strategy.apply(&new, &old)).expect("applied");
    std::thread::sleep(Duration::from_millis(2_100));
    let promoted = Instant::now();
    let mut told = servers[0].login("new").expect("a login");
    told.send(&["SELECT", "15"]).expect("a database");
    std::thread::sleep(Duration::from_millis(1_000));

    let found = || {
        let found = block_on(strategy.gauge(&old, &new, promoted.elapsed())).expect("a measure");
        found.into_iter().map(|one| (one.name, one.address, one.connections)).collect::<Vec<_>>()
    };
    let local = || "127.0.0.1".to_string();
    let expect = |name: &str| (name.to_string(), local(), 1);
    assert_eq!(found(), [expect("a client of db 0"), expect("forgotten")]);
    drop(unnamed);
    assert_eq!(found(), [expect("forgotten")]);
    drop(forgotten);
    assert_eq!(found(), []);
    drop(told);
}

/// Half the services were told the new password when it is given up: those that never were are not waited for.
#[test]
fn on_the_way_back_connections_from_before_are_nobody_s_concern() {
    let servers = pair(Users::AclFile, "old");
    let (old, new) = (credential("old"), credential("new"));
    let pause = || std::thread::sleep(Duration::from_millis(2_100));
    let untouched = servers[0].login("old").expect("a login");
    pause();
    block_on(strategy(servers[0].port).apply(&new, &old)).expect("applied");
    pause();
    let mut told = servers[0].login("new").expect("a login");
    told.send(&["CLIENT", "SETNAME", "told"]).expect("a name");
    pause();
    let demoted = Instant::now();
    std::thread::sleep(Duration::from_millis(1_000));
    // Another process, which was told nothing.
    let strategy = strategy(servers[1].port);
    let names = || {
        let found = block_on(strategy.gauge(&new, &old, demoted.elapsed())).expect("a measure");
        found.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["told"]);
    drop(told);
    assert_eq!(names(), Vec::<String>::new());
    let keys = || servers[0].login("old").expect("a login").send(&["INFO", "keyspace"]).expect("a count");
    assert!(keys().contains("db15:keys=1,expires=1"), "{}", keys());
    block_on(strategy.undo(&new, &old)).expect("undone");
    assert!(!keys().contains("db15"), "{}", keys());
    drop(untouched);
}

/// What is in the way, by the words that tell it.
fn blocked(survey: &Survey) -> Vec<&str> {
    survey.blocked.iter().map(|blocked| blocked.what.as_str()).collect()
}

fn survey(port: u16, password: &str) -> Survey {
    block_on(strategy(port).survey(&standing(credential(password)))).expect("a survey")
}

#[test]
fn a_survey_tells_what_would_be_done_and_changes_nothing() {
    let servers = pair(Users::AclFile, "old");
    let users = || servers[0].say("old", &["ACL", "LIST"]) + &servers[1].say("old", &["ACL", "LIST"]);
    let before = users();
    let _consumer = servers[0].login("old").expect("a login");
    let survey = survey(servers[0].port, "old");
    assert_eq!(survey.blocked, []);
    assert_eq!([survey.facts.len(), survey.will.len(), survey.consumers.len()], [4, 3, 1], "{survey:#?}");
    assert_eq!(survey.gap, None);
    assert_eq!(before, users());
}

#[test]
fn where_two_passwords_cannot_be_had_a_survey_says_why() {
    let check = |port: u16, expect: &str| {
        let survey = survey(port, "old");
        let blocked = blocked(&survey);
        assert!(blocked.len() == 1 && blocked[0].contains(expect), "{expect}: {survey:#?}");
    };
    let start = |more: &str| RedisServer::with(Users::Configuration, "old", None, more);

    let open = start("");
    assert_eq!(open.say("old", &["CONFIG", "SET", "requirepass", ""]), "OK");
    check(open.port, "asks for no password");

    let other = RedisServer::start(Users::AclFile, "another");
    check(other.port, "refuses the password");

    // What a provider's server answers, too.
    let renamed = start("rename-command CONFIG \"\"");
    check(renamed.port, "does not know `CONFIG GET`");

    let bound = start("");
    assert_eq!(bound.say("old", &["ACL", "SETUSER", "default", "-acl|save"]), "OK");
    check(bound.port, "may not run `ACL SAVE`");

    let crowded = start("");
    assert_eq!(crowded.say("old", &["ACL", "SETUSER", "default", ">two"]), "OK");
    let survey = survey(crowded.port, "old");
    assert!(survey.blocked.is_empty() && survey.warnings[0].contains("one more password"), "{survey:#?}");
    assert_eq!(crowded.say("old", &["ACL", "SETUSER", "default", ">three"]), "OK");
    check(crowded.port, "has 3 passwords");

    let lonely = pair(Users::AclFile, "old");
    let port = lonely[1].port;
    drop(lonely);
    check(port, "refuses connections");

    let old = stub(|words| match words.split(' ').next() {
        Some("AUTH") => "+OK\r\n".to_string(),
        Some("INFO") => "$35\r\nredis_version:5.0.14\r\nrole:master\r\n\r\n".to_string(),
        Some("PING") => "-NOAUTH Authentication required.\r\n".to_string(),
        _ => format!("-ERR unknown command `{words}`\r\n"),
    });
    check(old, "5.0.14, which takes one password");
}

#[test]
fn a_server_without_a_configuration_file_would_forget() {
    let mut server = crate::servers::command(std::path::Path::new("redis-server"), None);
    let port = crate::servers::free_port();
    let mut child = server
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--requirepass", "old"])
        .spawn()
        .expect("redis-server");
    crate::servers::wait("Redis", || Client::connect(port).is_some());
    let survey = survey(port, "old");
    child.kill().expect("an end");
    child.wait().expect("an end");
    assert!(blocked(&survey)[0].contains("without a configuration file"), "{survey:#?}");
}

#[test]
fn elasticache_is_refused_with_the_manual_way() {
    let address = Address { host: "x.abc.0001.use1.cache.amazonaws.com".to_string(), port: 6379 };
    let strategy = Redis::new(address, 15, Duration::from_secs(1), &World);
    let survey = block_on(strategy.survey(&standing(credential("old")))).expect("a survey");
    assert!(blocked(&survey)[0].contains("ElastiCache"), "{survey:#?}");
    assert!(survey.blocked[0].help.contains("ROTATE"), "{survey:#?}");
}

/// Consumers log in all along by what their file says.
#[test]
fn nobody_is_refused_while_a_password_changes() {
    let servers = pair(Users::AclFile, "old");
    let strategy = strategy(servers[0].port);
    let file = Arc::new(Mutex::new("old".to_string()));
    let over = Arc::new(AtomicBool::new(false));
    let logins = Arc::new(AtomicUsize::new(0));
    let refusals: Vec<_> = (0..16)
        .map(|at| {
            let (port, file, over) = (servers[at % 2].port, file.clone(), over.clone());
            let logins = logins.clone();
            std::thread::spawn(move || {
                let mut refused = vec![];
                while !over.load(Ordering::Relaxed) {
                    let password = file.lock().expect("the file").clone();
                    let done = Client::connect(port).map(|mut client| client.send(&["AUTH", &password]));
                    if !matches!(done, Some(Ok(_))) {
                        refused.push(format!("{done:?}"));
                    }
                    logins.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(20));
                }
                refused
            })
        })
        .collect();

    let pause = || std::thread::sleep(Duration::from_millis(500));
    pause();
    let new = generated(&strategy, "old");
    let (old_one, new_one) = (credential("old"), credential(&new));
    block_on(strategy.apply(&new_one, &old_one)).expect("applied");
    block_on(strategy.verify(&new_one)).expect("verified");
    pause();
    file.lock().expect("the file").clone_from(&new);
    let promoted = Instant::now();
    pause();
    let left = block_on(strategy.gauge(&old_one, &new_one, promoted.elapsed())).expect("a measure");
    assert_eq!(left, []);
    assert_eq!(block_on(strategy.retire(&old_one, &new_one, Duration::ZERO)), Ok(Retirement::Done));
    pause();
    over.store(true, Ordering::Relaxed);
    let refused: Vec<String> = refusals.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect();
    assert!(logins.load(Ordering::Relaxed) > 200, "{logins:?}");
    assert_eq!(refused, Vec::<String>::new());
}
