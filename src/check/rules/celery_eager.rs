//! Celery runs tasks elsewhere, and beat starts them exactly once.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Value;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.any(&["CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER"]) {
        if seen.setting.value == Value::Bool(true) {
            out.say(format!("`{}` runs every task inside the request", seen.name()))
                .at(seen.place(), "it is for tests: imports and broadcasts would time out")
                .help("remove this line");
        }
    }
    let processes = |name: &str| {
        let all = cx.plan.hosts.iter().flat_map(|machine| &machine.processes);
        all.filter(|process| process.value == name).map(|process| process.span).collect::<Vec<_>>()
    };
    let (beats, workers) = (processes("beat"), processes("celery"));
    if let [first, second, ..] = beats.as_slice() {
        out.say("beat runs twice")
            .at(*second, "every periodic task would be started by both")
            .at(*first, "it runs here")
            .help("keep it on one machine");
    }
    if let (Some(worker), true) = (workers.first(), beats.is_empty()) {
        out.say("Celery runs without beat")
            .at(*worker, "nothing starts the periodic tasks")
            .help("add `beat` to one machine");
    }
    if let (Some(beat), true) = (beats.first(), workers.is_empty()) {
        out.say("beat runs without Celery").at(*beat, "nobody does the tasks that it starts").help("add `celery` to a machine");
    }
}
