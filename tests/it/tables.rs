//! What each release must be told for the deployment of `env/production.yml`, name by name and value by value.
//!
//! `tests/tables/RELEASE.json` was written from the services' own sources, each line with its place there: what the
//! default is and why it will not do. Nothing else may be written, and nothing of it left out.

use serde_json::{Map, Value, json};

use crate::deployment::{Deployment, root};

fn check(release: &str) {
    let path = root().join(format!("tests/tables/{release}.json"));
    let table = std::fs::read_to_string(&path).expect("a table");
    let table: Map<String, Value> = serde_json::from_str(&table).expect("JSON");
    let deployment = Deployment::production(release);
    let mut wrong = vec![];
    for (file, rows) in &table {
        let rows = rows.as_object().expect("settings by name");
        let written = match file.as_str() {
            "web/django/settings.py" => deployment.settings("web", release),
            _ => json!(deployment.environment(file)),
        };
        let written = written.as_object().expect("settings by name");
        for (name, row) in rows {
            assert!(row["why"].as_str().is_some_and(|why| why.len() > 10), "{release}: {name} has no reason");
            match written.get(name) {
                None => wrong.push(format!("{file} lacks {name}: {}", row["why"])),
                Some(value) if *value != row["value"] => {
                    wrong.push(format!("{file}: {name} is {value}, not {}: {}", row["value"], row["why"]));
                }
                Some(_) => {}
            }
        }
        let more = written.keys().filter(|name| !rows.contains_key(*name));
        wrong.extend(more.map(|name| format!("{file} has {name}, of which the table knows nothing")));
    }
    let files: Vec<String> = deployment.files().into_keys().filter(|path| path != "manifest.json").collect();
    wrong.extend(
        files.iter().filter(|file| !table.contains_key(*file)).map(|file| format!("{file} is not in the table")),
    );
    assert!(wrong.is_empty(), "release {release}:\n{}", wrong.join("\n"));
}

#[test]
fn release_5_2_is_told_what_it_needs() {
    check("5.2");
}

#[test]
fn release_7_4_is_told_what_it_needs() {
    check("7.4");
}

#[test]
fn release_9_2_is_told_what_it_needs() {
    check("9.2");
}

#[test]
fn release_26_2_is_told_what_it_needs() {
    check("26.2");
}
