//! User and password stand percent-encoded in a URL.

use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::check::oracle::{Answer, Form};
use crate::check::term::{Term, is_hole};
use crate::model::{Filter, Hole, Part, Value};

/// Settings that are URLs, and may hold a user and a password.
const URLS: [&str; 16] = [
    "COURIER_DB",
    "MAILROOM_DB",
    "MAILROOM_READONLY_DB",
    "ARCHIVER_DB",
    "INDEXER_DB",
    "CELERY_BROKER_URL",
    "BROKER_URL",
    "COURIER_REDIS",
    "COURIER_VALKEY",
    "MAILROOM_REDIS",
    "MAILROOM_VALKEY",
    "MAILROOM_SMTP_SERVER",
    "MAILROOM_ELASTIC",
    "MAILROOM_ELASTIC_ENDPOINT",
    "INDEXER_ELASTIC_URL",
    "ELASTICSEARCH_URL",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.any(&URLS) {
        for hole in raw_holes(&seen.setting.value) {
            placed(cx, seen, hole, out);
        }
        let Some(address) = cx.address(seen) else { continue };
        let bad = address.userinfo.as_ref().is_some_and(|info| !is_encoded(info.as_str())) || address.path.as_str().contains('@');
        if bad {
            out.say(format!("`{}` holds a user or password that is not percent-encoded", seen.name()))
                .at(seen.place(), "readers differ in where they end it, and one of them gets another host")
                .help("encode it, or refer to it by `{{ op(\"…\") | urlencode }}`");
        }
    }
}

fn placed<'a>(cx: &Cx<'a>, seen: Seen<'a>, hole: &Hole, out: &mut Finder<'_>) {
    let Some(term) = hole_term(cx, seen, hole) else { return };
    let message = format!("`{}` takes a secret into a URL as it is", seen.name());
    let help = "write `| urlencode` behind it";
    match cx.parses_as(&term, Form::UrlSafe) {
        Answer::Yes => {}
        Answer::No => {
            out.say(message).at(hole.span, "a character in it ends the user or the password").help(help);
        }
        Answer::Unknown => {
            out.warn(message).at(hole.span, "the first `@`, `/` or `%` in it breaks the address").help(help);
        }
    }
}

/// A hole of a setting as a term by itself.
fn hole_term<'a>(cx: &Cx<'a>, seen: Seen<'a>, hole: &Hole) -> Option<Term> {
    let whole = cx.value(seen)?;
    let holes = whole.as_str().chars().filter(|c| is_hole(*c)).map(|c| Term::piece(&c.to_string()));
    holes.into_iter().find(|term| cx.hole(seen, term) == Some(hole.span))
}

/// The holes between `://` and `@` that no filter encodes.
fn raw_holes(value: &Value) -> Vec<&Hole> {
    let Value::Text(text) = value else { return vec![] };
    let known = |part: &Part, mark: &str| matches!(part, Part::Known(text) if text.contains(mark));
    let Some(start) = text.parts.iter().position(|part| known(part, "://")) else { return vec![] };
    let Some(end) = text.parts.iter().rposition(|part| known(part, "@")) else { return vec![] };
    let inside = text.parts.get(start..end).unwrap_or_default().iter();
    inside
        .filter_map(|part| if let Part::Hole(hole) = part { Some(hole) } else { None })
        .filter(|hole| !hole.filters.contains(&Filter::UrlEncode))
        .collect()
}

/// Whether a user-info part is what RFC 3986 lets stand there.
fn is_encoded(text: &str) -> bool {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let plain = c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:".contains(c) || is_hole(c);
        let encoded = c == '%' && rest.by_ref().take(2).filter(char::is_ascii_hexdigit).count() == 2;
        if !plain && !encoded {
            return false;
        }
    }
    true
}
