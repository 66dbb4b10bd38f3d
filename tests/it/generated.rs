//! Generated files are what generates them: `UPDATE=1 cargo test --test it generated` writes them anew.

/// Makes a file's text.
type Generate = fn() -> String;

/// Paths, and the functions that make their text.
const GENERATED: &[(&str, Generate)] =
    &[("schema/environment.schema.json", environment_schema), ("src/schema/slim.json", slim_schema)];

fn slim_schema() -> String {
    format!("{}\n", rpconf::schema::slim())
}

fn environment_schema() -> String {
    format!("{:#}\n", rpconf::schema::full())
}

#[test]
fn generated_files_have_not_drifted() {
    for (path, generate) in GENERATED {
        let made = generate();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &made).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        if made != committed {
            let diff = similar::TextDiff::from_lines(&committed, &made);
            let diff = diff.unified_diff().context_radius(1).to_string();
            let head: String = diff.lines().take(40).map(|line| format!("{line}\n")).collect();
            panic!("{path} has drifted; run `UPDATE=1 cargo test --test it generated`\n{head}");
        }
    }
}
