//! Mail leaves by one server, in both notations.

use crate::check::address::Address;
use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::check::oracle::Answer;
use crate::check::term::Term;
use crate::model::{Service, Value};

/// Domains of addresses, which are no servers.
const MAILBOXES: [&str; 6] = ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let on = |name: &str| cx.of(Service::Django, name).filter(|seen| seen.setting.value == Value::Bool(true));
    let port = cx.of(Service::Django, "EMAIL_PORT");
    if let (Some(tls), Some(ssl)) = (on("EMAIL_USE_TLS"), on("EMAIL_USE_SSL")) {
        let (stray, other) = if tls.is_written() { (tls, ssl) } else { (ssl, tls) };
        out.say("`EMAIL_USE_TLS` and `EMAIL_USE_SSL` exclude each other")
            .at(stray.place(), "Django refuses to send with both")
            .at(other.place(), format!("`{}` is on too", other.name()))
            .help("keep EMAIL_USE_TLS for 587, EMAIL_USE_SSL for 465");
    } else {
        for (switch, wrong, right) in [("EMAIL_USE_TLS", 465, "EMAIL_USE_SSL"), ("EMAIL_USE_SSL", 587, "EMAIL_USE_TLS")] {
            if let (Some(switch), Some(port)) = (on(switch), port.filter(|port| port.setting.value == Value::Int(wrong))) {
                let stray = if port.is_written() { port } else { switch };
                out.say(format!("`{}` does not go with port {wrong}", switch.name()))
                    .at(stray.place(), "server and client wait for each other's first word")
                    .help(format!("use `{right}` there, or remove the setting: it is derived"));
            }
        }
    }
    if let Some(seen) = cx.of(Service::Django, "EMAIL_HOST") {
        mailbox(out, seen, seen.text());
    }
    let Some(seen) = cx.of(Service::Mailroom, "MAILROOM_SMTP_SERVER") else { return };
    match cx.address(seen) {
        Some(address) if address.scheme == "smtp" => url(cx, seen, &address, out),
        Some(_) => {
            out.say("`MAILROOM_SMTP_SERVER` does not begin with `smtp://`")
                .at(seen.place(), "mailroom knows no other scheme; it turns to TLS by itself")
                .help("begin it with `smtp://`");
        }
        None => {}
    }
}

fn mailbox(out: &mut Finder<'_>, seen: Seen<'_>, host: Option<&str>) {
    if let Some(host) = host.filter(|host| MAILBOXES.contains(host)) {
        out.say(format!("`{}` names a domain of addresses and no server", seen.name()))
            .at(seen.fact("smtp.host"), "nobody takes mail for sending there")
            .help(format!("write the server, such as `smtp.{host}`"));
    }
}

fn url<'a>(cx: &Cx<'a>, seen: Seen<'a>, address: &Address, out: &mut Finder<'_>) {
    mailbox(out, seen, address.host.known());
    let mut lack = vec![];
    lack.extend(address.user.is_none().then_some("a user"));
    lack.extend(address.password.is_none().then_some("a password"));
    lack.extend(address.port.is_none().then_some("a port"));
    let from = address.parameter("from");
    lack.extend(from.is_none().then_some("a sender (`?from=…`)"));
    if !lack.is_empty() {
        out.say(format!("`MAILROOM_SMTP_SERVER` lacks {}", lack.join(" and ")))
            .at(seen.place(), "mailroom's client needs all of it")
            .help("write `smtp://user:password@host:port/?from=…`, or remove the setting: it is derived");
    }
    if from.as_ref().and_then(|from| from.known()).is_some_and(|from| !from.contains('@')) {
        out.say("the sender in `MAILROOM_SMTP_SERVER` is no address")
            .at(seen.fact("smtp.from"), "")
            .help("write an address, such as `rapidpro@ngo.org`");
    }
    let pairs = [
        ("EMAIL_HOST", Some(address.host.clone())),
        ("EMAIL_PORT", address.port.clone()),
        ("EMAIL_HOST_USER", address.user.clone()),
        ("EMAIL_HOST_PASSWORD", address.password.clone()),
    ];
    for (name, theirs) in pairs {
        let django: Option<(Seen<'_>, Term)> = cx.of(Service::Django, name).and_then(|it| Some((it, cx.value(it)?)));
        if let (Some((django, ours)), Some(theirs)) = (django, theirs)
            && cx.same(&ours, &theirs) == Answer::No
        {
            let (stray, other) = if seen.is_written() { (seen, django) } else { (django, seen) };
            out.say(format!("`{}` and `{}` send mail in two ways", stray.name(), other.name()))
                .at(stray.place(), format!("{} differs in it", name.trim_start_matches("EMAIL_").replace('_', " ").to_lowercase()))
                .at(other.place(), format!("{} has this one", other.unit.service))
                .help("write it once, under `resources.smtp`");
        }
    }
}
