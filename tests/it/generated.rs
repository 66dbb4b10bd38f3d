//! Files that the crate itself makes, and that are committed: each is as it would be made now.

use std::path::Path;

/// A path and the function that makes its text.
const GENERATED: &[(&str, fn() -> String)] = &[("schema/environment.schema.json", schema)];

fn schema() -> String {
    let text = serde_json::to_string_pretty(&rpconf::schema::full()).expect("JSON");
    format!("{text}\n")
}

#[test]
fn files_are_as_they_would_be_made_now() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = String::new();
    for (path, make) in GENERATED {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let (made, committed) = (make(), std::fs::read_to_string(&file).unwrap_or_default());
        if made == committed {
            continue;
        }
        if update {
            std::fs::write(&file, made).expect("the file can be written");
            continue;
        }
        let diff = similar::TextDiff::from_lines(&committed, &made);
        stale += &diff.unified_diff().context_radius(2).header(path, "as made now").to_string();
    }
    assert!(stale.is_empty(), "{stale}\nrun `UPDATE=1 cargo test --test it generated`");
}
