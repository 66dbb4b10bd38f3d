//! Reports for programs: SARIF by the standard's own schema, regions that cut what they speak of, one finding for a
//! fault in a base, and floods of findings.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs `rpconf` in a folder with these documents in `env/`.
fn rpconf(documents: &[(&str, &str)], words: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("env")).expect("env");
    std::fs::copy("env/production.yml", folder.path().join("env/production.yml")).expect("production");
    for (name, text) in documents {
        std::fs::write(folder.path().join("env").join(name), text).expect("a document");
    }
    Command::new(env!("CARGO_BIN_EXE_rpconf")).args(words).current_dir(folder.path()).output().expect("rpconf")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Faults of several stages and rules, in two documents and a base.
const FAULTY: [(&str, &str); 3] = [
    ("shared.yml", "extends: production\nresources:\n  s3: {region: eu-wset-2}\n"),
    (
        "one.yml",
        "extends: shared\nrelease: \"9.2\"\nservices:\n  courier: {COURIER_DOMAN: x, COURIER_REDIS: \"redis://ä:6379/14\"}\n",
    ),
    ("two.yml", "extends: shared\nrelease: \"7.4\"\nresources:\n  postgres: {password: hunter2}\n"),
];

#[test]
fn sarif_is_valid_by_the_standard_and_carries_the_pages() {
    let output = rpconf(&FAULTY, &["check", "one", "two", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema: Value = serde_json::from_str(include_str!("../consumers/sarif-2.1.0.schema.json")).expect("the schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&log).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let rule = rules.iter().find(|rule| rule["id"] == "redis-same").expect("the rule");
    assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.starts_with("# redis-same\n")), "{rule}");
    assert!(rule["shortDescription"]["text"].as_str().is_some_and(|text| text.ends_with('.')), "{rule}");
    assert!(!text(&output).contains("hunter2"));
}

#[test]
fn regions_cut_what_they_speak_of() {
    let output = rpconf(&FAULTY, &["check", "one", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let cut = |rule: &str| {
        let result = results.iter().find(|result| result["ruleId"] == rule).expect("a result");
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a file");
        let (_, document) = FAULTY.iter().find(|(name, _)| uri == format!("env/{name}")).expect("a document");
        let number = |key: &str| place["region"][key].as_u64().expect("a number") as usize;
        assert_eq!(number("startLine"), number("endLine"));
        let line = document.lines().nth(number("startLine") - 1).expect("the line");
        line.chars()
            .skip(number("startColumn") - 1)
            .take(number("endColumn") - number("startColumn"))
            .collect::<String>()
    };
    assert_eq!(cut("unknown-setting"), "COURIER_DOMAN");
    assert_eq!(cut("redis-same"), "\"redis://ä:6379/14\"");
    assert_eq!(cut("s3-region-endpoint"), "eu-wset-2");
}

#[test]
fn a_fault_in_a_base_is_reported_once_and_at_its_source() {
    for words in [&["check", "one", "two", "--format", "github"][..], &["check", "--all", "--format", "github"]] {
        let output = rpconf(&FAULTY, words);
        let report = text(&output);
        assert_eq!(report.matches("file=env/shared.yml,line=3,").count(), 1, "{report}");
        assert_eq!(report.matches("title=s3-region-endpoint").count(), 1, "{report}");
        assert!(report.contains("file=env/one.yml,line=4,") && report.contains("file=env/two.yml,line=4,"), "{report}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn ten_thousand_faults_are_sorted_bounded_and_counted() {
    let lines: String = (0..10_000).map(|n| format!("    COURIER_NONE_{n}: x\n")).collect();
    let document = format!("extends: production\nrelease: \"9.2\"\nservices:\n  courier:\n{lines}");
    let many = [("many.yml", document.as_str())];
    let begun = std::time::Instant::now();
    let output = rpconf(&many, &["check", "many"]);
    // Without optimisation, and beside other tests; it takes a tenth of a second with it.
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    let (report, last) = (text(&output), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(last.starts_with("10000 errors in env/many.yml"), "{last}");
    assert!(
        report.len() < 200_000 && report.contains("and 9900 more"),
        "{} bytes, {}",
        report.len(),
        report.lines().last().unwrap_or("")
    );
    let places: Vec<usize> =
        report.lines().filter_map(|line| line.split("env/many.yml:").nth(1)?.split(':').next()?.parse().ok()).collect();
    assert!(places.is_sorted() && places.len() == 100, "{}", places.len());
    // Programs get all of them.
    let output = rpconf(&many, &["check", "many", "--json"]);
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(10_000));
}

#[test]
fn rules_that_contradict_each_other_leave_one_way_out() {
    // DEBUG is required off by one rule and allowed by nobody: each place has one finding, and the mended one none.
    let wrong =
        "extends: production\nrelease: \"7.4\"\nservices:\n  django: {EMAIL_USE_TLS: true, EMAIL_USE_SSL: true}\n";
    let report = text(&rpconf(&[("x.yml", wrong)], &["check", "x", "--format", "github"]));
    assert_eq!(report.matches("::error").count(), 1, "{report}");
    let right =
        "extends: production\nrelease: \"7.4\"\nservices:\n  django: {EMAIL_USE_TLS: true, EMAIL_USE_SSL: false}\n";
    assert_eq!(text(&rpconf(&[("x.yml", right)], &["check", "x", "--strict", "--format", "github"])), "");
}
