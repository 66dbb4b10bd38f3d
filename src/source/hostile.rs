//! Texts that are meant to hurt, and any text at all.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Kind, Node, Style, parse};
use crate::diag::{Notes, SourceMap, codes};

/// Reads a text as its file's, and says how it ended: the codes, and whether there is a tree.
fn outcome(text: &str) -> (Vec<&'static str>, bool) {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add("a.yml", text);
    let begun = Instant::now();
    let tree = parse(file, text, &mut notes);
    // Generous, as tests share a slow machine; the worst takes a tenth of it without optimisation.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?} for {:?}…", begun.elapsed(), text.get(..20));
    for note in notes.iter() {
        assert!(!note.message.is_empty() && note.message.len() < 200, "{}", note.message);
        assert!(note.labels.iter().all(|l| text.get(l.span.range()).is_some()), "{note:?}");
    }
    (notes.iter().map(|d| d.code.name()).collect(), tree.is_some())
}

#[test]
fn size_depth_and_expansion_are_bounded() {
    let too_large = |text: &str| assert_eq!(outcome(text), (vec!["too-large"], false), "{:?}", text.get(..20));
    for opener in ["[", "{", "- ", "? ", "{a: ", "[a, ", "- - "] {
        too_large(&opener.repeat((10 << 20) / opener.len()));
        too_large(&opener.repeat((3 << 20) / opener.len()));
    }
    let bomb: String =
        (1..9).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "))).collect();
    too_large(&format!("a0: &a0 x\n{bomb}"));
    let merges: String = (1..9).map(|i| format!("a{i}: &a{i} {{<<: [*a{}, *a{}], k{i}: 1}}\n", i - 1, i - 1)).collect();
    assert_eq!(outcome(&format!("a0: &a0 {{k: 1}}\n{merges}")), (vec![], true));
    let stairs: String = (1..200).map(|i| format!("a{i}: &a{i} [*a{}]\n", i - 1)).collect();
    too_large(&format!("a0: &a0 x\n{stairs}"));
    too_large(&"- &a x\n".repeat(200_000));
    assert_eq!(outcome(&(0..90_000).map(|i| format!("- &a{i} x\n")).collect::<String>()), (vec![], true));
}

#[test]
fn a_flood_of_errors_is_cut() {
    let (said, tree) = outcome(&"a: 1\n".repeat(50_000));
    assert_eq!((said.len(), said.last(), tree), (21, Some(&"yaml-syntax"), false));
    let (said, tree) = outcome(&"- {{ x }}\n".repeat(20_000));
    assert_eq!((said.len(), said.last(), tree), (21, Some(&"unquoted-template"), false));
}

#[test]
fn characters_that_do_not_belong_are_refused_with_a_place() {
    for text in [
        "a: \0\n",
        "a: x\0y\n",
        "a: \u{7}\n",
        "\ta: 1\n\tb: 2\n",
        "a:\n\t- b\n",
        "a: 1\n\u{feff}b: 2\n",
        "a: \"\\ud800\"\n",
        "a: \"\\udc00\"\n",
        "a: \"\\ud800\\u0041\"\n",
        "a: \"\\U00110000\"\n",
        "a: \"\\q\"\n",
        "a: 'x\n",
        "a: \"x\n",
        "a: }\n",
        "a: ]\n",
        "a: [}\n",
        "a: &\n",
        "a: *\n",
        "a: !<x\n",
        "a: |0\n",
        "a: %x\n",
        "a: `x`\n",
        "- a\nb: 1\n",
        "a: 1\n b: 2\n",
    ] {
        let (said, tree) = outcome(text);
        assert_eq!((said, tree), (vec![codes::YAML_SYNTAX.name()], false), "{text:?}");
    }
}

fn scalars<'t>(node: &'t Node, found: &mut Vec<&'t Node>) {
    match &node.kind {
        Kind::Scalar(_) => found.push(node),
        Kind::Sequence(items) => items.iter().for_each(|item| scalars(item, found)),
        Kind::Mapping(mapping) => mapping.entries.iter().for_each(|entry| scalars(&entry.value, found)),
    }
}

/// Pieces of YAML, thrown together.
fn scraps() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "k",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "-",
        "? ",
        "[",
        "]",
        "{",
        "}",
        "{{",
        "}}",
        ", ",
        "\"",
        "'",
        "''",
        "\\n",
        "\\u00e4",
        "\\",
        "#",
        " # ",
        "|",
        ">",
        "|-",
        ">+",
        "|2",
        "\t",
        "\r\n",
        "\r",
        "&x ",
        "*x",
        "!!str ",
        "!v ",
        "<<",
        "~",
        "yes",
        "0600",
        "7.10",
        ".inf",
        "ä",
        "😀",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\0",
        "---\n",
        "...\n",
        "%",
        "@",
        " ",
        "<<: *x",
        "k: &x {a: b}\n",
        "a: {{ x }}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_no_place_misses(text in prop_oneof![4 => scraps(), 1 => any::<String>()]) {
        outcome(&text);
    }

    #[test]
    fn a_scalar_cut_out_by_its_span_reads_the_same(text in scraps()) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let file = map.add("a.yml", text.as_str());
        let Some(tree) = parse(file, &text, &mut notes).filter(|_| !notes.failed()) else { return Ok(()) };
        let mut found = vec![];
        scalars(&tree, &mut found);
        for node in found {
            let scalar = node.scalar().expect("a scalar");
            let written = map.slice(node.span);
            prop_assert_eq!(written.is_empty(), scalar.style == Style::Absent, "{:?}", node);
            match scalar.style {
                Style::Absent => continue,
                // Continuation lines and block contents are indented as their surroundings ask for.
                Style::Literal | Style::Folded => {
                    prop_assert!(written.starts_with(['|', '>']), "{written:?} in {text:?}");
                    continue;
                }
                Style::Plain | Style::Single | Style::Double if written.contains(['\n', '\r']) => continue,
                Style::Plain | Style::Single | Style::Double => {}
            }
            let alone = format!("- {written}\n");
            let again = parse(file, &alone, &mut Notes::default());
            let again = again.as_ref().and_then(|list| list.sequence()?.first()?.scalar().map(|s| s.text.as_str()));
            prop_assert_eq!(again, Some(scalar.text.as_str()), "{:?} in {:?}", written, text);
        }
    }
}
