//! Which line of a text that is no YAML is at fault. The parser notices a missing quote at the next quote, and a wrong
//! indentation at the next line; a person looks for the line with the slip. A line is suspected by its look, and guilty
//! when mending it alone makes the text YAML.

use std::ops::Range;

use granit_parser::Parser;

/// Longer texts are not searched: each attempt reads the whole text again.
const LONGEST: usize = 64 << 10;
/// How many ways of mending are tried.
const ATTEMPTS: usize = 48;
/// How far above the parser's own place a slip is looked for, in lines.
const ABOVE: usize = 200;

/// The line at fault.
pub(super) struct Suspect {
    /// What to mark.
    pub(super) range: Range<usize>,
    /// What is wrong.
    pub(super) message: &'static str,
    /// What to do.
    pub(super) help: &'static str,
}

/// A way to mend a line.
struct Mend {
    line: String,
    message: &'static str,
    help: &'static str,
}

/// Looks for the line at fault: the one where the parser stopped first, then those above it, then the one below.
pub(super) fn find(text: &str, stopped: usize) -> Option<Suspect> {
    if text.len() > LONGEST {
        return None;
    }
    let lines = lines(text);
    let last = lines.iter().rposition(|line| line.start <= stopped)?;
    let near: Vec<usize> = (last.saturating_sub(ABOVE)..=last).rev().chain([last + 1]).collect();
    if let Some(tabbed) = lines.iter().take(last + 2).find_map(|line| tabbed(text, line)) {
        return Some(tabbed);
    }
    let mut left = ATTEMPTS;
    // An odd number of blanks is a slip before an even one is.
    for (odd, at) in near.iter().map(|at| (true, *at)).chain(near.iter().map(|at| (false, *at))) {
        let Some(range) = lines.get(at) else { continue };
        for mend in mends(text, &lines, at, odd) {
            left = left.checked_sub(1)?;
            let mended = [&text[..range.start], &mend.line, &text[range.end..]].concat();
            if is_yaml(&mended) {
                let line = &text[range.clone()];
                let start = range.start + line.len() - line.trim_start().len();
                let end = range.start + line.trim_end().len();
                return Some(Suspect { range: start..end, message: mend.message, help: mend.help });
            }
        }
    }
    None
}

fn is_yaml(text: &str) -> bool {
    Parser::new_from_str(text).all(|event| event.is_ok())
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut found = vec![];
    for line in text.split_inclusive('\n') {
        found.push(start..start + line.trim_end_matches(['\n', '\r']).len());
        start += line.len();
    }
    found
}

/// The ways in which a line may have to be mended, the likeliest first.
fn mends(text: &str, lines: &[Range<usize>], at: usize, odd: bool) -> Vec<Mend> {
    let Some(line) = lines.get(at).and_then(|range| text.get(range.clone())) else { return vec![] };
    let content = line.trim_start();
    if content.is_empty() || content.starts_with('#') {
        return vec![];
    }
    let mut found = vec![];
    let indent = line.len() - content.len();
    if odd {
        quotes(line, &mut found);
        brackets(line, &mut found);
        key(line, &mut found);
    }
    if odd == (indent % 2 == 1) {
        indentation(text, lines, at, &mut found);
    }
    found
}

/// A line that is indented by a tab is at fault whatever else is.
fn tabbed(text: &str, line: &Range<usize>) -> Option<Suspect> {
    let content = text.get(line.clone())?;
    let indent = content.len() - content.trim_start().len();
    let word = content.get(indent..).and_then(|rest| rest.find(char::is_whitespace)).unwrap_or(content.len() - indent);
    let range = line.start + indent..line.start + indent + word;
    let tab = content.get(..indent).is_some_and(|blanks| blanks.contains('\t')) && indent < content.len();
    tab.then_some(Suspect { range, message: "a tab stands where YAML takes spaces only", help: "indent with spaces" })
}

fn quotes(line: &str, found: &mut Vec<Mend>) {
    let (body, comment) = line.find(" #").map_or((line, ""), |at| line.split_at(at));
    for quote in ['"', '\''] {
        if body.matches(quote).count() % 2 == 1 {
            let (message, help) = ("a quote is opened and never closed", "close it");
            found.push(Mend { line: format!("{body}{quote}{comment}"), message, help });
            for end in ["}", "]", ", ", ": "] {
                if let Some(at) = body.rfind(end) {
                    found.push(Mend { line: format!("{}{quote}{}{comment}", &body[..at], &body[at..]), message, help });
                }
            }
            if let Some(at) = body.rfind(quote) {
                let (message, help) = ("a quote is closed that was never opened", "remove it, or open it");
                found.push(Mend { line: format!("{}{}{comment}", &body[..at], &body[at + 1..]), message, help });
            }
        }
    }
    for end in ["\",", "',", "},", "],"] {
        if let Some(bare) = body.trim_end().strip_suffix(end) {
            let (message, help) = ("a comma ends the line", "remove it: in YAML a line ends an entry");
            found.push(Mend { line: format!("{bare}{}{comment}", &end[..1]), message, help });
        }
    }
    if let Some(at) = body.find("\"\"").or_else(|| body.find("''")).filter(|at| !body[..*at].ends_with(": ")) {
        let (message, help) = ("text follows the closing quote", "remove the quote that is too many");
        found.push(Mend { line: format!("{}{}{comment}", &body[..at], &body[at + 1..]), message, help });
    }
}

fn brackets(line: &str, found: &mut Vec<Mend>) {
    let (body, comment) = line.find(" #").map_or((line, ""), |at| line.split_at(at));
    for (open, close) in [('{', '}'), ('[', ']')] {
        let (opened, closed) = (body.matches(open).count(), body.matches(close).count());
        if opened > closed {
            let (message, help) = ("a bracket is opened and never closed", "close the bracket");
            found.push(Mend { line: format!("{body}{close}{comment}"), message, help });
            if let Some(at) = body.rfind('}') {
                found.push(Mend { line: format!("{}{close}{}{comment}", &body[..at], &body[at..]), message, help });
            }
        } else if closed > opened {
            let (message, help) = ("a bracket is closed that was never opened", "open it, or remove it");
            if let Some(at) = body.rfind(close) {
                found.push(Mend { line: format!("{}{}{comment}", &body[..at], &body[at + 1..]), message, help });
            }
            if let Some(at) = body.find(": ") {
                found.push(Mend {
                    line: format!("{}{open}{}{comment}", &body[..at + 2], &body[at + 2..]),
                    message,
                    help,
                });
            }
        }
    }
}

/// What stands between a key and its value.
fn key(line: &str, found: &mut Vec<Mend>) {
    let indent = line.len() - line.trim_start().len();
    let content = &line[indent..];
    let word = content.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(content.len());
    let (name, rest) = content.split_at(word);
    if name.is_empty() {
        return inside(line, found);
    }
    let message = "key and value are not parted by `: `";
    let help = "write `key: value`";
    let value = rest.trim_start().trim_start_matches([':', '=']).trim_start();
    if !rest.starts_with(": ") && !rest.is_empty() && rest != ":" {
        found.push(Mend { line: format!("{}{name}: {value}", &line[..indent]), message, help });
    }
    if rest.is_empty() || value.is_empty() {
        found.push(Mend { line: format!("{}{name}:", &line[..indent]), message, help });
    }
    inside(line, found);
}

/// The same in a map in brackets.
fn inside(line: &str, found: &mut Vec<Mend>) {
    let Some(open) = line.find('{') else { return };
    let mut at = open + 1;
    for piece in line[at..].split(',') {
        let bare = piece.trim_start();
        let start = at + piece.len() - bare.len();
        at += piece.len() + 1;
        let word = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
        let (name, rest) = bare.split_at(word);
        if name.is_empty() || rest.starts_with(": ") || rest.is_empty() {
            continue;
        }
        let value = rest.trim_start().trim_start_matches([':', '=']).trim_start();
        let (message, help) = ("key and value are not parted by `: `", "write `key: value`");
        found.push(Mend {
            line: format!("{}{name}: {value}{}", &line[..start], &line[start + bare.len()..]),
            message,
            help,
        });
    }
}

fn indentation(text: &str, lines: &[Range<usize>], at: usize, found: &mut Vec<Mend>) {
    let width = |at: usize| {
        let line = lines.get(at).and_then(|range| text.get(range.clone()))?;
        let content = line.trim_start_matches(' ');
        (!content.is_empty() && !content.starts_with('#')).then_some(line.len() - content.len())
    };
    let Some(own) = width(at) else { return };
    let before = (0..at).rev().find_map(width);
    let after = (at + 1..lines.len()).find_map(width);
    let Some(line) = lines.get(at).and_then(|range| text.get(range.clone())) else { return };
    let (message, help) = ("a line is indented unlike its neighbours", "indent the keys of one map alike");
    let near = [before, after, before.map(|n| n + 2), own.checked_add(1), own.checked_sub(1), Some(own + 2)];
    let mut tried = vec![own];
    for wanted in near.into_iter().flatten() {
        // Two columns are a level; more is another place in the document.
        if !tried.contains(&wanted) && wanted.abs_diff(own) <= 2 {
            tried.push(wanted);
            found.push(Mend { line: format!("{}{}", " ".repeat(wanted), line.trim_start_matches(' ')), message, help });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that is found in a text, when the parser stops at `stop`'s line.
    fn check(text: &str, expect: &str) {
        let stopped = Parser::new_from_str(text).find_map(Result::err).and_then(|error| error.marker().byte_offset());
        let found = find(text, stopped.expect("no YAML")).map(|suspect| &text[suspect.range]);
        assert_eq!(found, Some(expect), "{text}");
    }

    #[test]
    fn the_line_with_the_slip_is_found() {
        check("a: \"x\nb: 1\nc: {d: \"y\", e: z}\n", "a: \"x");
        check("a: 'x\nb: 1\nc: 'y'\n", "a: 'x");
        check("a: 1\nb 2\nc: 3\n", "b 2");
        check("a: 1\nb = 2\nc: 3\n", "b = 2");
        check("a: 1\nb:2\nc: 3\n", "b:2");
        check("r:\n  a: 1\n   b: 2\n  c: 3\n", "b: 2");
        check("r:\n a:\n    x: 1\n  b: 2\n  c: 3\n", "a:");
        check("r:\n  a:\n   x: 1\n    y: 2\n    z: 2\n", "x: 1");
        check("a: {b: 1, c: 2\nd: 3\n", "a: {b: 1, c: 2");
        check("a: \"x\",\nb: 1\n", "a: \"x\",");
        check("a:\n\tb: 1\n\tc: 2\nd: 1\n", "b:");
    }
}
