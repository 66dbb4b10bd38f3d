//! A machine has an address of its own, at which the others reach it; and what is a host is one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::diag::Span;
use crate::model::Filter;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    machines(cx, out);
    for said in cx.said().iter().filter(|said| said.service.is_some() && said.is_host()) {
        let Some(text) = said.text().filter(|text| !text.is_empty()) else { continue };
        // A service's address may wear brackets, or be empty for every interface.
        if Filter::HostName.apply(text).is_err() || text.trim() != text {
            out.say(format!("`{}` is no host", said.path))
                .at(said.span, "a name or an address is needed, without scheme, port and path")
                .help("write the bare name, such as `redis.internal`");
        }
    }
}

fn machines(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let several = cx.plan.hosts.len() > 1;
    let mut taken: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for machine in &cx.plan.hosts {
        for (what, address) in [("internal", &machine.internal), ("public", &machine.public)] {
            let Some((address, text)) = address.as_ref().and_then(|it| Some((it, text(&it.value)?))) else { continue };
            if several && nowhere(text) {
                out.say(format!("no other host reaches `{}` at its {what} address", machine.name))
                    .at(address.span, "it means this machine to whoever reads it")
                    .help("write the address of its interface in the network, such as `10.0.1.10`");
                continue;
            }
            let (other, span) = *taken.entry(text).or_insert((&machine.name, address.span));
            if other != machine.name {
                out.say(format!("`{}` and `{other}` have one address", machine.name))
                    .at(address.span, "what is for one would reach the other")
                    .at(span, format!("`{other}`"))
                    .help("write each machine's own");
            }
        }
    }
}

fn text(value: &crate::model::Value) -> Option<&str> {
    if let crate::model::Value::String(text) = value { Some(text) } else { None }
}

fn nowhere(text: &str) -> bool {
    text == "localhost" || text.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}
