//! One file's text to a tree.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, StructureStyle};

use super::builder::{Builder, RawScalar, Stop};
use super::frame::{Content, OpenMapping};
use super::limits::{MAX_BYTES, MAX_DEPTH, MAX_ERRORS};
use super::tree::Node;
use super::{syntax, unquoted};
use crate::diag::{FileId, Notes, Span, codes};

/// Reads `text`, the text of `file`, as one YAML 1.2 document. Nothing is returned when the text is not YAML or has no
/// value; errors that leave a tree, such as a key that stands twice, go to `notes` alone.
pub fn parse(file: FileId, text: &str, notes: &mut Notes) -> Option<Rc<Node>> {
    if text.len() > MAX_BYTES {
        notes
            .error(codes::TOO_LARGE, format!("the file is larger than {} MiB", MAX_BYTES >> 20))
            .at(Span::new(file, 0, 0), "");
        return None;
    }
    // A template without quotes mostly is no YAML, and the parser stops at the first error. So each one is reported,
    // taken for a plain word of the same length, and the text is read again: all that follows is found, in its place.
    let mut readable = Cow::Borrowed(text);
    let mut templates: Vec<Range<usize>> = vec![];
    loop {
        let mut found = Notes::default();
        match attempt(file, text, &readable, &templates, &mut found) {
            Attempt::Done(root) => {
                notes.append(found);
                return root;
            }
            Attempt::Template(start, end) => {
                unquoted::report(file, text, start, end, notes);
                let end = end.filter(|_| templates.len() < MAX_ERRORS)?;
                readable.to_mut().replace_range(start..end, &"x".repeat(end - start));
                templates.push(start..end);
            }
        }
    }
}

enum Attempt {
    Done(Option<Rc<Node>>),
    Template(usize, Option<usize>),
}

fn attempt(file: FileId, text: &str, readable: &str, templates: &[Range<usize>], notes: &mut Notes) -> Attempt {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        disallow_directives: true,
    };
    let mut documents = 0;
    let mut failure = None;
    let mut builder = Builder::new(file, text, templates, notes);
    for event in Parser::new_from_str_with_options(readable, options) {
        let (event, span) = match event {
            Ok(next) => next,
            Err(error) => {
                failure = Some(Failure::Syntax(error));
                break;
            }
        };
        let range = span.byte_range().unwrap_or(0..0);
        let opens_map = matches!(event, Event::MappingStart(StructureStyle::Flow, ..));
        if opens_map && unquoted::opens(readable, range.start) {
            return Attempt::Template(range.start, unquoted::end(readable, range.start, builder.surroundings()));
        }
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                failure = Some(Failure::SecondDocument(range));
                break;
            }
        }
        let tag_place = span.tag_span().and_then(|tag| tag.byte_range()).unwrap_or(range.clone());
        if let Err(Stop) = feed(&mut builder, event, range, tag_place) {
            return Attempt::Done(None);
        }
    }
    let bracket = builder.bracket();
    let root = builder.root();
    match failure {
        None => {}
        Some(Failure::Syntax(error)) => {
            syntax::report(file, text, &error, bracket, notes);
            return Attempt::Done(None);
        }
        Some(Failure::SecondDocument(range)) => {
            notes
                .error(codes::YAML_SYNTAX, "a second document begins in the same file")
                .at(Span::new(file, range.start, range.end), "the first one ends before this")
                .help("keep one document a file");
        }
    }
    if root.is_none() {
        notes
            .error(codes::YAML_SYNTAX, "the file holds no value")
            .at(Span::new(file, 0, 0), "nothing but blanks and comments");
    }
    Attempt::Done(root)
}

enum Failure {
    Syntax(granit_parser::ScanError),
    SecondDocument(Range<usize>),
}

fn feed(builder: &mut Builder<'_>, event: Event<'_>, range: Range<usize>, tag_place: Range<usize>) -> Result<(), Stop> {
    match event {
        Event::DocumentStart(true, _) => builder.start(range),
        Event::Scalar(text, style, anchor, tag) => {
            let raw = RawScalar { text: &text, style, anchor, range };
            return builder.scalar(raw, tag.map(|tag| (tag, tag_place)));
        }
        Event::SequenceStart(style, anchor, tag) => {
            let content = Content::Sequence(vec![]);
            return builder.open(
                content,
                style == StructureStyle::Flow,
                anchor,
                tag.map(|tag| (tag, tag_place)),
                range,
            );
        }
        Event::MappingStart(style, anchor, tag) => {
            let content = Content::Mapping(OpenMapping::default());
            return builder.open(
                content,
                style == StructureStyle::Flow,
                anchor,
                tag.map(|tag| (tag, tag_place)),
                range,
            );
        }
        Event::SequenceEnd | Event::MappingEnd => return builder.close(range),
        Event::Alias(anchor) => return builder.alias(anchor, range),
        // Stream and document marks carry nothing; comments and unresolved aliases are not asked for.
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceMap;
    use crate::source::{Kind, Style, Typed};

    fn parsed(text: &str) -> (Option<Rc<Node>>, Notes, SourceMap) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let file = map.add("a.yml", text);
        (parse(file, text, &mut notes), notes, map)
    }

    /// The tree in one line: scalars by their type, collections by their brackets.
    fn show(node: &Node) -> String {
        match &node.kind {
            Kind::Scalar(s) => match s.typed {
                Typed::Null if s.style == Style::Absent => "absent".to_owned(),
                Typed::Null => "null".to_owned(),
                Typed::Bool(b) => b.to_string(),
                Typed::Int(n) => n.to_string(),
                Typed::Float(n) => format!("{n:?}f"),
                Typed::String => format!("{:?}", s.text),
            },
            Kind::Sequence(items) => format!("[{}]", items.iter().map(|n| show(n)).collect::<Vec<_>>().join(", ")),
            Kind::Mapping(m) => {
                let entries: Vec<String> =
                    m.entries.iter().map(|e| format!("{}: {}", e.key.value, show(&e.value))).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    fn check_tree(text: &str, expect: &str) {
        let (tree, notes, _) = parsed(text);
        assert!(!notes.failed(), "{text:?}: {notes:?}");
        assert_eq!(tree.map(|tree| show(&tree)).as_deref(), Some(expect), "{text:?}");
    }

    /// `expect` lists each finding's code and the text that its first place cuts.
    fn check_notes(text: &str, tree: &str, expect: &[(&str, &str)]) {
        let (found, notes, map) = parsed(text);
        let said: Vec<(&str, &str)> =
            notes.iter().map(|d| (d.code.name(), d.primary().map_or("", |span| map.slice(span)))).collect();
        assert_eq!(said, expect, "{text:?}: {notes:?}");
        assert_eq!(found.map_or("?".to_owned(), |tree| show(&tree)), tree, "{text:?}");
    }

    #[test]
    fn documents_become_trees() {
        check_tree(
            "a: 1\nb: [x, 7.10, true, ~]\nc: {d: 'yes'}\n",
            r#"{a: 1, b: ["x", 7.1f, true, null], c: {d: "yes"}}"#,
        );
        check_tree("a:\nb: ''\nc: !!str\n", r#"{a: absent, b: "", c: ""}"#);
        check_tree("1: a\ntrue: b\nnull: c\n'': d\n", r#"{1: "a", true: "b", null: "c", : "d"}"#);
        check_tree("a: |\n  x\n  y\nb: >-\n  x\n  y\n", r#"{a: "x\ny\n", b: "x y"}"#);
        check_tree("a: &x {b: 1}\nc: *x\nd: [*x]\n", "{a: {b: 1}, c: {b: 1}, d: [{b: 1}]}");
        check_tree("&k a: 1\nb: {*k : 2}\n", "{a: 1, b: {a: 2}}");
        check_tree("\u{feff}a: 1\r\nb:\r\n  - 2\r\n", "{a: 1, b: [2]}");
        check_tree("--- # c\na: 1\n...\n", "{a: 1}");
        check_tree(
            "a: !!str 1\nb: !!int '7'\nc: !!float 1\nd: ! 2\ne: !!map {}\nf: !!bool true\n",
            r#"{a: "1", b: 7, c: 1.0f, d: "2", e: {}, f: true}"#,
        );
        check_tree("a: http://{{ x }}/y\nb: '{{ x }}'\n", r#"{a: "http://{{ x }}/y", b: "{{ x }}"}"#);
    }

    #[test]
    fn merge_keys_are_expanded_and_own_keys_win() {
        let base = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n";
        let start = "{x: {a: 1, b: 2}, y: {b: 3, c: 4}, z: ";
        for (z, expect) in [
            ("{<<: *x, a: 9}", "{a: 9, b: 2}"),
            ("{a: 9, <<: [*x, *y]}", "{a: 9, b: 2, c: 4}"),
            ("{<<: {q: 1}}", "{q: 1}"),
            ("{'<<': 1}", "{<<: 1}"),
        ] {
            check_tree(&format!("{base}z: {z}\n"), &format!("{start}{expect}}}"));
        }
        let (tree, _, map) = parsed(&format!("{base}z: {{<<: *x}}\n"));
        let merged = tree.as_ref().and_then(|tree| tree.get("z")?.mapping()?.entry("b").cloned()).expect("b");
        assert_eq!(
            (map.locate(merged.key.span), map.locate(merged.value.span)),
            ("a.yml:1:14".into(), "a.yml:1:17".into())
        );
        check_notes("a: {<<: 1}", "{a: {}}", &[("yaml-syntax", "1")]);
        check_notes("a: {<<: []}", "{a: {}}", &[("yaml-syntax", "[]")]);
    }

    #[test]
    fn spans_cut_the_value_and_nothing_else() {
        let check = |text: &str, path: &[&str], expect: &str| {
            let (tree, _, map) = parsed(text);
            let mut node = tree.expect(text);
            for key in path {
                let next = match key.parse::<usize>() {
                    Ok(i) => node.sequence().and_then(|items| items.get(i)).cloned(),
                    Err(_) => node.get(key).cloned(),
                };
                node = next.expect(text);
            }
            assert_eq!(map.slice(node.span), expect, "{text:?} {path:?}");
        };
        let text = "a:\n  b: 1 # c\n  # d\n\n# e\nf:\n- 'ä'\n- {x: 1} # y\n# z\n";
        check(text, &["a"], "b: 1");
        check(text, &["f"], "- 'ä'\n- {x: 1}");
        check(text, &["f", "0"], "'ä'");
        check(text, &["f", "1"], "{x: 1}");
        check(text, &[], text.rsplit_once(" # y").map_or("", |(before, _)| before));
        check("a: # c\n  - 1\n  - 2\n\nb: 1", &["a"], "- 1\n  - 2");
        check("a:\n- # c\n  - x\n", &["a"], "- # c\n  - x");
        check("a:\n- |\n  x\n\n- >-\n  y\n", &["a", "0"], "|\n  x");
        check("a:\n- |\n  x\n\n- >-\n  y\n", &["a", "1"], ">-\n  y");
        check("a: &x |+ # |\n\n   x\n\n\nb: 1", &["a"], "|+ # |\n\n   x");
        check("a: |\n", &["a"], "|");
        check("k:\nb: 1", &["k"], "");
        check("a: &x {b: 1}\nc:\n  d: *x\n", &["c"], "d: *x");
        check("a: &x {b: 1}\nc:\n  d: *x\n", &["c", "d"], "{b: 1}");
        check("a: x\n  y # z\n", &["a"], "x\n  y");
        let (tree, _, map) = parsed("'a b': 1\n");
        assert_eq!(
            tree.and_then(|t| t.mapping()?.entries.first().map(|e| map.slice(e.key.span).to_owned())),
            Some("'a b'".into())
        );
    }

    #[test]
    fn templates_without_quotes_are_all_found_and_taken_as_text() {
        let check = |text: &str, tree: &str, found: &[&str]| {
            let found: Vec<(&str, &str)> = found.iter().map(|t| ("unquoted-template", *t)).collect();
            check_notes(text, tree, &found);
            let (_, notes, map) = parsed(text);
            let edits: Vec<_> = notes.iter().flat_map(|d| &d.fixes).flat_map(|f| f.edits.clone()).collect();
            let mended = crate::source::apply(map.text(FileId(0)), &edits).expect(text);
            check_tree(&mended, tree);
        };
        check(
            "a: {{ x }}\nb: {{ y }}/z # c\nc: 1\n",
            r#"{a: "{{ x }}", b: "{{ y }}/z", c: 1}"#,
            &["{{ x }}", "{{ y }}/z"],
        );
        check("a: {{ x[0] }}\n", r#"{a: "{{ x[0] }}"}"#, &["{{ x[0] }}"]);
        check("a: {{ x | f(1, 2) }}:80\n", r#"{a: "{{ x | f(1, 2) }}:80"}"#, &["{{ x | f(1, 2) }}:80"]);
        check("a: {{ op(\"op://a/b/c\") }}\n", r#"{a: "{{ op(\"op://a/b/c\") }}"}"#, &["{{ op(\"op://a/b/c\") }}"]);
        check("a: {{ op('op://a/b: c') }}\n", "{a: \"{{ op('op://a/b: c') }}\"}", &["{{ op('op://a/b: c') }}"]);
        check(
            "- {{ x }}\n- [{{ y }}, z]\n- {k: {{ y }}}\n",
            r#"["{{ x }}", ["{{ y }}", "z"], {k: "{{ y }}"}]"#,
            &["{{ x }}", "{{ y }}", "{{ y }}"],
        );
        check("{{ x }}: 1\n", "{{{ x }}: 1}", &["{{ x }}"]);
        check("{{ x }}\n", r#""{{ x }}""#, &["{{ x }}"]);
        check("a: {{ \"x }}\n", r#"{a: "{{ \"x }}"}"#, &["{{ \"x }}"]);
        check_notes("a: {{ x\n  }}\n", "?", &[("unquoted-template", "{{ x")]);
    }

    #[test]
    fn faults_are_reported_where_they_are() {
        check_notes("a: 1\n'a': 2\n", "{a: 1}", &[("duplicate-key", "'a'")]);
        check_notes("a: {[b]: 1, c: 2}\n", "{a: {c: 2}}", &[("yaml-syntax", "[b]")]);
        check_notes(": 1\na: 2", "{a: 2}", &[("yaml-syntax", "")]);
        check_notes("a: &a [*a]\n", "{a: [absent]}", &[("yaml-syntax", "*a")]);
        check_notes(
            "a: !vault x\nb: !x {c: 1}\n",
            r#"{a: "x", b: {c: 1}}"#,
            &[("yaml-syntax", "!vault"), ("yaml-syntax", "!x")],
        );
        check_notes(
            "a: !!int x\nb: !!str [1]\n",
            r#"{a: "x", b: [1]}"#,
            &[("yaml-syntax", "!!int"), ("yaml-syntax", "!!str")],
        );
        check_notes(
            "a: .inf\nb: 99999999999999999999\n",
            r#"{a: ".inf", b: "99999999999999999999"}"#,
            &[("yaml-syntax", ".inf"), ("yaml-syntax", "99999999999999999999")],
        );
        check_notes("a: 1\n---\nb: 2\n", "{a: 1}", &[("yaml-syntax", "---")]);
        check_notes("", "?", &[("yaml-syntax", "")]);
        check_notes("# c\n", "?", &[("yaml-syntax", "")]);
        check_notes("%YAML 1.1\n---\na: 1\n", "?", &[("yaml-syntax", "%YAML")]);
        check_notes("a:\n\tb: 1\n", "?", &[("yaml-syntax", "b:")]);
        check_notes("a: b: c\n", "?", &[("yaml-syntax", ":")]);
        check_notes("a: *nope\n", "?", &[("yaml-syntax", "*nope")]);
        check_notes("a: @x\n", "?", &[("yaml-syntax", "@x")]);
    }

    #[test]
    fn words_and_numbers_of_yaml_1_1_are_pointed_out() {
        check_notes(
            "a: yes\nb: [Off]\non: 'no'\nc: !!str y\n",
            r#"{a: "yes", b: ["Off"], on: "no", c: "y"}"#,
            &[("yaml-word", "yes"), ("yaml-word", "Off")],
        );
        check_notes("a: 0600\nb: '0600'\n", r#"{a: 600, b: "0600"}"#, &[("yaml-octal", "0600")]);
    }

    #[test]
    fn messages_name_tags_and_never_what_may_be_a_password() {
        let check = |text: &str, expect: &str| {
            let (_, notes, _) = parsed(text);
            let said: Vec<&str> = notes.iter().map(|d| d.message.as_str()).collect();
            assert_eq!(said, [expect], "{text:?}");
        };
        check("a: !vault x\n", "the tag `!vault` has no meaning here");
        check("a: !hunter2\n", "this tag has no meaning here");
        check("a: !!int x\n", "the tag `!!int` does not fit the value behind it");
        check("a: 12345678901234567890\n", "a whole number is outside of 64 bits");
        check("a: 0123456\n", "a number begins with a zero, which YAML 1.2 drops");
    }

    #[test]
    fn faults_with_a_cause_elsewhere_show_both_places() {
        let check = |text: &str, expect: [&str; 2]| {
            let (_, notes, map) = parsed(text);
            let places: Vec<String> = notes.iter().flat_map(|d| &d.labels).map(|l| map.locate(l.span)).collect();
            assert_eq!(places, expect, "{text:?}");
        };
        check("a: 1\nb: 2\na: 3\n", ["a.yml:3:1", "a.yml:1:1"]);
        check("a: [1, 2\nb: 3\n", ["a.yml:1:4", "a.yml:2:2"]);
        // The pair in the list is a map without a bracket of its own; a mark on its first byte would cut the letter.
        check("[ä<<: *xa]\n", ["a.yml:1:7", "a.yml:1:1"]);
    }
}
