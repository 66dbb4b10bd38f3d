//! Buckets are this deployment's own.

use crate::catalog::{self, Literal, Preset};
use crate::check::cx::{Cx, default_text};
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (unit, version, null) in cx.nulls().filter(|(.., null)| null.value.contains("BUCKET")) {
        if let Some(default) = default_text(unit.service, &null.value, version).filter(|default| !default.is_empty()) {
            out.say(format!("`{}` is taken away, and `{default}` is used", null.value))
                .at(null.span, "a null is upstream's default, not no bucket")
                .help("remove this line: it is derived from `resources.s3.buckets`");
        }
    }
    for seen in cx.settings().filter(|seen| seen.name().contains("BUCKET") && !seen.name().contains("DOMAIN")) {
        let Some(text) = seen.text() else { continue };
        if is_upstreams(seen.unit.service, seen.name(), text) {
            out.say(format!("`{}` is a bucket of upstream's own", seen.name()))
                .at(seen.place(), "bucket names are one namespace for all of AWS: this one is somebody else's")
                .help("write the name of your own bucket");
        }
    }
}

/// Whether a name is a default of some release.
fn is_upstreams(service: Service, name: &str, text: &str) -> bool {
    let forms = catalog::of(service).setting(name).map(|setting| setting.forms).unwrap_or_default();
    forms.iter().any(|form| matches!(form.default, Preset::Value(Literal::Text(default)) if default == text && !default.is_empty()))
}
