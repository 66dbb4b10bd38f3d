//! What only services call is not offered to the internet.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::addr_bind::ADDRESSES;
use crate::check::cx::{Cx, default_text};
use crate::check::finder::Finder;
use crate::model::Value;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    if cx.containers() {
        return;
    }
    let public = cx.plan.hosts.iter().filter_map(|machine| match &machine.public.as_ref()?.value {
        Value::String(address) => Some(address.as_str()),
        _ => None,
    });
    let public: BTreeSet<&str> = public.collect();
    for seen in cx.any(&ADDRESSES) {
        let Some(address) = seen.text() else { continue };
        let every = address.is_empty() || address.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
        if every || public.contains(address) {
            exposed(out, seen.name(), seen.place(), if every { "every interface" } else { "the public address" });
        }
    }
    for (unit, version, null) in cx.nulls().filter(|(.., null)| ADDRESSES.contains(&null.value.as_str())) {
        if default_text(unit.service, &null.value, version) == Some("") {
            exposed(out, &null.value, Some(null.span), "every interface, which is upstream's default");
        }
    }
}

fn exposed(out: &mut Finder<'_>, name: &str, at: Option<crate::diag::Span>, what: &str) {
    out.say(format!("`{name}` binds {what}"))
        .at(at, "routes that are for services answer whoever reaches the port")
        .help("remove this line: the machine's `internal` address is derived");
}
