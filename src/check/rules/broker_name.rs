//! Celery's broker is Redis, by the name that the release reads.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for name in ["CELERY_BROKER_URL", "BROKER_URL"] {
        for (_, span) in cx.removed(name) {
            out.say(format!("`{name}` is taken away"))
                .at(span, "Celery takes the Redis of upstream's developers, on its own machine")
                .help("remove this line: it is derived from `resources.redis`");
        }
        let Some(seen) = cx.of(Service::Django, name) else { continue };
        let scheme = cx.address(seen).map(|address| address.scheme);
        if !matches!(scheme.as_deref(), Some("redis" | "rediss" | "valkey")) {
            out.say(format!("`{name}` is no Redis"))
                .at(seen.place(), "mailroom and courier put Celery's tasks into Redis")
                .help("remove this line: it is derived from `resources.redis`");
        }
    }
}
