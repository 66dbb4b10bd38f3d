//! A port is the one that its server listens on, and each listener of a machine has its own.

use std::collections::BTreeMap;

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::said::Said;
use crate::model::Value;

/// What listens where by custom: a word of the fact's path or the setting's name, and its ports.
const CUSTOM: [(&str, &[u16]); 4] =
    [("postgres", &[5432, 6432]), ("redis", &[6379, 6380]), ("elasticsearch", &[9200]), ("smtp", &[25, 465, 587, 2525])];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said() {
        let Some((purpose, port)) = purpose(said).zip(port(cx, said)) else { continue };
        let own = CUSTOM.iter().find(|(name, _)| *name == purpose).map_or(&[][..], |(_, own)| *own);
        if own.contains(&port) {
            continue;
        }
        let other = CUSTOM.iter().find(|(name, ports)| *name != purpose && ports.contains(&port));
        let near = own.iter().find(|own| is_slip(port, **own));
        let (why, help) = match (other, near) {
            (Some((other, _)), _) => (format!("that is the port of {other}"), own.first().map(|own| format!("write {own}"))),
            (None, Some(near)) => (format!("{near} is the usual one"), Some(format!("write {near}, or allow it with a reason"))),
            (None, None) if purpose == "smtp" => ("no mail server listens there by custom".to_string(), Some("write 587, 465 or 25".to_string())),
            (None, None) if port == 9300 => ("Elasticsearch's nodes talk to each other there, not to clients".to_string(), Some("write 9200".to_string())),
            (None, None) => continue,
        };
        let note = out.say(format!("`{}` names port {port}", said.path));
        note.at(said.span, why);
        help.into_iter().for_each(|help| {
            note.help(help);
        });
    }
    listeners(cx, out);
}

/// Whose port a value is.
fn purpose(said: &Said<'_>) -> Option<&'static str> {
    if said.service.is_none() {
        let named = |(name, _): &(&'static str, _)| said.path.starts_with(&format!("resources.{name}."));
        return CUSTOM.iter().find(|custom| named(custom)).map(|(name, _)| *name);
    }
    let name = said.name();
    match said.setting() {
        "DATABASES" if name == "PORT" => Some("postgres"),
        "EMAIL_PORT" | "MAILROOM_SMTP_SERVER" => Some("smtp"),
        "REDIS_PORT" | "BROKER_URL" | "CELERY_BROKER_URL" => Some("redis"),
        "CACHES" if name == "LOCATION" => Some("redis"),
        _ if name.ends_with("_DB") && name != "REDIS_DB" => Some("postgres"),
        _ if name.ends_with("_REDIS") || name.ends_with("_VALKEY") => Some("redis"),
        _ if said.schemes().contains(&"https") && name.contains("ELASTIC") => Some("elasticsearch"),
        _ => None,
    }
}

fn port<'a>(cx: &Cx<'a>, said: &Said<'a>) -> Option<u16> {
    let name = said.name().to_ascii_lowercase();
    match said.value {
        Value::Int(port) if name.ends_with("port") => u16::try_from(*port).ok(),
        Value::String(port) if name == "port" => port.parse().ok(),
        Value::String(_) | Value::Text(_) => Address::read(&said.term(cx)?)?.port?.known()?.parse().ok(),
        _ => None,
    }
}

/// Whether one port is another with two digits swapped, one left out or one too many. A digit in another's place is how
/// people number a second server.
fn is_slip(port: u16, usual: u16) -> bool {
    let (port, usual) = (port.to_string(), usual.to_string());
    strsim::osa_distance(&port, &usual) == 1 && (port.len() != usual.len() || strsim::hamming(&port, &usual) == Ok(2))
}

/// Two listeners of one machine, and listeners that take another server's port.
fn listeners(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut taken: BTreeMap<(&str, u16), (&str, Option<crate::diag::Span>)> = BTreeMap::new();
    for seen in cx.settings() {
        let name = seen.name();
        let listens = ["COURIER_", "MAILROOM_"].iter().any(|prefix| name.starts_with(prefix)) && name.ends_with("PORT");
        let Value::Int(port) = seen.setting.value else { continue };
        let Some(port) = u16::try_from(port).ok().filter(|_| listens) else { continue };
        let place = seen.fact("port");
        if let Some((whose, _)) = CUSTOM.iter().find(|(_, ports)| ports.contains(&port)) {
            out.say(format!("`{name}` takes the port of {whose}")).at(place, "").help("write a port that is nobody's, such as 8080");
        } else if port < 1024 {
            out.say(format!("`{name}` is a port for root alone"))
                .at(place, format!("{} does not run as root, and cannot listen below 1024", seen.unit.service))
                .help("write a port from 1024 on; nginx listens for the world");
        }
        let Some(host) = seen.unit.placement.host() else { continue };
        let (first, span) = *taken.entry((host, port)).or_insert((name, place));
        if first != name {
            let (place, other) = if place.is_some() { (place, span) } else { (span, None) };
            out.say(format!("`{first}` and `{name}` listen on port {port} of `{host}`"))
                .at(place, "the second one does not start")
                .at(other, format!("`{first}`"))
                .help("give each a port of its own");
        }
    }
}
