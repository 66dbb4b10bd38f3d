//! ALLOWED_HOSTS holds the site's own name.

use crate::check::cx::{Cx, items};
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (_, span) in cx.removed("ALLOWED_HOSTS") {
        out.say("`ALLOWED_HOSTS` is taken away")
            .at(span, "without DEBUG, Django answers 400 to every request")
            .help("remove this line: it is derived from `domain`");
    }
    let Some(seen) = cx.of(Service::Django, "ALLOWED_HOSTS") else { return };
    let Some(hosts) = items(&seen.setting.value) else { return };
    let names: Vec<_> = hosts.iter().filter_map(|host| cx.term(host)).collect();
    if names.iter().any(|name| name.known() == Some("*")) {
        out.warn("`ALLOWED_HOSTS` allows any name")
            .at(seen.place(), "links in mails are made of the name that a request claims")
            .help("write the site's names");
        return;
    }
    for name in names.iter().filter_map(|name| name.known()).filter(|name| name.contains("://") || name.contains('/')) {
        let bare = name.rsplit("//").next().unwrap_or(name).trim_end_matches('/');
        out.say("`ALLOWED_HOSTS` holds a URL")
            .at(seen.place(), "Django compares it with the bare name of a request")
            .help(format!("write `{bare}`"));
    }
    let Some(site) = cx.of(Service::Django, "HOSTNAME") else { return };
    let Some(domain) = cx.value(site) else { return };
    let covered = names.iter().any(|name| {
        let parent = name.known().and_then(|name| name.strip_prefix('.'));
        let below = |parent: &str| domain.as_str() == parent || domain.as_str().ends_with(&format!(".{parent}"));
        name.as_str().eq_ignore_ascii_case(domain.as_str()) || parent.is_some_and(below) || name.known().is_none()
    });
    if !covered {
        out.say("`ALLOWED_HOSTS` lacks the site's own name")
            .at(seen.place(), "Django answers 400 to everyone who comes by it")
            .at(site.place(), "the site's name")
            .help("add `\"{{ domain }}\"`, or remove the setting: it is derived");
    }
}
