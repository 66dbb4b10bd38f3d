//! One public name for the site, wherever it is written.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::check::cx::{Cx, Seen, dig};
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;
use crate::check::term::Term;
use crate::model::Service;

const NAMES: [&str; 4] = ["HOSTNAME", "COURIER_DOMAIN", "MAILROOM_DOMAIN", "MAILROOM_ATTACHMENT_DOMAIN"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for name in ["COURIER_DOMAIN", "MAILROOM_DOMAIN", "HOSTNAME"] {
        for (unit, span) in cx.removed(name) {
            out.say(format!("`{name}` is taken away"))
                .at(span, format!("{} makes its links without the site's name", unit.service))
                .help("remove this line: it is derived from `domain`");
        }
    }
    let mut names: Vec<(Seen<'_>, Term)> = vec![];
    for seen in cx.any(&NAMES) {
        names.extend(cx.value(seen).map(|name| (seen, name)));
    }
    if let Some(seen) = cx.of(Service::Django, "BRAND") {
        let domain = dig(&seen.setting.value, &["domain"]).and_then(|domain| cx.term(domain));
        names.extend(domain.map(|domain| (seen, domain)));
    }
    let model = majority::model(&names, |(seen, _)| !seen.is_written(), |(_, name)| name.as_str().to_string());
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (seen, name) in &names {
        // What is made of one fact is reported once.
        if !told.insert(name.as_str()) && !seen.is_written() {
            continue;
        }
        if let Some(why) = name.known().and_then(unfit) {
            out.say(format!("`{}` is not the public name of a site", seen.name()))
                .at(seen.place(), why)
                .help("write the name that browsers and aggregators use, such as `rapidpro.ngo.org`");
        } else if let Some((model, domain)) = model
            && !std::ptr::eq(model.setting, seen.setting)
            && cx.same(name, domain) == Answer::No
            && !(seen.name() == "MAILROOM_ATTACHMENT_DOMAIN" && name.as_str().contains("amazonaws"))
        {
            out.say(format!("`{}` is another name than `{}`", seen.name(), model.name()))
                .at(seen.place(), format!("{} makes links that lead elsewhere", seen.unit.service))
                .at(model.place(), "the site's name")
                .help("remove the setting: it is derived from `domain`");
        }
    }
}

/// Why a name cannot be a site's.
fn unfit(name: &str) -> Option<&'static str> {
    if name.contains("://") {
        return Some("it has a scheme, and a scheme is put in front of it");
    }
    if let Ok(address) = name.parse::<IpAddr>() {
        let nowhere = address.is_unspecified() || address.is_loopback();
        return Some(if nowhere { "nobody reaches it" } else { "certificates and aggregators need a name" });
    }
    if name.contains(['/', ':', '\'', '"', ' ', ',']) || name.is_empty() {
        return Some("it is no name by itself: no path, port, quote or list belongs here");
    }
    if name.eq_ignore_ascii_case("localhost") || !name.contains('.') {
        return Some("it is a name inside one machine or network");
    }
    None
}
