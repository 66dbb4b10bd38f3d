//! One set of findings in every format.

use proptest::prelude::*;
use serde_json::Value;

use super::{Format, Look, render, summary};
use crate::diag::{Edit, FileId, Fix, Notes, SourceMap, Span, codes};

fn findings() -> (Notes, SourceMap) {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let base = map.add("env/base.yml", "domain: a.org\npassword: hunter2\n");
    let top = map.add("env/my file.yml", "extends: base\ndomain: {{ x }}\nport: \"80\" # ä\n");
    notes
        .error(codes::UNQUOTED_TEMPLATE, "a template must be quoted")
        .at(Span::new(top, 22, 29), "this is a map")
        .at(Span::new(base, 8, 13), "instead of this")
        .fix(Fix::safe("quote it", Span::new(top, 22, 29), "\"{{ x }}\""));
    notes.warning(codes::WRONG_TYPE, "`port` is a string").at(Span::new(top, 36, 40), "").help("write 80");
    notes.info(codes::SECRET_PLAINTEXT, "a secret, 100% plain").at(Span::new(base, 14, 31), "here");
    notes.error(codes::MISSING_FACT, "`release` is missing");
    (notes, map)
}

fn plain(notes: &Notes, map: &SourceMap) -> String {
    render(Format::Human, notes, map, &Look::default())
}

#[test]
fn people_see_lines_and_fixes_and_no_secret() {
    let (notes, map) = findings();
    let expect = "\
info[secret-plaintext]: a secret, 100% plain
 --> env/base.yml:2:1
  |
2 | password: *******
  | ^^^^^^^^^^^^^^^^^ here

error[unquoted-template]: a template must be quoted
 --> env/my file.yml:2:9
  |
2 | domain: {{ x }}
  |         ^^^^^^^ this is a map
  |
 ::: env/base.yml:1:9
  |
1 | domain: a.org
  |         ----- instead of this
  |
help: quote it
  |
2 - domain: {{ x }}
2 + domain: \"{{ x }}\"
  |

warning[wrong-type]: `port` is a string
 --> env/my file.yml:3:7
  |
3 | port: \"80\" # ä
  |       ^^^^
  |
  = help: write 80

error[missing-fact]: `release` is missing

";
    assert_eq!(plain(&notes, &map), expect);
}

#[test]
fn colours_are_there_when_asked_for_and_only_then() {
    let (notes, map) = findings();
    assert!(!plain(&notes, &map).contains('\u{1b}'));
    let look = Look { colour: true, ..Look::default() };
    assert!(render(Format::Human, &notes, &map, &look).contains("\u{1b}["));
}

#[test]
fn places_that_the_caller_hides_are_hidden() {
    let (notes, map) = findings();
    let look = Look { hidden: &[Span::new(FileId(0), 8, 13)], ..Look::default() };
    assert!(render(Format::Human, &notes, &map, &look).contains("1 | domain: *****\n"));
}

#[test]
fn long_lines_are_cut_to_the_width() {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add("a.yml", format!("a: {}\n", "x".repeat(128 << 10)));
    notes.error(codes::WRONG_TYPE, "long").at(Span::new(file, 60_000, 60_004), "here");
    let text = render(Format::Human, &notes, &map, &Look { width: 80, ..Look::default() });
    assert!(text.lines().all(|line| line.chars().count() <= 90), "{text}");
}

#[test]
fn people_see_a_hundred_findings_and_a_count() {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add("a.yml", "a: 1\n".repeat(130));
    for line in 0..130 {
        notes.error(codes::WRONG_TYPE, "wrong").at(Span::new(file, line * 5, line * 5 + 1), "");
    }
    let text = plain(&notes, &map);
    assert_eq!(text.matches("error[wrong-type]").count(), 100);
    assert!(text.ends_with("and 30 more, which are not shown\n\n"));
}

#[test]
fn programs_read_an_array() {
    let (notes, map) = findings();
    let json: Value = serde_json::from_str(&render(Format::Json, &notes, &map, &Look::default())).expect("json");
    let expect = serde_json::json!({
        "code": "unquoted-template", "severity": "error", "message": "a template must be quoted",
        "places": [
            {"file": "env/my file.yml", "line": 2, "column": 9, "end_line": 2, "end_column": 16, "label": "this is a map"},
            {"file": "env/base.yml", "line": 1, "column": 9, "end_line": 1, "end_column": 14, "label": "instead of this"},
        ],
        "help": [],
        "fixes": [{"title": "quote it", "safe": true, "edits": [{"file": "env/my file.yml", "start": 22, "end": 29, "text": "\"{{ x }}\""}]}],
    });
    assert_eq!(json[1], expect);
    assert_eq!((json.as_array().map(Vec::len), &json[3]["places"]), (Some(4), &serde_json::json!([])));
    assert_eq!(render(Format::Json, &Notes::default(), &map, &Look::default()), "[]\n");
}

#[test]
fn github_reads_commands() {
    let (notes, map) = findings();
    let expect = "\
::notice file=env/base.yml,line=2,col=1,endColumn=18,title=secret-plaintext::a secret, 100%25 plain%0Ahere
::error file=env/my file.yml,line=2,col=9,endColumn=16,title=unquoted-template::a template must be quoted%0Athis is a map%0Aquote it
::warning file=env/my file.yml,line=3,col=7,endColumn=11,title=wrong-type::`port` is a string%0Awrite 80
::error title=missing-fact::`release` is missing
";
    assert_eq!(render(Format::Github, &notes, &map, &Look::default()), expect);
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add("a,b:c%\n.yml", "a:\n  b\n");
    notes.error(codes::SCHEMA, "x::y,\r\nz").at(Span::new(file, 0, 6), "");
    let expect = "::error file=a%2Cb%3Ac%25%0A.yml,line=1,endLine=2,title=schema::x::y,%0D%0Az\n";
    assert_eq!(render(Format::Github, &notes, &map, &Look::default()), expect);
}

#[test]
fn code_scanning_reads_sarif() {
    let (notes, map) = findings();
    let log: Value = serde_json::from_str(&render(Format::Sarif, &notes, &map, &Look::default())).expect("json");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!((&run["tool"]["driver"]["name"], &run["columnKind"]), (&"rpconf".into(), &"unicodeCodePoints".into()));
    let results = run["results"].as_array().expect("results");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        assert!(result["message"]["text"].is_string() && result["locations"].is_array());
    }
    let location = &results[1]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "env/my%20file.yml");
    let region = serde_json::json!({"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 16});
    assert_eq!(location["region"], region);
    assert_eq!(results[1]["relatedLocations"][0]["message"]["text"], "instead of this");
    let change = &results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!((&change["deletedRegion"], &change["insertedContent"]["text"]), (&region, &"\"{{ x }}\"".into()));
    assert_eq!(results[3]["locations"], serde_json::json!([]));
}

#[test]
fn no_format_shows_a_secret_or_an_escape() {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let file = map.add("\u{1b}[31ma.yml", "password: 'hunter2'\nurl: redis://:hunter2@h\ntoken: yes hunter2\n");
    for (start, end) in [(10, 19), (25, 43), (51, 62), (0, 62)] {
        let fix = Fix::safe("quote it", Span::new(file, start, end), "\"hunter2\"");
        notes.error(codes::SECRET_PLAINTEXT, "a\u{1b}[2J\u{9b}").at(Span::new(file, start, end), "b\u{1b}]0;").fix(fix);
    }
    for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
        let text = render(format, &notes, &map, &Look::default());
        assert!(!text.contains("hunter2"), "{format:?}: {text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{9b}'), "{format:?}: {text:?}");
    }
}

#[test]
fn a_line_counts_the_findings() {
    let (mut notes, _) = findings();
    assert_eq!(summary(&notes, "env/p.yml"), "2 errors, 1 warning, 1 info in env/p.yml");
    notes.error(codes::MISSING_FACT, "`release` is missing");
    assert_eq!(summary(&notes, "env/p.yml"), "2 errors, 1 warning, 1 info in env/p.yml", "a repetition counts once");
    assert_eq!(summary(&Notes::default(), "env/p.yml"), "nothing to report in env/p.yml");
}

proptest! {
    #[test]
    fn no_span_and_no_text_panics(
        text in "[a-zä😀 :\\n\\r\\t\u{feff}\u{9b}]{0,40}",
        spans in prop::collection::vec((0..60usize, 0..60usize, 0..3u32), 0..5),
        edits in prop::collection::vec((0..60usize, 0..60usize, 0..3u32, "[a\\n]{0,3}"), 0..4),
    ) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        map.add("a.yml", text.as_str());
        map.add("empty.yml", "");
        let note = notes.error(codes::SCHEMA, text.as_str());
        for (start, end, file) in &spans {
            note.at(Span::new(FileId(*file), *start, *end), text.as_str());
        }
        let edits = edits.into_iter().map(|(start, end, file, text)| Edit { span: Span::new(FileId(file), start, end), text });
        note.fix(Fix { title: text.clone(), edits: edits.collect(), safe: false });
        let hidden: Vec<Span> = spans.iter().map(|(start, end, file)| Span::new(FileId(*file), *end, *start)).collect();
        for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
            render(format, &notes, &map, &Look { width: 40, colour: text.len() % 2 == 0, hidden: &hidden, pages: &[] });
        }
    }
}
