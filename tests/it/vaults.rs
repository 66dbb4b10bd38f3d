//! One deployment from several vaults: the files are the same to the byte, and each item is asked for once.

use std::path::Path;

use crate::connect::{Server, files, project, rendered, rpconf};

/// Lays out what a server holds as the `op` double reads it, and the double itself, in a folder for PATH.
fn op_double(server: &Server, folder: &Path) {
    let token = std::fs::read_to_string(folder.join("token")).expect("the token");
    let bin = folder.join("bin");
    std::fs::create_dir_all(bin.join("files")).expect("a folder");
    let vaults = server.get("/vaults", token.trim());
    std::fs::write(bin.join("vaults"), vaults.to_string()).expect("vaults");
    for vault in vaults.as_array().expect("vaults") {
        let id = vault["id"].as_str().expect("an id");
        std::fs::create_dir(bin.join(id)).expect("a folder");
        let items = server.get(&format!("/vaults/{id}/items"), token.trim());
        std::fs::write(bin.join(id).join("list"), items.to_string()).expect("a list");
        for item in items.as_array().expect("items") {
            let item_id = item["id"].as_str().expect("an id");
            let whole = server.get(&format!("/vaults/{id}/items/{item_id}"), token.trim());
            std::fs::write(bin.join(id).join(item_id), format!("{whole:#}\n")).expect("an item");
        }
    }
    let double = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vault/op_cli/double.sh");
    std::os::unix::fs::symlink(double, bin.join("op")).expect("the double");
}

#[test]
fn the_files_are_the_same_from_every_vault_and_each_item_is_asked_for_once() {
    let project = project();
    let folder = project.path();
    rendered(folder, None, &["--vault", "file:vault.yml", "--out", "from-file"]);
    assert!(!folder.join("env/production.lock").exists(), "a file vault needs no ids");
    let server = Server::start(folder, &[]);
    let host = Some(server.host.as_str());

    // Five items: without a lock one request for the vaults and one for the vault's items besides; with it none.
    assert_eq!(rendered(folder, host, &["--out", "cold"])["requests"], 7);
    assert_eq!(rendered(folder, host, &["--out", "warm"])["requests"], 5);
    assert_eq!(rendered(folder, host, &["--locked", "--out", "locked"])["requests"], 5);
    op_double(&server, folder);
    rendered(folder, None, &["--vault", "op", "--out", "op"]);
    let expect = files(&folder.join("from-file"));
    assert_eq!(expect.len(), 6);
    for way in ["cold", "warm", "locked", "op"] {
        assert!(files(&folder.join(way)) == expect, "{way} differs");
    }
    let lock = std::fs::read_to_string(folder.join("env/production.lock")).expect("a lock file");
    assert_eq!(lock.lines().filter(|line| line.starts_with('"')).count(), 5);
    assert!(!lock.contains("FAKE"));
}

#[test]
fn a_command_that_writes_no_target_learns_nothing_and_locked_fails_instead() {
    let project = project();
    let folder = project.path();
    let server = Server::start(folder, &[]);
    let host = Some(server.host.as_str());
    assert_eq!(rpconf(folder, host, &["check", "production", "--resolve"]).status.code(), Some(0));
    assert_eq!(rpconf(folder, host, &["render", "production", "--check", "--out", "x"]).status.code(), Some(6));
    assert!(!folder.join("env/production.lock").exists());
    assert_eq!(rpconf(folder, host, &["render", "production", "--locked", "--out", "x"]).status.code(), Some(3));
    assert!(!folder.join("x").exists());
    assert_eq!(rpconf(folder, host, &["vault", "lock", "production"]).status.code(), Some(0));
    assert_eq!(rpconf(folder, host, &["render", "production", "--locked", "--out", "x"]).status.code(), Some(0));
}
