//! The parser's errors in plain words.

use granit_parser::{ErrorKind, ScanError};

use super::limits::MAX_DEPTH;
use super::suspect;
use crate::diag::{Code, FileId, Notes, Span, codes};

/// Reports what the parser refused, at the word where it did. `bracket` is the one that was open there: a bracket that
/// nobody closed is noticed lines later.
pub(super) fn report(file: FileId, text: &str, error: &ScanError, bracket: Option<Span>, notes: &mut Notes) {
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (code, message, help) = explain(error.kind());
    let place = Span::new(file, at, at + word);
    let (message, help) = match rest.get(..word) {
        Some(",") if code == codes::YAML_SYNTAX => {
            ("a comma ends the line".to_owned(), "remove it: in YAML the line's end ends the entry")
        }
        _ => (message, help),
    };
    if let Some(suspect) = suspect::find(text, at).filter(|_| code == codes::YAML_SYNTAX) {
        let line = Span::new(file, suspect.range.start, suspect.range.end);
        let on_it = |span: &Span| (line.start..line.end.max(line.start + 1)).contains(&span.start);
        // The parser's own place says more, when it is on that line.
        if !on_it(&place) {
            let found = bracket.filter(on_it).unwrap_or(line);
            notes.error(code, suspect.message).at(found, "probably here").at(place, "noticed here").help(suspect.help);
            return;
        }
    }
    let note = notes.error(code, message).at(place, "here");
    if let Some(bracket) = bracket.filter(|bracket| bracket.start != place.start) {
        note.at(bracket, "inside of this bracket");
    }
    if !help.is_empty() {
        note.help(help);
    }
}

fn explain(kind: &ErrorKind) -> (Code, String, &'static str) {
    let (message, help) = match kind {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("maps and lists stand more than {MAX_DEPTH} deep in one another");
            return (codes::TOO_LARGE, message, "");
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return (codes::YAML_SYNTAX, unexpected(*character), quote(*character));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            return (codes::YAML_SYNTAX, message, "close each bracket with its own kind");
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let message = format!("`{open}` is never closed");
            return (codes::YAML_SYNTAX, message, "close the bracket");
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            ("a list in `[` has neither `,` nor `]` here", "separate its values by `,` and close it by `]`")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => {
            ("a map in `{` has neither `,` nor `}` here", "separate its entries by `,` and close it by `}`")
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a bracket is closed that was never opened", "remove it or quote the value")
        }
        ErrorKind::UnknownAnchor => {
            ("no anchor of this name stands before this alias", "write `&name` before the value that it names")
        }
        ErrorKind::MissingAnchorOrAliasName => {
            ("`&` and `*` begin the name of an anchor", "quote the value if it begins with the character itself")
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            ("a key is expected here", "indent the keys of one map alike, one key a line")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("`-` is expected here, as in the lines above", "indent a list's `-` alike")
        }
        ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            ("`-` cannot stand here", "put a list's `-` on its own line, with a space behind it, or quote the value")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::MappingKeyNotAllowed => (
            "a second `:` makes a map where only a value can stand",
            "quote the value if `: ` belongs to it, or indent the line as its neighbours",
        ),
        ErrorKind::InvalidMappingValueWhitespace | ErrorKind::FlowMappingValueAdjacentCollection => {
            ("`:` has no space behind it", "put a space behind `:`")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("this looks like a key, and no `:` follows on its line", "write `key: value`")
        }
        ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("a tab stands where YAML takes spaces only", "indent with spaces"),
        ErrorKind::BomInsideDocument => {
            ("a byte order mark stands inside the document", "remove the invisible character U+FEFF")
        }
        ErrorKind::UnclosedQuotedScalar => ("a quote is opened and never closed", "close it"),
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            ("text follows the closing quote", "write a quote inside of `'…'` twice: `''`")
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows the closing quote", "write a quote inside of `\"…\"` as `\\\"`")
        }
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            ("a `\\` in double quotes begins no escape that YAML knows", "double it, or use single quotes")
        }
        ErrorKind::MissingLowSurrogate
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            "an escape stands for half a character or for none",
            "write the character itself or its whole code, as in `\\U0001F600`",
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("`---` or `...` begins a line inside of quotes", "indent the line")
        }
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::InvalidFlowScalarIndent => {
            ("a value's further lines are indented less than its first", "indent them more than their key")
        }
        ErrorKind::CommentNotSeparated | ErrorKind::CommentInterceptedScalar | ErrorKind::ExpectedWhitespace => {
            ("a space is missing, or a comment cuts a value in two", "put a space before `#`, or quote the value")
        }
        ErrorKind::ZeroBlockScalarIndent
        | ErrorKind::InvalidBlockScalarHeader
        | ErrorKind::InvalidBlockScalarIndent => (
            "a text block is not indented evenly, or something follows its `|` or `>`",
            "indent its lines more than its key",
        ),
        ErrorKind::DirectiveDisallowed => ("directives such as `%YAML` are not read", "remove the line"),
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::InvalidTagEscape
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::ExpectedTagBang => {
            ("a tag cannot be read", "remove the tag, or quote the value if it begins with `!`")
        }
        ErrorKind::InvalidDocumentEnd | ErrorKind::ExpectedDocumentStart => {
            ("text follows the end of the document", "remove it, or indent it as its neighbours")
        }
        other => return (codes::YAML_SYNTAX, format!("this is not YAML: {other}"), ""),
    };
    (codes::YAML_SYNTAX, message.to_owned(), help)
}

fn unexpected(character: char) -> String {
    match character {
        c if c.is_control() => format!("a control character, U+{:04X}, stands in the text", u32::from(c)),
        c => format!("no value without quotes begins with `{c}`"),
    }
}

fn quote(character: char) -> &'static str {
    if character.is_control() { "write it as an escape in double quotes, as in `\"\\x07\"`" } else { "quote the value" }
}
