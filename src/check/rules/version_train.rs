//! The services are of one release.

use crate::catalog;
use crate::check::cx::Cx;
use crate::check::finder::Finder;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Ok(train) = catalog::train(&cx.plan.release) else { return };
    for (unit, version) in cx.units().filter(|(unit, _)| unit.pinned.is_some()) {
        let Some(wanted) = train.version(unit.service) else { continue };
        if wanted.line() != version.line() {
            out.say(format!("{} {version} does not go with RapidPro {}", unit.service, train.release))
                .at(unit.pinned, format!("{wanted} went with it"))
                .help("tables and queues change with the line: remove the pin, or move all of them");
        }
    }
}
