//! Buckets are this deployment's own.

use std::collections::BTreeSet;

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
    let upstreams = upstreams();
    for said in cx.said().iter().filter(|said| said.is_bucket()) {
        if said.text().is_some_and(|text| upstreams.contains(text)) {
            out.say(format!("`{}` is a bucket of upstream's own", said.path))
                .at(said.span, "bucket names are one namespace for all of AWS: this one is somebody else's")
                .help("write the name of your own bucket");
        }
    }
}

/// The names that are a default of some service at some release.
fn upstreams() -> BTreeSet<&'static str> {
    let buckets = Service::ALL.into_iter().flat_map(|service| catalog::of(service).settings);
    let forms = buckets.filter(|setting| setting.name.contains("BUCKET")).flat_map(|setting| setting.forms);
    let texts = forms.filter_map(|form| if let Preset::Value(Literal::Text(text)) = form.default { Some(text) } else { None });
    texts.filter(|text| !text.is_empty() && !text.contains('.')).collect()
}
