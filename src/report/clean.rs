//! Text from documents on its way to a terminal or a log.

/// `text` on one line, without characters that a terminal acts on: control characters, and the marks that change the
/// direction of writing (https://trojansource.codes).
pub(super) fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' => {
            '\u{fffd}'
        }
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_left_that_a_terminal_acts_on() {
        for (text, expect) in [
            ("a\tb\r\nc", "a b  c"),
            ("\u{1b}[31mx\u{7}\u{9b}", "\u{fffd}[31mx\u{fffd}\u{fffd}"),
            ("\u{202e}ä", "\u{fffd}ä"),
        ] {
            assert_eq!(super::clean(text), expect);
        }
    }
}
