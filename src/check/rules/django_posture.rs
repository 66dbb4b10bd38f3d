//! Django sends, and is told that it is in production.

use crate::catalog::{self, Literal};
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(version) = cx.version(Service::Django) else { return };
    let catalog = catalog::of(Service::Django);
    let postures = catalog.settings_at(version).filter_map(|(setting, _)| Some((setting.name, setting.posture_at(version)?)));
    for (name, posture) in postures.filter(|(name, _)| *name != "DEBUG") {
        for (_, span) in cx.removed(name) {
            out.say(format!("`{name}` is taken away")).at(span, posture.because).help("remove this line: production's value is written");
        }
        if let Some(seen) = cx.of(Service::Django, name)
            && matches!((posture.value, &seen.setting.value), (Literal::Bool(right), Value::Bool(is)) if right != *is)
        {
            out.say(format!("`{name}` is not what production needs"))
                .at(seen.place(), posture.because)
                .help("remove this line, or allow it with a reason: `rpconf rules django-posture`");
        }
    }
}
