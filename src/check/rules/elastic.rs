//! One Elasticsearch for everyone, at one address.

use crate::check::cx::{Cx, Seen};
use crate::check::address::Address;
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;
use crate::check::term::Term;

const URLS: [&str; 6] = [
    "ELASTICSEARCH_URL",
    "ELASTIC_ENDPOINT_URL",
    "ELASTICSEARCH_ENDPOINT_URL",
    "INDEXER_ELASTIC_URL",
    "MAILROOM_ELASTIC",
    "MAILROOM_ELASTIC_ENDPOINT",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut found: Vec<(Seen<'_>, Address)> = vec![];
    for seen in cx.any(&URLS) {
        match cx.address(seen) {
            Some(address) => found.push((seen, address)),
            None if seen.text().is_some() => {
                out.say(format!("`{}` is no URL", seen.name()))
                    .at(seen.place(), "")
                    .help("write scheme, host and port, as in `https://search.internal:9200`");
            }
            None => {}
        }
    }
    let key = |(_, address): &(Seen<'_>, Address)| {
        format!("{} {} {}", address.scheme, address.host.as_str(), address.port_or(9200).as_str())
    };
    let model = majority::model(&found, |(seen, _)| !seen.is_written(), key);
    for (seen, address) in &found {
        if let Some((why, right)) = broken(address) {
            out.say(format!("`{}` is no address of a server", seen.name())).at(seen.fact("elasticsearch.url"), why).help(right);
            continue;
        }
        if address.port.is_none() {
            out.warn(format!("`{}` names no port", seen.name()))
                .at(seen.fact("elasticsearch.url"), "some of the clients take 9200, others the scheme's own")
                .help("write it, as in `:9200` or `:443`");
        }
        let Some((other, theirs)) = model.filter(|(model, _)| !std::ptr::eq(model.setting, seen.setting)) else { continue };
        let pairs = [
            ("scheme", Term::of(&address.scheme), Term::of(&theirs.scheme)),
            ("host", address.host.clone(), theirs.host.clone()),
            ("port", address.port_or(9200), theirs.port_or(9200)),
        ];
        if let Some((what, ..)) = pairs.iter().find(|(_, a, b)| cx.same(a, b) == Answer::No) {
            out.say(format!("`{}` has another {what} than `{}`", seen.name(), other.name()))
                .at(seen.place(), format!("{} would search another index, or none", seen.unit.service))
                .at(other.place(), format!("{} has this one", other.unit.service))
                .help("remove the setting: it is derived from `resources.elasticsearch`");
        }
    }
}

/// Why an address leads nowhere.
fn broken(address: &Address) -> Option<(&'static str, &'static str)> {
    match address.host.known()? {
        "http" | "https" => Some(("the scheme stands twice", "remove one of them")),
        "localhost" | "127.0.0.1" => Some(("the server is on no service's own machine", "write the name that all of them reach")),
        host if host.contains(':') && host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) && !host.contains("::") => {
            Some(("the port stands twice", "remove one of them"))
        }
        "" => Some(("it has no host", "write the server's name")),
        _ => None,
    }
}
