//! Rotation's strategy `access-keys`, phase by phase, on moto, and on a stub for what moto does not play.

use std::time::Duration;

use rpconf::model::Secret;
use rpconf::rotate::strategies::iam::{AccessKeys, Patience, Place};
use rpconf::rotate::{Consumer, Credential, Fault, Login, Outside as _, Retirement, Standing, Strategy as _, Survey};

use crate::deployment::{python, root};
use crate::parts::iam_stub::IamStub;
use crate::parts::moto::Moto;
use crate::parts::outside::{World, block_on, standing};

const HOUR: Duration = Duration::from_secs(3600);

fn patience() -> Patience {
    let (short, longer) = (Duration::from_millis(10), Duration::from_millis(40));
    let (answer, longest_wait) = (Duration::from_secs(20), Duration::from_secs(30));
    Patience { answer, pause: short, longest_pause: longer, longest_wait, apart: short, ..Patience::default() }
}

fn strategy(address: &str, bucket: &str, admin: &Credential) -> AccessKeys<'static> {
    with(address, bucket, admin, patience())
}

/// Where what is waited for never comes.
fn impatient(address: &str, admin: &Credential) -> AccessKeys<'static> {
    let short = Duration::from_secs(1);
    with(address, "media", admin, Patience { answer: short, longest_wait: short, ..patience() })
}

fn with(address: &str, bucket: &str, admin: &Credential, patience: Patience) -> AccessKeys<'static> {
    let place = Place {
        region: "us-east-1".to_string(),
        bucket: bucket.to_string(),
        s3: Some(address.to_string()),
        path_style: true,
        iam: Some(address.to_string()),
    };
    AccessKeys::new(place, admin.clone(), patience, &World).expect("a client")
}

fn key(id: &str) -> Credential {
    Credential::login(id, Secret::new("secret".to_string()))
}

fn id(credential: &Credential) -> &str {
    credential.user.as_deref().expect("an id")
}

/// A user with one key, and the admin's.
fn application(moto: &Moto) -> [Credential; 2] {
    let keys = [moto.key("rapidpro"), moto.key("admin")];
    moto.guard();
    keys
}

fn generated(strategy: &AccessKeys<'_>, standing: &Standing) -> Credential {
    block_on(strategy.generate(standing)).expect("a key").credential
}

#[test]
fn a_second_key_is_made_proven_and_taken_back() {
    let moto = Moto::start();
    let [old, admin] = application(&moto);
    let strategy = strategy(&moto.address, "media", &admin);
    let found = block_on(strategy.survey(&standing(old.clone()))).expect("a survey");
    assert_eq!(found.blocked, []);
    assert_eq!([found.facts.len(), found.will.len()], [2, 3], "{found:#?}");

    let new = generated(&strategy, &standing(old.clone()));
    for _ in 0..2 {
        block_on(strategy.apply(&new, &old)).expect("applied");
        block_on(strategy.verify(&new)).expect("verified");
        assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Works, Login::Works]);
    }
    let third = block_on(strategy.generate(&standing(old.clone()))).map(drop);
    assert!(matches!(&third, Err(Fault::Unfit(what)) if what.contains("two access keys")), "{third:?}");

    for _ in 0..2 {
        block_on(strategy.undo(&new, &old)).expect("undone");
        assert_eq!([&old, &new].map(|one| block_on(strategy.login(one))), [Login::Works, Login::Refused]);
    }
}

/// moto takes a disabled key all the same: what is not refused is not called retired.
#[test]
fn a_key_that_is_disabled_and_still_taken_is_not_retired() {
    let moto = Moto::start();
    let [old, admin] = application(&moto);
    let strategy = strategy(&moto.address, "media", &admin);
    let new = generated(&strategy, &standing(old.clone()));
    let retired = block_on(impatient(&moto.address, &admin).retire(&old, &new, Duration::ZERO));
    assert!(matches!(&retired, Err(Fault::Unfit(what)) if what.contains("still takes it")), "{retired:?}");
    moto.unguard();
    assert!(moto.iam(&[("Action", "ListAccessKeys"), ("UserName", "rapidpro")]).contains("<Status>Inactive<"));
}

/// What is in the way, by the words that tell it.
fn check_blocked(survey: &Survey, expect: &[&str]) {
    let [blocked] = survey.blocked.as_slice() else { panic!("{survey:#?}") };
    for part in expect {
        assert!(blocked.what.contains(part) || blocked.help.contains(part), "{part}: {survey:#?}");
    }
}

/// Row 33, and who is not an admin.
#[test]
fn where_a_second_key_cannot_be_had_a_survey_says_why() {
    let moto = Moto::start();
    let (powerless, unknown) = (moto.key("powerless"), key("AKIAUNKNOWN"));
    let [old, admin] = application(&moto);
    let survey = |admin: &Credential, old: &Credential, bucket: &str| {
        block_on(strategy(&moto.address, bucket, admin).survey(&standing(old.clone()))).expect("a survey")
    };
    check_blocked(&survey(&powerless, &old, "media"), &["iam:ListAccessKeys", "iam:CreateAccessKey"]);
    check_blocked(&survey(&old, &old, "media"), &["belong to one user, `rapidpro`"]);
    check_blocked(&survey(&unknown, &old, "media"), &["AKIAUNKNOWN", "resources.s3.admin"]);
    check_blocked(&survey(&admin, &unknown, "media"), &["AKIAUNKNOWN", "vault item"]);
    check_blocked(&survey(&admin, &old, "absent"), &["no bucket absent"]);
    let denied = block_on(strategy(&moto.address, "media", &powerless).generate(&standing(old.clone()))).map(drop);
    assert!(matches!(&denied, Err(Fault::Denied(what)) if what.contains("another principal")), "{denied:?}");

    moto.unguard();
    let second = moto.key("rapidpro");
    moto.guard();
    let refused = survey(&admin, &old, "media");
    check_blocked(&refused, &[id(&second), "created 20", "last used never", "delete-access-key --user-name rapidpro"]);
    // The other key of an open rotation is known.
    let open = Standing { next: Some(second), ..standing(old) };
    let found = block_on(strategy(&moto.address, "media", &admin).survey(&open)).expect("a survey");
    assert_eq!(found.blocked, []);
}

#[test]
fn keys_of_another_store_are_refused_with_the_manual_way() {
    let place = Place {
        region: "us-east-1".to_string(),
        bucket: "media".to_string(),
        s3: Some("https://minio.internal:9000".to_string()),
        path_style: true,
        iam: None,
    };
    let strategy = AccessKeys::new(place, key("ADMIN"), patience(), &World).expect("a client");
    let survey = block_on(strategy.survey(&standing(key("OLD")))).expect("a survey");
    check_blocked(&survey, &["minio.internal", "make a second key at that store"]);
}

/// Row 32: a key whose secret is lost is deleted, and another one made; a key that is older or in use is somebody's.
#[test]
fn a_key_that_nobody_staged_is_an_orphan() {
    let moto = Moto::start();
    let [old, admin] = application(&moto);
    let strategy = strategy(&moto.address, "media", &admin);
    let before = World.now().as_secs();
    let lost = generated(&strategy, &standing(old.clone()));
    let orphans = |since: u64| block_on(strategy.orphans(&standing(old.clone()), since)).expect("orphans");
    assert_eq!(orphans(before + 600), Vec::<String>::new(), "made before");
    assert_eq!(orphans(before), [id(&lost)]);
    let staged = Standing { next: Some(lost.clone()), ..standing(old.clone()) };
    assert_eq!(block_on(strategy.orphans(&staged, before)), Ok(vec![]));
    for _ in 0..2 {
        let gone = block_on(strategy.discard(id(&lost)));
        assert!(matches!(gone, Ok(()) | Err(Fault::Unfit(_))), "{gone:?}");
        assert_eq!(orphans(before), Vec::<String>::new());
    }
    let used = generated(&strategy, &standing(old.clone()));
    block_on(strategy.verify(&used)).expect("verified");
    assert_eq!(orphans(before), Vec::<String>::new(), "in use");
    assert!(matches!(block_on(strategy.discard(id(&used))), Err(Fault::Unfit(_))));
}

/// Four clients put and head all along by what their file says.
#[test]
fn nobody_is_refused_while_a_key_changes() {
    let moto = Moto::start();
    let [old, admin] = application(&moto);
    let strategy = strategy(&moto.address, "media", &admin);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    let tell = |credential: &Credential| {
        let text = format!("{}\n{}\n", id(credential), credential.password.expose());
        let fresh = folder.path().join("fresh");
        std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &file)).expect("a file");
    };
    tell(&old);
    let (address, path) = (moto.address.clone(), file.clone());
    let load = std::thread::spawn(move || {
        let venv = root().join("target/test-venv/bin/python");
        python(&venv, "s3_load.py", &[&address, &"media", &path])
    });
    let pause = || std::thread::sleep(Duration::from_millis(700));
    pause();
    let new = generated(&strategy, &standing(old.clone()));
    block_on(strategy.apply(&new, &old)).expect("applied");
    block_on(strategy.verify(&new)).expect("verified");
    pause();
    tell(&new);
    pause();
    // Deleted, as moto would take it disabled.
    block_on(strategy.undo(&old, &new)).expect("deleted");
    pause();
    std::fs::remove_file(&file).expect("the end");
    let found = load.join().expect("a load");
    assert_eq!(found["failed"], serde_json::json!([]), "{found}");
    assert!(found["requests"].as_u64().expect("a count") > 100, "{found}");
}

#[test]
fn a_retired_key_is_disabled_then_deleted_when_nobody_missed_it() {
    let stub = IamStub::start();
    let strategy = strategy(&stub.address, "media", &key("ADMIN"));
    let (old, new) = (key("OLD"), key("NEW"));
    stub.add("NEW");
    let retire = |since: Duration| block_on(strategy.retire(&old, &new, since));
    assert_eq!(block_on(strategy.login(&old)), Login::Works);
    assert_eq!(retire(Duration::ZERO), Ok(Retirement::Soak(HOUR * 2)));
    assert_eq!(block_on(strategy.login(&old)), Login::Refused);
    for (since, left) in [(HOUR, HOUR), (HOUR + HOUR / 2, HOUR / 2)] {
        stub.known().keys.get_mut("OLD").expect("it").used = None;
        assert_eq!(retire(since), Ok(Retirement::Soak(left)));
    }
    assert!(stub.known().keys.contains_key("OLD"));

    // Row 35: brought back within the soak, and disabled again.
    block_on(strategy.apply(&old, &new)).expect("enabled");
    assert_eq!(block_on(strategy.login(&old)), Login::Works);
    assert_eq!(retire(HOUR * 3), Ok(Retirement::Soak(HOUR * 2)));
    let used = retire(HOUR * 3);
    assert!(matches!(&used, Err(Fault::Unfit(what)) if what.contains("used after it was disabled")), "{used:?}");

    let now = stub.known().now();
    stub.known().keys.get_mut("OLD").expect("it").used = Some((now - 3 * 3600 - 60, "s3"));
    for _ in 0..2 {
        assert_eq!(retire(HOUR * 3), Ok(Retirement::Done));
        assert!(!stub.known().keys.contains_key("OLD"));
    }
}

#[test]
fn the_last_valid_key_is_never_disabled() {
    let stub = IamStub::start();
    let strategy = strategy(&stub.address, "media", &key("ADMIN"));
    for keep in [key("GONE"), key("OLD")] {
        assert!(block_on(strategy.retire(&key("OLD"), &keep, HOUR)).is_err());
        assert!(block_on(strategy.undo(&key("OLD"), &keep)).is_err());
        assert!(stub.known().keys["OLD"].active);
    }
}

/// Row 34: what IAM made is known everywhere only after a while.
#[test]
fn a_new_key_is_asked_again_until_it_is_known() {
    let stub = IamStub::start();
    let strategy = strategy(&stub.address, "media", &key("ADMIN"));
    stub.known().late = 8;
    let new = generated(&strategy, &standing(key("OLD")));
    assert_eq!(block_on(strategy.login(&new)), Login::Refused);
    block_on(strategy.verify(&new)).expect("verified");
    let calls = stub.known().calls.clone();
    let logins = calls.iter().filter(|call| *call == "GetCallerIdentity").count();
    assert!(logins >= 1 + 7 + 5, "five in a row: {calls:?}");
    assert_eq!(calls.iter().filter(|call| call.ends_with("object")).count(), 3);
    block_on(strategy.undo(&new, &key("OLD"))).expect("undone");

    stub.known().late = u32::MAX;
    let never = generated(&strategy, &standing(key("OLD")));
    let refused = block_on(impatient(&stub.address, &key("ADMIN")).verify(&never));
    assert!(matches!(refused, Err(Fault::Denied(_))), "{refused:?}");
    block_on(strategy.undo(&never, &key("OLD"))).expect("undone");
    assert_eq!(stub.known().keys.len(), 1);
}

/// Row 32, the other half: two keys would be one too many.
#[test]
fn a_key_is_made_once_though_the_answer_is_lost() {
    let stub = IamStub::start();
    let strategy = strategy(&stub.address, "media", &key("ADMIN"));
    let before = World.now().as_secs();
    stub.known().loses = true;
    let lost = block_on(impatient(&stub.address, &key("ADMIN")).generate(&standing(key("OLD")))).map(drop);
    assert!(matches!(lost, Err(Fault::Unreachable(_))), "{lost:?}");
    assert_eq!(stub.known().calls.iter().filter(|call| *call == "CreateAccessKey").count(), 1);
    stub.known().loses = false;
    let orphans = block_on(strategy.orphans(&standing(key("OLD")), before)).expect("orphans");
    assert_eq!(orphans.len(), 1);
    block_on(strategy.discard(&orphans[0])).expect("deleted");
    let new = generated(&strategy, &standing(key("OLD")));
    assert_eq!(new.password.expose(), &format!("canary+/{}", id(&new)));
    assert_eq!(stub.known().keys.len(), 2);
}

/// Row 38: ages are taken by AWS's clock, whatever ours says.
#[test]
fn a_use_after_the_promotion_is_told_by_who_uses_it() {
    for ahead in [0, 600, -600] {
        let stub = IamStub::start();
        stub.known().ahead = ahead;
        let strategy = strategy(&stub.address, "media", &key("ADMIN"));
        let gauge = |used: Option<(u64, &'static str)>| {
            stub.known().keys.get_mut("OLD").expect("it").used = used;
            block_on(strategy.gauge(&key("OLD"), &key("NEW"), Duration::from_secs(300))).expect("a measure")
        };
        let now = stub.known().now();
        assert_eq!(gauge(None), []);
        assert_eq!(gauge(Some((now - 320, "s3"))), []);
        assert_eq!(gauge(Some((now - 200, "sts"))), [], "our own login");
        let s3 = Consumer { name: "s3".to_string(), address: "us-east-1".to_string(), connections: 1 };
        assert_eq!(gauge(Some((now - 200, "s3"))), [s3]);
    }
}

#[test]
fn throttling_is_waited_out_and_no_words_hold_what_was_sent() {
    let stub = IamStub::start();
    let strategy = strategy(&stub.address, "media", &key("ADMIN"));
    stub.known().throttles = 2;
    assert_eq!(block_on(strategy.login(&key("OLD"))), Login::Works);
    stub.known().throttles = 50;
    let Login::Unknown(words) = block_on(strategy.login(&key("OLD"))) else { panic!("throttled for good") };
    assert!(words.contains("throttles") && !words.contains("canary"), "{words}");
    stub.known().throttles = 0;
    let fault = block_on(strategy.apply(&key("GONE"), &key("OLD"))).expect_err("no such key").to_string();
    assert!(fault.contains("GONE was deleted") && !fault.contains("canary"), "{fault}");
}
