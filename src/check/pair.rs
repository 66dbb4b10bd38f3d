//! Two settings that must hold one value: a token on both sides of a call, a prefix that two services read.

use super::cx::{Cx, Seen};
use super::finder::Finder;
use super::oracle::Answer;

/// Compares two settings, and reports the one that the document writes itself.
pub fn same<'a>(cx: &Cx<'a>, out: &mut Finder<'_>, a: Seen<'a>, b: Seen<'a>, why: &str) {
    let (Some(left), Some(right)) = (cx.value(a), cx.value(b)) else { return };
    let (stray, model) = if a.is_written() && !b.is_written() { (a, b) } else { (b, a) };
    let names =
        format!("`{}` of {} and `{}` of {}", stray.name(), stray.unit.service, model.name(), model.unit.service);
    match cx.same(&left, &right) {
        Answer::Yes => {}
        Answer::No => {
            out.say(format!("{names} differ"))
                .at(stray.place(), why)
                .at(model.place(), format!("{} has this one", model.unit.service))
                .help("write it once, under `resources`, and remove what overrides it");
        }
        // Two references may hold one value today, and a rotation changes only one of them.
        Answer::Unknown if left.is_whole_hole() && right.is_whole_hole() => {
            out.warn(format!("{names} come from two references"))
                .at(stray.place(), format!("if the vault holds two values, {why}"))
                .at(model.place(), format!("{} has this one", model.unit.service))
                .help("refer to one item from both, or ask the vault with `--resolve`");
        }
        Answer::Unknown => {}
    }
}

/// Reports a setting that the document takes away by a null or blanks.
pub fn present(cx: &Cx<'_>, out: &mut Finder<'_>, name: &str, why: impl Fn(crate::model::Service) -> String) {
    for (unit, span) in cx.removed(name) {
        out.say(format!("`{name}` of {} is taken away", unit.service))
            .at(span, why(unit.service))
            .help("remove this line: the setting is derived");
    }
    for seen in cx.all(name).into_iter().filter(|seen| seen.text() == Some("")) {
        out.say(format!("`{name}` of {} is empty", seen.unit.service))
            .at(seen.place(), why(seen.unit.service))
            .help("remove this line: the setting is derived");
    }
}
