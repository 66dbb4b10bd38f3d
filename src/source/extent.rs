//! Where values begin and end, where the parser's own marks are not the value's: block scalars, block sequences and the
//! bytes after a block collection's last value.

/// The `|` or `>` of a block scalar whose content the parser puts at `content`. `floor` is the end of the token before
/// it; between the two stand only indicators, document marks, properties, comments and blanks.
pub(super) fn block_header(text: &str, floor: usize, content: usize) -> usize {
    let mut at = floor;
    while let Some(c) = text.get(at..).filter(|_| at <= content).and_then(|rest| rest.chars().next()) {
        match c {
            '|' | '>' => return at,
            '#' => at = skip(text, at, |c| matches!(c, '\n' | '\r')),
            '&' | '!' => at = skip(text, at, char::is_whitespace),
            ':' | '-' | '?' | ',' | '.' => at += 1,
            c if c.is_whitespace() || c == '\u{feff}' => at += c.len_utf8(),
            _ => break,
        }
    }
    content
}

/// The end of a block scalar: its last line's last byte, the line break and blank lines after it left out.
pub(super) fn block_end(text: &str, start: usize, end: usize) -> usize {
    let block = text.get(start..end).unwrap_or_default();
    let mut kept = block.trim_end_matches(['\n', '\r']);
    while let Some((before, last)) = kept.rsplit_once('\n') {
        if !last.trim_matches(' ').is_empty() {
            break;
        }
        kept = before.trim_end_matches(['\n', '\r']);
    }
    start + kept.len()
}

/// The first `-` of a block sequence that is the value of a key. Where the `-` is not indented, the parser's mark stands
/// behind it. `floor` is the end of the key.
pub(super) fn sequence_start(text: &str, floor: usize, mark: usize) -> usize {
    let between = text.get(floor..mark).unwrap_or_default();
    let mut at = floor;
    for (i, line) in between.split_inclusive('\n').enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if i > 0 && line[indent..].starts_with('-') {
            return at + indent;
        }
        at += line.len();
    }
    mark
}

fn skip(text: &str, from: usize, until: impl Fn(char) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(until).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_scalar_begins_at_its_indicator() {
        for text in
            ["k: |\n  x", "k: &a|b !t\n  # |\n  >- # |c\n\n   x", "- |2\n   x", "k:\n  |\n  x", "\u{feff}...\n--- |\nx"]
        {
            let content = text.rfind('x').unwrap_or(0);
            let floor = usize::from(text.starts_with('k'));
            let at = block_header(text, floor, content);
            assert!(["|\n", ">- #", "|2\n"].iter().any(|header| text[at..].starts_with(header)), "{text:?}: {at}");
        }
        assert_eq!(block_header("k: x", 1, 3), 3, "without an indicator the content's own place is kept");
        assert_eq!(block_header("k: |", 1, 3), 3);
    }

    #[test]
    fn a_block_scalar_ends_on_its_last_line() {
        for (text, expect) in
            [("|\n  x\n", "|\n  x"), ("|\r\n  x\r\n  \r\n\n", "|\r\n  x"), ("|\n  x  ", "|\n  x  "), ("|\n  \n", "|")]
        {
            assert_eq!(&text[..block_end(text, 0, text.len())], expect, "{text:?}");
        }
    }

    #[test]
    fn a_sequence_begins_at_its_first_dash() {
        for (text, mark, expect) in [
            ("a:\n- x", 5, 3),
            ("a:  # - c\n- x", 12, 10),
            ("a:\n# c\n  - x", 9, 9),
            ("a:\n- # c\n  x", 8, 3),
            ("a:\n-\n  - x", 4, 3),
            ("? a\n: - x", 6, 6),
        ] {
            assert_eq!(sequence_start(text, 1, mark), expect, "{text:?}");
        }
    }
}
