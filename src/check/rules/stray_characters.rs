//! A value has no quotes, blanks or commas of its own around it.

use crate::check::cx::{Cx, default_text, items};
use crate::check::finder::Finder;
use crate::check::term::Term;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.settings() {
        let value = &seen.setting.value;
        let mut terms: Vec<Term> = cx.term(value).into_iter().collect();
        terms.extend(items(value).unwrap_or_default().iter().filter_map(|item| cx.term(item)));
        // Upstream's own value ends with a blank where one is meant, as in `[Django] `.
        let blank = default_text(seen.unit.service, seen.name(), seen.version).is_some_and(|text| text.ends_with(' '));
        let ours = |term: &Term| if blank { term.as_str().trim_end().to_string() } else { term.as_str().to_string() };
        if let Some(what) = terms.iter().find_map(|term| stray(&ours(term))) {
            out.say(format!("`{}` {what}", seen.name()))
                .at(seen.place(), "it is part of the value, whatever writes the file")
                .help("remove it: quotes of YAML are taken off, and files are quoted as their readers need it");
        }
    }
}

fn stray(text: &str) -> Option<&'static str> {
    let inner = text.trim();
    let quoted = |quote: char| inner.starts_with(quote) || inner.ends_with(quote);
    if text.len() > 1 && (quoted('"') || quoted('\'') || quoted('`')) {
        return Some("begins or ends with a quote");
    }
    if inner.len() != text.len() && !inner.is_empty() {
        return Some("begins or ends with a blank");
    }
    // A comma behind an address, a name or a number comes from a list or a map that it was copied from.
    let one_word = !inner.contains(char::is_whitespace) && inner.len() > 1;
    (one_word && inner.ends_with([',', ';'])).then_some("ends with a comma or semicolon")
}
