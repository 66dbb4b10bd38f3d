//! STORAGES stands alone.

use crate::catalog;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let storages = cx.of(Service::Django, "STORAGES");
    for name in ["DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"] {
        let Some(seen) = cx.of(Service::Django, name).filter(|seen| seen.is_written()) else { continue };
        // settings_common has one of its own from v8.1.209 on, which a deployment's file begins with.
        let upstreams = catalog::of(Service::Django).at("STORAGES", seen.version).is_some_and(|form| form.of.is_none());
        if storages.is_some() || upstreams {
            out.say(format!("`{name}` and `STORAGES` exclude each other"))
                .at(seen.place(), "Django does not start with both")
                .at(storages.and_then(|storages| storages.place()), "`STORAGES`")
                .help(format!("remove `{name}`, and write the backend inside `STORAGES`"));
        }
    }
}
