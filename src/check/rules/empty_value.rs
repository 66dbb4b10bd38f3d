//! What is empty is left out, or taken away on purpose.

use crate::catalog;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Service;

/// Names that may be nothing: what they are put in front of stands by itself.
const MAY_BE: [&str; 2] = ["prefix", "table_prefix"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said().iter().filter(|said| said.text().is_some_and(|text| text.trim().is_empty())) {
        // An empty variable is no variable to the Go services, which the compiler tells.
        let ours = match said.service {
            None => !MAY_BE.contains(&said.name()),
            Some(Service::Django) => needed(cx, said.setting()) || matches!(said.name(), "NAME" | "USER" | "HOST" | "bucket_name"),
            Some(_) => said.name().ends_with("ACCESS_KEY_ID") || said.name().ends_with("ACCESS_KEY"),
        };
        if ours {
            out.say(format!("`{}` is empty", said.path))
                .at(said.span, "nothing is no value of it")
                .help("write its value, remove the line, or write `null` to take it away on purpose");
        }
    }
}

/// Whether production derives or requires a setting of Django's.
fn needed(cx: &Cx<'_>, name: &str) -> bool {
    let Some(version) = cx.version(Service::Django) else { return false };
    let setting = catalog::of(Service::Django).setting(name);
    setting.is_some_and(|setting| setting.required || setting.derivation_at(version).is_some())
}
