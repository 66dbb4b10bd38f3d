//! Offline compression is for deployments that compress at all.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(offline) = cx.of(Service::Django, "COMPRESS_OFFLINE") else { return };
    let enabled = cx.of(Service::Django, "COMPRESS_ENABLED");
    let on = enabled.is_some_and(|enabled| enabled.setting.value != Value::Bool(false));
    if offline.setting.value == Value::Bool(true) && !on {
        out.say("`COMPRESS_OFFLINE` is on and `COMPRESS_ENABLED` is not")
            .at(offline.place(), "the manifest that `manage.py compress` writes is not read")
            .at(enabled.and_then(|enabled| enabled.place()), "compression is off")
            .help("set `COMPRESS_ENABLED: true`, and run `manage.py compress` with each release");
    }
}
