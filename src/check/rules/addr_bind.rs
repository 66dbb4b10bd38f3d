//! A service binds an address of its own machine, and one that its callers reach.

use std::net::IpAddr;

use crate::check::cx::{Cx, Seen, default_text};
use crate::check::finder::Finder;
use crate::model::{Service, Unit};

/// Where services listen.
pub(super) const ADDRESSES: [&str; 8] = [
    "COURIER_ADDRESS",
    "COURIER_PUBLIC_ADDRESS",
    "COURIER_INTERNET_ADDRESS",
    "COURIER_INTERNAL_ADDRESS",
    "MAILROOM_ADDRESS",
    "MAILROOM_PUBLIC_ADDRESS",
    "MAILROOM_INTERNET_ADDRESS",
    "MAILROOM_INTERNAL_ADDRESS",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.any(&ADDRESSES) {
        let Some(address) = seen.text() else { continue };
        if is_loopback(address) {
            if let Some(caller) = caller(cx, seen.unit) {
                unreachable(out, seen.name(), seen.place(), seen.unit, caller);
            }
        } else if let Some(why) = foreign(cx, seen, address) {
            out.say(format!("`{}` is no address of {}", seen.name(), place(seen.unit)))
                .at(seen.place(), why)
                .help("remove the setting: it is derived from the machine's `internal` address");
        }
    }
    for (unit, version, null) in cx.nulls().filter(|(.., null)| ADDRESSES.contains(&null.value.as_str())) {
        if let (Some("localhost"), Some(caller)) = (default_text(unit.service, &null.value, version), caller(cx, unit)) {
            unreachable(out, &null.value, Some(null.span), unit, caller);
        }
    }
}

fn unreachable(out: &mut Finder<'_>, name: &str, at: Option<crate::diag::Span>, unit: &Unit, caller: &Unit) {
    out.say(format!("`{name}` is reached from {} only", place(unit)))
        .at(at, format!("nginx and {} on {} find nobody there", caller.service, place(caller)))
        .help("remove this line: the address is derived from where the service runs");
}

/// A unit elsewhere that calls this one, or whose machine's nginx does.
fn caller<'a>(cx: &Cx<'a>, unit: &Unit) -> Option<&'a Unit> {
    let calls = |other: &Unit| match unit.service {
        Service::Courier => matches!(other.service, Service::Django | Service::Mailroom),
        _ => other.service == Service::Django,
    };
    let elsewhere = |other: &Unit| other.placement != unit.placement || other.placement.host().is_none();
    cx.plan.units.iter().find(|other| calls(other) && elsewhere(other))
}

/// Why an address is another machine's, or none.
fn foreign(cx: &Cx<'_>, seen: Seen<'_>, address: &str) -> Option<&'static str> {
    let Ok(ip) = bare(address).parse::<IpAddr>() else {
        let site = cx.of(Service::Django, "HOSTNAME").and_then(|site| site.text());
        return (site == Some(address)).then_some("the site's name leads to its public address, which no interface has");
    };
    let machine = cx.machine(seen.unit)?;
    let own: Vec<_> = machine.internal.iter().chain(&machine.public).map(|own| cx.term(&own.value)).collect();
    let known = own.iter().all(|own| own.as_ref().is_some_and(|own| own.known().is_some()));
    let has = own.iter().flatten().any(|own| own.known().map(bare) == Some(bare(address)));
    (known && !has && !ip.is_unspecified() && !own.is_empty()).then_some("the service cannot bind it and does not start")
}

/// An address without the brackets that IPv6 wears before a port.
fn bare(address: &str) -> &str {
    address.trim_matches(['[', ']'])
}

fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn place(unit: &Unit) -> String {
    unit.placement.host().map_or_else(|| format!("{}'s own container", unit.service), |host| format!("`{host}`"))
}
