//! A value has no quotes, blanks or commas of its own around it.

use crate::check::cx::{Cx, Seen, default_text};
use crate::check::finder::Finder;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said() {
        let Some(term) = said.term(cx) else { continue };
        // Upstream's own value ends with a blank where one is meant, as in `[Django] `.
        let blank = said.service.is_some_and(|service| ends_blank(cx, service, said.setting()));
        let text = if blank { term.as_str().trim_end() } else { term.as_str() };
        // What is in words, such as a reason or a whole file, has the signs of a sentence.
        let prose = said.path.starts_with("allow") || said.name() == "content" || text.contains('\n');
        if let Some(what) = stray(text).filter(|_| !prose) {
            out.say(format!("`{}` {what}", said.path))
                .at(said.span, "it is part of the value, whatever writes the file")
                .help("remove it: quotes of YAML are taken off, and files are quoted as their readers need it");
        }
    }
    for seen in cx.settings().filter(Seen::is_written) {
        for inner in &seen.setting.inner {
            let stray = |key: &&String| key.ends_with([':', '=', ',']) || key.trim() != key.as_str();
            if let (Some(_), Some(span)) = (inner.path.last().filter(stray), inner.key) {
                out.say(format!("a key in `{}` ends with a sign of YAML's", seen.name()))
                    .at(span, "it is part of the key")
                    .help("write the key, one colon and a blank");
            }
        }
    }
}

fn ends_blank(cx: &Cx<'_>, service: Service, name: &str) -> bool {
    let default = cx.version(service).and_then(|version| default_text(service, name, version));
    default.is_some_and(|text| text.ends_with(' '))
}

fn stray(text: &str) -> Option<&'static str> {
    let inner = text.trim();
    let marks = ['"', '\'', '`', '“', '”', '‘', '’', '«', '»'];
    if text.len() > 1 && (inner.starts_with(marks) || inner.ends_with(marks)) {
        return Some("begins or ends with a quote");
    }
    if inner.len() != text.len() && !inner.is_empty() {
        return Some("begins or ends with a blank");
    }
    // A comma behind an address, a name or a number comes from a list or a map that it was copied from.
    let one_word = !inner.contains(char::is_whitespace) && inner.len() > 1;
    (one_word && inner.ends_with([',', ';'])).then_some("ends with a comma or semicolon")
}
