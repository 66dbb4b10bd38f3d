//! A boolean is one to its reader: settings that the catalog does not know get no type from it.

use crate::catalog;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.settings().filter(|seen| seen.is_written()) {
        let Some(text) = seen.text() else { continue };
        if catalog::of(seen.unit.service).setting(seen.name()).is_some() {
            continue;
        }
        let word = text.to_ascii_lowercase();
        let python = seen.unit.service == Service::Django;
        let words: &[&str] = if python { &["true", "false", "yes", "no", "on", "off"] } else { &["yes", "no", "on", "off"] };
        if words.contains(&word.as_str()) {
            let right = matches!(word.as_str(), "true" | "yes" | "on");
            let why = match python {
                true => "any string but an empty one is true to Python",
                false => "Go reads `true`, `false`, `1` and `0`, and does not start with another word",
            };
            out.say(format!("`{}` is a word and no boolean", seen.name())).at(seen.place(), why).help(format!("write `{right}`"));
        }
    }
}
