//! One Redis, one database number, for every service.

use crate::check::address::Address;
use crate::check::cx::{Cx, Seen, dig};
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;
use crate::check::term::Term;
use crate::diag::Span;

/// Where the services' Redis is written, as a URL.
const URLS: [&str; 7] = [
    "CELERY_BROKER_URL",
    "BROKER_URL",
    "CACHES",
    "COURIER_REDIS",
    "COURIER_VALKEY",
    "MAILROOM_REDIS",
    "MAILROOM_VALKEY",
];

/// A Redis as one setting has it.
struct Place<'a> {
    seen: Seen<'a>,
    host: Option<Term>,
    port: Option<Term>,
    db: Option<Term>,
}

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut places: Vec<Place<'_>> = cx.any(&URLS).into_iter().filter_map(|seen| place(cx, seen)).collect();
    for (name, part) in [("REDIS_HOST", 0), ("REDIS_PORT", 1), ("REDIS_DB", 2)] {
        let parts = cx.all(name).into_iter().filter_map(|seen| {
            let term = cx.value(seen)?;
            let only = |at: usize| (at == part).then(|| term.clone());
            Some(Place { seen, host: only(0), port: only(1), db: only(2) })
        });
        places.extend(parts.collect::<Vec<_>>());
    }
    // What is derived is what the document says of Redis; a setting that is written by itself is the one that strays.
    let key = |place: &Place<'_>| format!("{:?}", [&place.host, &place.port, &place.db].map(|part| part.as_ref().map(Term::as_str)));
    let Some(model) = majority::model(&places, |place| !place.seen.is_written() && place.host.is_some(), key) else { return };
    for place in places.iter().filter(|place| !std::ptr::eq(place.seen.setting, model.seen.setting)) {
        let pairs = [
            ("another host", "redis.host", &place.host, &model.host),
            ("another port", "redis.port", &place.port, &model.port),
            ("another database number", "redis.db", &place.db, &model.db),
        ];
        for (what, fact, ours, theirs) in pairs {
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && cx.same(ours, theirs) == Answer::No
            {
                report(out, place.seen, model.seen, what, model.seen.fact(fact));
                break;
            }
        }
    }
}

fn place<'a>(cx: &Cx<'a>, seen: Seen<'a>) -> Option<Place<'a>> {
    let value = if seen.name() == "CACHES" { dig(&seen.setting.value, &["default", "LOCATION"])? } else { &seen.setting.value };
    let address: Address = cx.address_of(value).filter(Address::is_redis)?;
    let db = match address.name() {
        name if name.as_str().is_empty() => Term::of("0"),
        name => name,
    };
    Some(Place { seen, host: Some(address.host.clone()), port: Some(address.port_or(6379)), db: Some(db) })
}

fn report(out: &mut Finder<'_>, stray: Seen<'_>, model: Seen<'_>, what: &str, theirs: Option<Span>) {
    out.say(format!("`{}` names {what} than `{}`", stray.name(), model.name()))
        .at(stray.location(), format!("{} and {} must meet in one Redis", stray.unit.service, model.unit.service))
        .at(theirs, format!("`{}` is made of this", model.name()))
        .help("remove the setting: it is derived from `resources.redis`");
}
