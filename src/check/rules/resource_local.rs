//! What several machines share is on none of them by the name `localhost`.

use std::collections::BTreeSet;

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::said::Said;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let machines: BTreeSet<_> = cx.plan.units.iter().map(|unit| unit.placement.host()).collect();
    if machines.len() < 2 && !cx.containers() {
        return;
    }
    for said in cx.said().iter().filter(|said| is_shared(said)) {
        let Some(term) = said.term(cx) else { continue };
        let host = Address::read(&term).map_or(term, |address| address.host);
        if host.known().is_some_and(is_local) {
            out.say(format!("`{}` is on each service's own machine", said.path))
                .at(said.span, "every machine, and every container, would look for it on itself")
                .help("write the name at which all of them reach it");
        }
    }
}

/// Whether a value says where something is that services on several machines use. Mail has a relay on each, often.
fn is_shared(said: &Said<'_>) -> bool {
    let fact = ["postgres.host", "redis.host", "elasticsearch.url", "s3.endpoint", "dynamo.endpoint"];
    match said.service {
        None => fact.iter().any(|end| said.path == format!("resources.{end}")),
        Some(_) => {
            let address = !said.schemes().is_empty() && !said.name().contains("SMTP");
            (address && !said.name().contains("MAILROOM_URL") && !said.name().contains("COURIER_ENDPOINT"))
                || matches!(said.name(), "HOST" | "REDIS_HOST")
        }
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || matches!(host, "::1" | "0.0.0.0" | "::")
}

