//! The scheme that each reader of a Redis address knows.

use crate::check::cx::{Cx, dig};
use crate::check::finder::Finder;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (names, wanted) in [
        (["COURIER_REDIS", "MAILROOM_REDIS"], "redis"),
        (["COURIER_VALKEY", "MAILROOM_VALKEY"], "valkey"),
        (["CELERY_BROKER_URL", "BROKER_URL"], "redis"),
    ] {
        for seen in cx.any(&names) {
            judge(out, seen, cx.address(seen).map(|address| address.scheme), wanted);
        }
    }
    for seen in cx.all("CACHES") {
        let location = dig(&seen.setting.value, &["default", "LOCATION"]);
        judge(out, seen, location.and_then(|value| cx.address_of(value)).map(|address| address.scheme), "redis");
    }
}

fn judge(out: &mut Finder<'_>, seen: crate::check::cx::Seen<'_>, scheme: Option<String>, wanted: &str) {
    let why = match scheme.as_deref() {
        Some(scheme) if scheme == wanted => return,
        Some("rediss" | "valkeys") => "the Go services speak without TLS whatever the scheme, so one server cannot serve both",
        Some("redis" | "valkey") => "this one's reader does not know it",
        // What is no Redis at all is the broker's rule to say.
        Some(_) if seen.name().ends_with("BROKER_URL") => return,
        Some(_) => "it is no Redis",
        None => return,
    };
    out.say(format!("`{}` does not begin with `{wanted}://`", seen.name()))
        .at(seen.location(), why)
        .help(format!("begin it with `{wanted}://`"));
}
