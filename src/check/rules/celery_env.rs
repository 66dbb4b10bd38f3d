//! Celery and beat get new values when the web server does.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Action, Service};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (unit, _) in cx.units().filter(|(unit, _)| unit.service == Service::Django) {
        let Some(machine) = cx.machine(unit) else { continue };
        let Some(written) = unit.target.reactions_span else { continue };
        let command = unit.target.reactions.iter().any(|reaction| matches!(reaction.action, Action::Command(_)));
        let celery = machine.processes.iter().find(|process| matches!(process.value.as_str(), "celery" | "beat"));
        let follows = unit.target.reactions.iter().any(|reaction| reaction.unit.contains("celery"));
        if let (Some(celery), false, false) = (celery, command, follows) {
            out.say(format!("{} on `{}` is not restarted when Django's settings change", celery.value, machine.name))
                .at(written, "only this unit follows")
                .at(celery.span, "it would go on with the old values")
                .help("remove `unit`: the units of Django, Celery and beat are known");
        }
    }
}
