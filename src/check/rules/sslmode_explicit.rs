//! Every connection states its sslmode, and all state one.

use crate::check::cx::{Cx, Seen, dig};
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;
use crate::check::term::Term;

const URLS: [&str; 5] = ["COURIER_DB", "MAILROOM_DB", "MAILROOM_READONLY_DB", "ARCHIVER_DB", "INDEXER_DB"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut stated: Vec<(Seen<'_>, Term)> = vec![];
    for seen in cx.any(&URLS) {
        let Some(address) = cx.address(seen) else { continue };
        match address.parameter("sslmode") {
            Some(mode) => {
                if mode.known() == Some("disable") && !address.host.known().is_some_and(is_local) {
                    out.say(format!("`{}` turns encryption off", seen.name()))
                        .at(seen.fact("sslmode"), "rows and the password cross the network in the clear")
                        .help("write `require`, or `verify-full` with the server's certificate");
                }
                stated.push((seen, mode));
            }
            None => {
                out.say(format!("`{}` states no sslmode", seen.name()))
                    .at(seen.fact("postgres.host"), "lib/pq takes `require`, libpq takes `prefer`, and so Django does")
                    .help("add `sslmode` to `resources.postgres`");
            }
        }
    }
    for seen in cx.all("DATABASES") {
        let mode = dig(&seen.setting.value, &["default", "OPTIONS", "sslmode"]).and_then(|mode| cx.term(mode));
        if mode.as_ref().and_then(|mode| mode.known()) == Some("disable") && seen.is_written() {
            out.say("`DATABASES` turns encryption off")
                .at(seen.inner(&["default", "OPTIONS", "sslmode"]).or(seen.place()), "rows and the password cross the network in the clear")
                .help("write `require`, or `verify-full` with the server's certificate");
        }
        stated.extend(mode.map(|mode| (seen, mode)));
    }
    let model = majority::model(&stated, |(seen, _)| !seen.is_written(), |(_, mode)| mode.as_str().to_string());
    let Some((model, mode)) = model else { return };
    for (seen, other) in stated.iter().filter(|(_, other)| cx.same(other, mode) == Answer::No) {
        if seen.name() == "MAILROOM_READONLY_DB" || other.known() == Some("disable") {
            continue;
        }
        out.say(format!("`{}` has another sslmode than `{}`", seen.name(), model.name()))
            .at(seen.place(), format!("{} connects in another way than the others", seen.unit.service))
            .at(model.fact("sslmode"), format!("`{}` has this one", model.name()))
            .help("remove the setting: it is derived from `resources.postgres`");
    }
}

/// Whether a host is the machine itself.
fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "::1" | "") || host.starts_with("127.") || host.starts_with('/')
}
