//! Another application's tasks stay out of RapidPro's Redis database.

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::term::Term;
use crate::model::{Content, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(seen) = cx.any(&["CELERY_BROKER_URL", "BROKER_URL"]).first().copied() else { return };
    let Some(ours) = cx.address(seen) else { return };
    for file in &cx.plan.files {
        let Content::Value(Value::String(text)) = &file.content else { continue };
        let ends = |c: char| c.is_whitespace() || c == '"' || c == '\'';
        let urls = text.split(ends).filter_map(|word| word.find("redis://").and_then(|at| word.get(at..)));
        for url in urls.filter_map(|url| Address::read(&Term::of(url))) {
            if url.host == ours.host && url.port_or(6379) == ours.port_or(6379) && url.name() == ours.name() {
                out.say(format!("the output `{}` uses RapidPro's Redis database", file.name))
                    .at(file.span, "its workers would take RapidPro's tasks, and RapidPro's its own")
                    .at(seen.fact("redis.db"), "RapidPro's")
                    .help("give the other application a number of its own");
            }
        }
    }
}
