//! Forms are accepted from the site's own address.

use crate::check::cx::{Cx, items};
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let proxy = cx.of(Service::Django, "SECURE_PROXY_SSL_HEADER");
    let Some(seen) = cx.of(Service::Django, "CSRF_TRUSTED_ORIGINS") else {
        let gone = cx.removed("CSRF_TRUSTED_ORIGINS").first().map(|(_, span)| *span);
        if let (Some(span), true) = (gone, proxy.is_none()) {
            out.say("`CSRF_TRUSTED_ORIGINS` is taken away")
                .at(span, "behind nginx Django takes the site for http, and refuses every form with 403")
                .help("remove this line: it is derived from `domain`");
        }
        return;
    };
    let Some(list) = items(&seen.setting.value) else { return };
    let origins: Vec<_> = list.iter().filter_map(|origin| cx.term(origin)).collect();
    for origin in origins.iter().filter_map(|origin| origin.known()).filter(|origin| !origin.contains("://")) {
        out.say("`CSRF_TRUSTED_ORIGINS` has an origin without a scheme")
            .at(seen.place(), "Django does not start: 4_0.E001")
            .help(format!("write `https://{origin}`"));
    }
    let Some(site) = cx.of(Service::Django, "HOSTNAME") else { return };
    let Some(domain) = cx.value(site) else { return };
    let covers = |origin: &str| match origin.strip_prefix("https://") {
        Some(host) => host == domain.as_str() || host.strip_prefix("*.").is_some_and(|up| domain.as_str().ends_with(&format!(".{up}"))),
        None => !origin.contains("://"),
    };
    if !origins.iter().any(|origin| covers(origin.as_str())) {
        let note = match proxy {
            Some(_) => out.warn("`CSRF_TRUSTED_ORIGINS` lacks the site's own address"),
            None => out.say("`CSRF_TRUSTED_ORIGINS` lacks the site's own address"),
        };
        note.at(seen.place(), "a form that was sent to it may be refused with 403")
            .at(site.place(), "the site's name")
            .help("add `\"https://{{ domain }}\"`, or remove the setting: it is derived");
    }
}
