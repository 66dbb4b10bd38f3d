//! Facebook's secrets, the same in Django and courier.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::pair;
use crate::model::Service;

const PAIRS: [(&str, &str); 2] = [
    ("FACEBOOK_APPLICATION_SECRET", "COURIER_FACEBOOK_APPLICATION_SECRET"),
    ("FACEBOOK_WEBHOOK_SECRET", "COURIER_FACEBOOK_WEBHOOK_SECRET"),
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (ours, theirs) in PAIRS {
        match (cx.of(Service::Django, ours), cx.of(Service::Courier, theirs)) {
            (Some(django), Some(courier)) => {
                pair::same(cx, out, django, courier, "what Facebook signs for one is refused by the other");
            }
            (Some(lone), None) => alone(out, lone, theirs),
            (None, Some(lone)) => alone(out, lone, ours),
            (None, None) => {}
        }
    }
}

fn alone(out: &mut Finder<'_>, lone: crate::check::cx::Seen<'_>, other: &str) {
    out.say(format!("`{}` is set and `{other}` is not", lone.name()))
        .at(lone.place(), "channels are connected by one service and answered by the other")
        .help(format!("set `{other}` to the same reference"));
}
