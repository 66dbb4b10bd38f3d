//! One secret, one purpose.

use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::check::oracle::Answer;
use crate::check::secrets::secrets;
use crate::check::term::Term;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let mut first: Vec<(&str, Term, Seen<'_>)> = vec![];
    for (purpose, term, seen) in secrets(cx) {
        if first.iter().any(|(known, other, _)| *known == purpose && *other == term) {
            continue;
        }
        let reused = first.iter().find(|(known, other, _)| *known != purpose && cx.same(&term, other) == Answer::Yes);
        if let Some((other, _, model)) = reused {
            let (stray, model) = if model.is_written() && !seen.is_written() { (*model, seen) } else { (seen, *model) };
            out.say(format!("one secret is {other} and {purpose}"))
                .at(cx.hole(stray, &term).or(stray.place()), format!("`{}`", stray.name()))
                .at(cx.hole(model, &term).or(model.place()), format!("`{}`", model.name()))
                .help("give each its own item: who learns one must not learn the other, and each is rotated by itself");
        }
        first.push((purpose, term, seen));
    }
}
