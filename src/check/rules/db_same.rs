//! One database for every service.

use crate::check::cx::{Cx, Seen, dig};
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;
use crate::check::term::Term;

/// The connections of the Go services.
const URLS: [&str; 4] = ["COURIER_DB", "MAILROOM_DB", "ARCHIVER_DB", "INDEXER_DB"];

/// A database as one setting has it.
struct Place<'a> {
    seen: Seen<'a>,
    host: Option<Term>,
    port: Option<Term>,
    name: Option<Term>,
}

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut places: Vec<Place<'_>> = cx.any(&URLS).into_iter().filter_map(|seen| url(cx, seen)).collect();
    places.extend(cx.all("DATABASES").into_iter().flat_map(|seen| django(cx, seen)));
    let key = |place: &Place<'_>| format!("{:?}", [&place.host, &place.port, &place.name].map(|part| part.as_ref().map(Term::as_str)));
    let Some(model) = majority::model(&places, |place| !place.seen.is_written(), key) else { return };
    for place in &places {
        let pairs = [
            ("host", &place.host, &model.host),
            ("port", &place.port, &model.port),
            ("database", &place.name, &model.name),
        ];
        let differs = |a: &Option<Term>, b: &Option<Term>| {
            a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| cx.same(a, b) == Answer::No)
        };
        if let Some((what, ..)) = pairs.into_iter().find(|(_, a, b)| differs(a, b)) {
            out.say(format!("`{}` names another {what} than `{}`", place.seen.name(), model.seen.name()))
                .at(place.seen.place(), format!("{} would work on other data", place.seen.unit.service))
                .at(model.seen.fact(&format!("postgres.{what}")), format!("`{}` is made of this", model.seen.name()))
                .help("remove the setting, or declare a `pooler` or `readonly` under `resources.postgres`");
        }
    }
}

fn url<'a>(cx: &Cx<'a>, seen: Seen<'a>) -> Option<Place<'a>> {
    let address = cx.address(seen)?;
    let (host, port, name) = (address.host.clone(), address.port_or(5432), address.name());
    Some(Place { seen, host: Some(host), port: Some(port), name: Some(name) })
}

/// Django's connections. What a declared pooler or replica is reached at is another matter.
fn django<'a>(cx: &Cx<'a>, seen: Seen<'a>) -> Vec<Place<'a>> {
    let elsewhere = seen.stands_for("pooler") || seen.stands_for("readonly");
    let connection = |key: &str| {
        let part = |part: &str| dig(&seen.setting.value, &[key, part]).and_then(|value| cx.term(value));
        let near = |term: Option<Term>| term.filter(|_| !elsewhere);
        let port = part("PORT").filter(|port| !port.as_str().is_empty()).or_else(|| Some(Term::of("5432")));
        dig(&seen.setting.value, &[key])?;
        Some(Place { seen, host: near(part("HOST")), port: near(port), name: part("NAME") })
    };
    ["default", "readonly", "direct"].into_iter().filter_map(connection).collect()
}
