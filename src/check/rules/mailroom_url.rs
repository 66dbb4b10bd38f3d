//! The addresses at which services call each other are those at which they listen.

use std::collections::BTreeSet;

use crate::check::address::Address;
use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::check::term::Term;
use crate::catalog::{self, Literal, Preset, Version};
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let split = |service, version| cx.version(service).is_some_and(|it| it >= version);
    let port = if split(Service::Mailroom, Version::new(26, 1, 116)) { "MAILROOM_INTERNAL_PORT" } else { "MAILROOM_PORT" };
    let mailroom = Callee::new(cx, Service::Mailroom, port);
    for seen in cx.all("MAILROOM_URL").into_iter().filter(|seen| seen.unit.service == Service::Django) {
        called(cx, seen, &mailroom, out);
    }
    let port = if split(Service::Courier, Version::new(26, 1, 33)) { "COURIER_INTERNAL_PORT" } else { "COURIER_PORT" };
    let courier = Callee::new(cx, Service::Courier, port);
    for seen in cx.all("MAILROOM_COURIER_ENDPOINT") {
        called(cx, seen, &courier, out);
    }
    for (_, span) in cx.removed("MAILROOM_URL") {
        out.say("`MAILROOM_URL` is taken away")
            .at(span, "Django calls mailroom at localhost:8090")
            .help("remove this line: it is derived from where mailroom runs");
    }
}

/// A service that is called: where it runs, looked up once for all who call it.
struct Callee<'a> {
    service: Service,
    port: &'static str,
    /// The hosts that it runs on.
    hosts: BTreeSet<&'a str>,
    /// Their addresses; nothing when one of them waits for the vault.
    addresses: Option<BTreeSet<&'a str>>,
}

impl<'a> Callee<'a> {
    fn new(cx: &Cx<'a>, service: Service, port: &'static str) -> Self {
        let units = cx.plan.units.iter().filter(|unit| unit.service == service);
        let hosts: BTreeSet<&str> = units.filter_map(|unit| unit.placement.host()).collect();
        let machines = cx.plan.hosts.iter().filter(|machine| hosts.contains(machine.name.as_str()));
        let known = machines.flat_map(|machine| machine.internal.iter().chain(&machine.public)).map(|it| match &it.value {
            Value::String(address) => Some(address.as_str()),
            _ => None,
        });
        let addresses = known.collect();
        Self { service, port, hosts, addresses }
    }
}

fn called<'a>(cx: &Cx<'a>, seen: Seen<'a>, callee: &Callee<'a>, out: &mut Finder<'_>) {
    let service = callee.service;
    let name = seen.name();
    let Some(value) = cx.value(seen) else { return };
    // Quotes are another rule's.
    if value.as_str().contains(['\'', '"']) {
        return;
    }
    let Some(address) = Address::read(&value) else {
        out.say(format!("`{name}` is no URL")).at(seen.place(), "").help("begin it with `http://`");
        return;
    };
    if address.scheme == "https" {
        out.warn(format!("`{name}` asks for https"))
            .at(seen.place(), format!("{service} itself speaks http, inside the network"))
            .help("write `http://` and the internal address");
    }
    if !address.name().as_str().is_empty() {
        out.say(format!("`{name}` has a path"))
            .at(seen.place(), "the caller puts its own behind it")
            .help("end it with the port");
    }
    let default = if address.scheme == "https" { 443 } else { 80 };
    let (port, listens) = (address.port_or(default), port(cx, service, &[callee.port]));
    if let (Some(port), Some((listens, place))) = (port.known(), listens)
        && listens.known().is_some_and(|listens| listens != port)
    {
        out.say(format!("`{name}` names port {port}, and {service} listens on {}", listens.as_str()))
            .at(seen.place(), format!("{service} is not there"))
            .at(place, "the port that it listens on")
            .help(format!("write {}, or remove the setting: it is derived", listens.as_str()));
    }
    host(cx, seen, callee, &address, out);
}

fn host<'a>(cx: &Cx<'a>, seen: Seen<'a>, callee: &Callee<'a>, address: &Address, out: &mut Finder<'_>) {
    let Some(host) = address.host.known() else { return };
    let service = callee.service;
    let local = host == "localhost" || host.starts_with("127.");
    if let Some(bound) = bound(cx, service).filter(|_| local) {
        out.say(format!("`{}` asks for {service} at `{host}`, and {service} listens on its own address only", seen.name()))
            .at(seen.place(), "the connection is refused")
            .at(bound, "it binds this address")
            .help("remove the setting: it is derived from where the service runs");
        return;
    }
    let here = seen.unit.placement.host().is_some_and(|host| callee.hosts.contains(host));
    let known = callee.addresses.as_ref();
    let strange = host.parse::<std::net::IpAddr>().is_ok() && known.is_some_and(|known| !known.contains(host));
    if (local && !here) || (!local && strange && !cx.containers()) {
        let help = match seen.is_written() {
            true => "remove the setting: it is derived from where the service runs",
            false => "write the address at which the other hosts reach this one",
        };
        out.say(format!("`{}` leads to where no {service} runs", seen.name())).at(seen.place(), "").help(help);
    }
}

/// Where a service is told to listen on one address that is not the loopback's.
fn bound(cx: &Cx<'_>, service: Service) -> Option<crate::diag::Span> {
    let prefix = service.prefix()?;
    let seen = ["INTERNAL_ADDRESS", "ADDRESS"].iter().find_map(|end| cx.of(service, &format!("{prefix}_{end}")))?;
    let ip = seen.text()?.parse::<std::net::IpAddr>().ok()?;
    if ip.is_loopback() || ip.is_unspecified() { None } else { seen.place() }
}

/// The port that a service listens on, and where the document says so.
fn port(cx: &Cx<'_>, service: Service, names: &[&str]) -> Option<(Term, Option<crate::diag::Span>)> {
    let version = cx.version(service)?;
    names.iter().find_map(|name| match cx.of(service, name) {
        Some(seen) => Some((cx.value(seen)?, seen.place())),
        None => match catalog::of(service).at(name, version)?.default {
            Preset::Value(Literal::Int(port)) => Some((Term::of(port.to_string()), None)),
            _ => None,
        },
    })
}
