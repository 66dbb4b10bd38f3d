//! What must survive a restart and an upgrade lies where it does.

use crate::check::cx::{Cx, Seen, default_text};
use crate::check::finder::Finder;
use crate::check::term::Term;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    const NAMES: [&str; 2] = ["COURIER_SPOOL_DIR", "MAILROOM_SPOOL_DIR"];
    for (unit, version, null) in cx.nulls().filter(|(.., null)| NAMES.contains(&null.value.as_str())) {
        if default_text(unit.service, &null.value, version).is_some_and(|default| !default.starts_with('/')) {
            out.say(format!("`{}` is taken away, and a folder where the service is started is used", null.value))
                .at(null.span, "an upgrade leaves it behind, with the messages in it")
                .help("remove this line: a folder in the service's home is derived");
        }
    }
    for seen in cx.any(&NAMES) {
        if let Some(folder) = cx.value(seen)
            && let Some(why) = unfit(seen, &folder)
        {
            out.say(format!("`{}` is no place for a spool", seen.name()))
                .at(seen.place(), why)
                .help("write a folder of the service's own, such as `/var/spool/courier`");
        }
    }
}

fn unfit(seen: Seen<'_>, folder: &Term) -> Option<&'static str> {
    let path = folder.known()?;
    let below = |root: &str| path == root || path.starts_with(&format!("{root}/"));
    if !path.starts_with('/') {
        return Some("it is relative to wherever the service is started");
    }
    if ["/tmp", "/var/tmp", "/dev/shm", "/run"].into_iter().any(below) {
        return Some("it is emptied at a restart, with the messages in it");
    }
    // In containers `/app` is the service's home, whose volume is the operator's to mount.
    let versioned = path.split('/').any(|part| part == "app" || part.starts_with("app-versioned"));
    (versioned && seen.unit.placement.host().is_some()).then_some("an upgrade puts a new, empty folder in its place")
}
