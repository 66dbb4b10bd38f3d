//! Stored files have an address that browsers and aggregators reach.

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::term::Term;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(seen) = cx.of(Service::Django, "STORAGE_URL") else { return };
    let nothing = matches!(seen.setting.value, Value::None);
    let Some(value) = cx.value(seen).or_else(|| nothing.then(|| Term::of("None"))) else { return };
    let why = match (value.known(), Address::read(&value)) {
        (Some("None" | ""), _) => "media would be sent as `None/…`",
        (Some(_), None) => "it is relative, and aggregators have no page that it could be relative to",
        (_, Some(address)) if matches!(address.host.known(), Some("localhost" | "127.0.0.1" | "0.0.0.0")) => "nobody else reaches it",
        (_, Some(address)) if address.scheme != "https" => "the site is https, and browsers and WhatsApp refuse what is not",
        _ => return,
    };
    out.say("`STORAGE_URL` is no address of stored files").at(seen.place(), why).help("remove the setting: it is derived from `resources.s3`");
}
