//! A place inside of a scalar's text, as a place in the file.

use super::tree::{Node, Scalar, Style};
use crate::diag::{SourceMap, Span};

/// Where the `len` bytes from byte `from` of a scalar's text stand in its file. Where the text cannot be followed back,
/// as in folded blocks and values over several lines, it is the whole scalar.
pub fn inside(map: &SourceMap, node: &Node, from: usize, len: usize) -> Span {
    let Some(scalar) = node.scalar() else { return node.span };
    let written = map.slice(node.span);
    let places = match scalar.style {
        Style::Plain if written == scalar.text => return node.span.within(from, len),
        Style::Single => unescape(written, '\'', scalar),
        Style::Double => unescape(written, '"', scalar),
        Style::Literal => lines(written, scalar),
        Style::Plain | Style::Folded | Style::Absent => None,
    };
    places
        .and_then(|places| Some((place(&places, from)?, place(&places, from + len)?)))
        .map_or(node.span, |(start, end)| node.span.within(start, end.saturating_sub(start)))
}

/// A stretch of the text that stands in the file as it is: its first byte in the text and in the scalar as written.
type Stretch = (usize, usize);

fn place(places: &[Stretch], at: usize) -> Option<usize> {
    let (text, written) = places.get(places.partition_point(|(text, _)| *text <= at).checked_sub(1)?)?;
    Some(written + (at - text))
}

/// Takes a one-line quoted scalar apart, a stretch for each character. None when that does not give the scalar's text.
fn unescape(written: &str, quote: char, scalar: &Scalar) -> Option<Vec<Stretch>> {
    let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
    if inner.contains(['\n', '\r']) {
        return None;
    }
    let (mut places, mut text, mut at) = (vec![], 0, 0);
    while at < inner.len() {
        places.push((text, at + 1));
        let (taken, given) = unit(inner.get(at..)?, quote)?;
        at += taken;
        text += given;
    }
    places.push((text, at + 1));
    (text == scalar.text.len()).then_some(places)
}

/// The bytes that the first unit takes in the file, and those that it gives in the text.
fn unit(rest: &str, quote: char) -> Option<(usize, usize)> {
    let mut chars = rest.chars();
    let first = chars.next()?;
    if first == '\'' && quote == '\'' {
        return Some((2, 1));
    }
    if first != '\\' || quote == '\'' {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    let digits = match chars.next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        'N' | '_' => return Some((2, 2)),
        'L' | 'P' => return Some((2, 3)),
        other => return Some((1 + other.len_utf8(), 1)),
    };
    let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    match char::from_u32(code) {
        Some(c) => Some((2 + digits, c.len_utf8())),
        // Two escapes of a surrogate pair make one character of four bytes.
        None => Some((12, 4)),
    }
}

/// A literal block, a stretch for each line. None when a line is not what the text has.
fn lines(written: &str, scalar: &Scalar) -> Option<Vec<Stretch>> {
    let mut places = vec![];
    let mut text = 0;
    let mut at = written.find('\n')? + 1;
    for line in written.get(at..)?.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let expect = scalar.text.get(text..)?.split('\n').next()?;
        let indent = content.len().checked_sub(expect.len())?;
        if !content.ends_with(expect) {
            return None;
        }
        places.push((text, at + indent));
        text += expect.len() + 1;
        at += line.len();
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Notes;
    use crate::source::parse;

    /// `needle` is looked for in the scalar's text; `expect` is what its place cuts out of the file.
    fn check(yaml: &str, needle: &str, expect: &str) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let file = map.add("a.yml", yaml);
        let root = parse(file, yaml, &mut notes).expect(yaml);
        let node = root.get("k").expect(yaml);
        let text = &node.scalar().expect(yaml).text;
        let from = text.find(needle).expect(yaml);
        assert_eq!(map.slice(inside(&map, node, from, needle.len())), expect, "{yaml:?}");
    }

    #[test]
    fn places_are_followed_into_every_style() {
        check("k: ä{{ x }}b", "{{ x }}", "{{ x }}");
        check("k: 'a''b {{ x }} ''c'", "{{ x }} '", "{{ x }} ''");
        check(r#"k: "a\n\u00e4\U0001F600\x41\/ {{ x }}\t""#, "{{ x }}\t", r"{{ x }}\t");
        check(r#"k: "\uD83D\uDE00{{ x }}""#, "{{ x }}", "{{ x }}");
        check(r#"k: "\_\N\L\P\e{{ x }}""#, "{{ x }}", "{{ x }}");
        check("k: |\n  one\n\n    two {{ x }}\n", "{{ x }}", "{{ x }}");
        check("k: |2-\n    two {{ x }}\n  y", "{{ x }}", "{{ x }}");
        check("k: |\r\n  one\r\n  {{ x }}\r\n", "{{ x }}", "{{ x }}");
        check("k: |\n  {{ x\n  }}\n", "{{ x\n}}", "{{ x\n  }}");
    }

    #[test]
    fn what_cannot_be_followed_is_the_whole_scalar() {
        check("k: >\n  a\n  {{ x }}\n", "{{ x }}", ">\n  a\n  {{ x }}");
        check("k: a\n  {{ x }}", "{{ x }}", "a\n  {{ x }}");
        check("k: \"a\n  {{ x }}\"", "{{ x }}", "\"a\n  {{ x }}\"");
    }
}
