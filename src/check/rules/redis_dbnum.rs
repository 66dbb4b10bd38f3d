//! A Redis URL names host, port and database number.

use crate::check::address::Address;
use crate::check::cx::{Cx, dig};
use crate::check::finder::Finder;
use crate::check::term::Term;
use crate::model::Service;

const URLS: [&str; 7] =
    ["CELERY_BROKER_URL", "BROKER_URL", "CACHES", "COURIER_REDIS", "COURIER_VALKEY", "MAILROOM_REDIS", "MAILROOM_VALKEY"];
/// Redis has sixteen databases unless its own configuration says otherwise.
const DATABASES: u64 = 16;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.any(&URLS) {
        let value = match seen.name() {
            "CACHES" => dig(&seen.setting.value, &["default", "LOCATION"]),
            _ => Some(&seen.setting.value),
        };
        let Some(address) = value.and_then(|value| cx.address_of(value)).filter(Address::is_redis) else { continue };
        let name = seen.name();
        // Through v7 the Go services dial what stands between `@` and `/`, and select what stands behind.
        let dials = seen.unit.service != Service::Django && seen.version.major <= 7;
        if dials && address.port.is_none() {
            out.say(format!("`{name}` has no port"))
                .at(seen.location(), format!("{} {} dials the host as it stands", seen.unit.service, seen.unit.version))
                .help("write the port, as in `redis.internal:6379`");
        }
        let db = address.name();
        match db.known() {
            Some("") if dials => {
                out.say(format!("`{name}` has no database number"))
                    .at(seen.location(), "Redis is sent `SELECT` with nothing behind it")
                    .help("end the address with the number, as in `/15`");
            }
            Some("") => {
                out.warn(format!("`{name}` has no database number"))
                    .at(seen.location(), "0 is taken")
                    .help("end the address with the number, as in `/15`");
            }
            Some(number) => judge(name, number, &db, if seen.is_written() { seen.location() } else { seen.fact("redis.db") }, out),
            None => {}
        }
    }
}

fn judge(name: &str, number: &str, db: &Term, place: Option<crate::diag::Span>, out: &mut Finder<'_>) {
    match number.parse::<u64>() {
        Ok(number) if number < DATABASES => {}
        Ok(number) => {
            out.warn(format!("`{name}` names database {number}"))
                .at(place, "Redis has the databases 0 to 15, unless its `databases` says otherwise")
                .help("write a number from 0 to 15");
        }
        Err(_) if db.known().is_some() => {
            out.say(format!("`{name}` ends in something that is no database number"))
                .at(place, "")
                .help("end the address with the number, as in `/15`");
        }
        Err(_) => {}
    }
}
