//! DEBUG is off.

use crate::catalog::Version;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    if let Some(seen) = cx.of(Service::Django, "DEBUG")
        && seen.setting.value != Value::Bool(false)
    {
        out.say("`DEBUG` is on")
            .at(seen.place(), "errors show settings and source to whoever causes one")
            .help("remove this line");
    }
    // From v8.1.231 on settings_common leaves it to Django, whose own default is False.
    let on = cx.version(Service::Django).is_some_and(|version| version < Version::new(8, 1, 231));
    for (_, span) in cx.removed("DEBUG").into_iter().filter(|_| on) {
        out.say("`DEBUG` is taken away, and this release's own value is True")
            .at(span, "errors show settings and source to whoever causes one")
            .help("remove this line: False is written");
    }
}
