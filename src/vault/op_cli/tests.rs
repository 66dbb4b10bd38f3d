//! The backend against a script that stands in for `op`.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::*;
use crate::model::Reference;
use crate::vault::file::Content;
use crate::vault::laws::{content, tree, vault_laws};
use crate::vault::{Batch, Lock, Names, fetch};

/// The double in a folder of its own. A link, as a script that was just written may still be open in a process that
/// another test is about to start, and then cannot be run.
fn linked(folder: &Path) -> PathBuf {
    let double = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vault/op_cli/double.sh");
    let path = folder.join("op");
    std::os::unix::fs::symlink(double, &path).expect("a link");
    path
}

/// An item as `op` has it: times in snake case, files without contents.
fn as_op_has_it(item: &Map<String, Value>) -> Value {
    let mut item = item.clone();
    item.insert("created_at".into(), "2027-01-01T00:00:00Z".into());
    if let Some(Value::Array(files)) = item.get_mut("files") {
        files.iter_mut().filter_map(Value::as_object_mut).for_each(|file| drop(file.remove("content")));
    }
    item.into()
}

/// The double, with the content of the laws.
fn double() -> (TempDir, OpCli) {
    let folder = TempDir::new().expect("a folder");
    let at = folder.path();
    let content = Content::from_tree(&tree(&content()), false).map_err(drop).expect("a vault file");
    let vaults = content.vaults.iter().map(|vault| json!({"id": vault.id, "name": vault.name, "content_version": 1}));
    fs::write(at.join("vaults"), Value::from(vaults.collect::<Vec<_>>()).to_string()).expect("vaults");
    fs::create_dir(at.join("files")).expect("a folder");
    for vault in &content.vaults {
        let home = at.join(&vault.id);
        fs::create_dir(&home).expect("a folder");
        for item in &vault.items {
            let id = item["id"].as_str().expect("an id");
            fs::write(home.join(id), format!("{:#}\n", as_op_has_it(item))).expect("an item");
            for file in item["files"].as_array().expect("files") {
                let text = |key: &str| file[key].as_str().expect(key).to_string();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text("content")).expect("base64");
                fs::write(at.join("files").join(text("id")), bytes).expect("a file");
            }
        }
        let items: Value = vault.items.iter().map(as_op_has_it).collect();
        fs::write(home.join("list"), items.to_string()).expect("a list");
    }
    let op = OpCli::new(linked(at), Duration::from_secs(20));
    (folder, op)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn the_op_program_keeps_the_laws() {
    let (_folder, op) = double();
    block_on(vault_laws(&op));
}

#[test]
fn a_vault_is_one_process_and_no_value_stands_in_a_command_line() {
    let (folder, op) = double();
    let texts = ["op://RapidPro/Postgres/server", "op://RapidPro/Moved/password", "op://Other/Postgres/password"];
    let references = texts.map(|text| Reference::parse(text).expect(text));
    let answers = block_on(fetch(&op, &Batch::of(&references), &Lock::default(), Names::Learn)).expect("answers");
    assert_eq!(answers.problems().count(), 0);
    let calls = fs::read_to_string(folder.path().join("calls")).expect("calls");
    let mut verbs: Vec<String> =
        calls.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    verbs.sort_unstable();
    assert_eq!(verbs, ["item get", "item get", "item list", "item list", "vault list"]);
    assert!(!calls.contains("canary"), "{calls}");
}

/// What it comes to when `op` does this.
fn check(script: &str, expect: &str) {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("failure"), script).expect("a script");
    let op = OpCli::new(linked(folder.path()), Duration::from_millis(500));
    let error = block_on(op.vaults()).expect_err(script).to_string();
    assert_eq!(error, expect, "{script}");
}

#[test]
fn its_failures_are_said_in_our_words() {
    let says = |text: &str| format!("echo '[ERROR] 2027/01/01 00:00:00 {text}' >&2; exit 1");
    check(
        &says("You are not currently signed in. Please run `op signin --help`"),
        "the `op` program is not signed in: run `op signin`, or set `OP_SERVICE_ACCOUNT_TOKEN`",
    );
    check(&says("a new error"), "the `op` program failed: a new error");
    check("exit 1", "the `op` program failed: it says nothing");
    check("echo canary; exit 0", "the `op` program answered with something else than the JSON that was asked for");
    check("exec sleep 60", "the `op` program did not answer within 0.5 s");
    let missing = OpCli::new("/nonexistent/op", Duration::from_secs(1));
    let error = block_on(missing.vaults()).expect_err("no program").to_string();
    assert_eq!(error, "the `op` program is not installed, or not in `PATH`");
}
