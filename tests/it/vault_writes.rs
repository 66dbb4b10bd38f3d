//! `rpconf vault put` and `create`, into a vault file and into a server: what is there stays.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use age::secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::connect::{RPCONF, Server, project, rpconf};

/// Where a test's vault is: a file, or a server over that file.
enum Home {
    File,
    Server(Server),
}

impl Home {
    fn host(&self) -> Option<&str> {
        match self {
            Home::File => None,
            Home::Server(server) => Some(&server.host),
        }
    }

    /// Runs rpconf on this vault, with something on standard input.
    fn run(&self, folder: &Path, args: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut command = Command::new(RPCONF);
        command.args(args).current_dir(folder).env_remove("OP_CONNECT_TOKEN").env("OP_CONNECT_TOKEN_FILE", "token");
        match self.host() {
            Some(host) => command.env("OP_CONNECT_HOST", host),
            None => command.args(["--vault", "file:vault.yml"]),
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("rpconf");
        drop(child.stdin.take().expect("its input").write_all(input.as_bytes()));
        let Output { status, stdout, stderr } = child.wait_with_output().expect("rpconf");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (status.code(), text(stdout), text(stderr))
    }

    fn get(&self, folder: &Path, reference: &str) -> String {
        let (code, value, why) = self.run(folder, &["vault", "get", reference], "");
        assert_eq!(code, Some(0), "{reference}: {why}");
        value.trim_end_matches('\n').to_string()
    }
}

/// Runs a test on a vault file and on a server over one.
fn on_both(vault: &str, options: &[&str], test: impl Fn(&Home, &Path)) {
    for served in [false, true] {
        let project = project();
        let folder = project.path();
        std::fs::write(folder.join("vault.yml"), vault).expect("a vault");
        let home = if served { Home::Server(Server::start(folder, options)) } else { Home::File };
        test(&home, folder);
    }
}

const SPARSE: &str = r#"
plaintext: true
vaults:
  - name: RapidPro
    items:
      - title: Production Mailroom
        fields: [{label: other, value: FAKE-other}]
      - title: Production SMTP
        category: LOGIN
        fields: [{id: username, label: username, value: FAKE-user}, {id: password, label: password}]
"#;

#[test]
fn create_lists_what_is_lacking_and_makes_it_once() {
    on_both(SPARSE, &["--stale-reads", "2"], |home, folder| {
        let before = std::fs::read(folder.join("vault.yml")).expect("the vault");
        let (code, listed, _) = home.run(folder, &["vault", "create", "production"], "");
        assert_eq!(code, Some(0));
        for line in [
            "RapidPro/Production Postgres RapidPro User: not there, DATABASE\n",
            "  server: to be filled by hand: the database has it\n",
            "  password: 43 letters and digits\n",
            "RapidPro/Production SMTP: there\n  password: to be filled by hand: the mail's provider gives it\n",
            "RapidPro/Production Mailroom: there\n  token: 43 letters and digits\n",
            "  secret key: 64 letters and digits\n",
            "  key: not made: no setting of this release reads it\n",
            "nothing was written: `--write` makes what 4 items lack\n",
        ] {
            assert!(listed.contains(line), "{line}{listed}");
        }
        assert_eq!(std::fs::read(folder.join("vault.yml")).expect("the vault"), before);

        let (code, told, why) = home.run(folder, &["vault", "create", "production", "--write", "--json", "-vv"], "");
        assert_eq!(code, Some(0), "{why}");
        let told: Value = serde_json::from_str(&told).expect("a report");
        let written = told["items"].as_array().expect("items").iter().filter(|item| item["written"] == true).count();
        assert_eq!(written, 4, "{told:#}");
        let token = home.get(folder, "op://RapidPro/Production Mailroom/token");
        let password = home.get(folder, "op://RapidPro/Production Postgres RapidPro User/password");
        let key = home.get(folder, "op://RapidPro/Production Django/secret key");
        assert_eq!([token.len(), password.len(), key.len()], [43, 43, 64]);
        let distinct: BTreeSet<&String> = [&token, &password, &key].into();
        assert!(distinct.len() == 3 && distinct.iter().all(|it| it.bytes().all(|b| b.is_ascii_alphanumeric())));
        for secret in distinct {
            assert!(!why.contains(secret.as_str()) && !told.to_string().contains(secret.as_str()));
        }
        assert_eq!(home.get(folder, "op://RapidPro/Production Postgres RapidPro User/server"), "");
        assert_eq!(home.get(folder, "op://RapidPro/Production Mailroom/other"), "FAKE-other");

        // What is there now stays, and what is to be filled by hand is all that is left.
        let vault = std::fs::read(folder.join("vault.yml")).expect("the vault");
        let (code, again, _) = home.run(folder, &["vault", "create", "production", "--write"], "");
        assert!(code == Some(0) && !again.contains("generated"), "{again}");
        assert_eq!(std::fs::read(folder.join("vault.yml")).expect("the vault"), vault);
        assert_eq!(again.matches("to be filled by hand").count(), 5, "{again}");
    });
}

#[test]
fn what_create_made_and_put_filled_renders() {
    on_both("plaintext: true\nvaults: [{name: RapidPro}]\n", &[], |home, folder| {
        let done = home.run(folder, &["vault", "create", "production", "--write", "--json"], "");
        let told: Value = serde_json::from_str(&done.1).expect("a report");
        let fields =
            told["items"].as_array().expect("items").iter().flat_map(|i| i["fields"].as_array().expect("fields"));
        let by_hand: Vec<&str> =
            fields.filter(|field| field["made"] == "by hand").filter_map(|field| field["reference"].as_str()).collect();
        assert_eq!(by_hand.len(), 6, "{told:#}");
        let check = ["check", "production", "--resolve"];
        assert_eq!(home.run(folder, &check, "").0, Some(1), "an empty field is found");
        for reference in by_hand {
            let value = if reference.ends_with("server") { "db.internal\n" } else { "FAKEVALUEBYHAND00001\n" };
            let (code, _, why) = home.run(folder, &["vault", "put", reference], value);
            assert_eq!(code, Some(0), "{reference}: {why}");
        }
        let (code, _, why) = home.run(folder, &["render", "production", "--out", "out"], "");
        assert_eq!(code, Some(0), "{why}");
    });
}

#[test]
fn put_writes_one_value_and_nothing_over_another() {
    on_both(SPARSE, &[], |home, folder| {
        let put = |reference: &str, args: &[&str], input: &str| {
            home.run(folder, &[&["vault", "put", reference], args].concat(), input)
        };
        let password = "op://RapidPro/Production SMTP/password";
        assert_eq!(put(password, &[], "FAKE pass\n").1, format!("wrote {password}: the field had no value\n"));
        let (code, out, why) = put(password, &[], "FAKE-2\n");
        assert!(
            code == Some(2) && out.is_empty() && why.contains("add `--overwrite`") && !why.contains("FAKE"),
            "{why}"
        );
        assert_eq!(home.get(folder, password), "FAKE pass");
        assert_eq!(
            put(password, &["--overwrite"], "FAKE-3").1,
            format!("wrote {password}: the former value is gone\n")
        );
        assert_eq!(home.get(folder, password), "FAKE-3");

        let several = "-----BEGIN KEY-----\nFAKE\n-----END KEY-----\n";
        let key = "op://RapidPro/Keys/ssh/key";
        assert_eq!(put(key, &[], several).1, format!("wrote {key}: a new item\n"));
        assert_eq!(home.run(folder, &["vault", "get", key], "").1, format!("{several}\n"), "a whole file stays whole");
        let hex = "op://RapidPro/Production Mailroom/obfuscation";
        assert_eq!(put(hex, &["--generate=hex"], "").1, format!("wrote {hex}: a new field of the item\n"));
        let made = home.get(folder, hex);
        assert!(made.len() == 32 && made.bytes().all(|b| b.is_ascii_hexdigit()), "{made}");
        assert_eq!(put("op://RapidPro/Keys/SSH/token", &["--generate"], "").0, Some(0));
        assert_eq!(home.get(folder, "op://RapidPro/Keys/ssh/token").len(), 43);

        for (reference, input, code, part) in [
            ("op://RapidPro/Production SMTP/username?attribute=otp", "x", 2, "only a field's value can be written"),
            ("op://RapidPro/Production SMTP/other", "", 2, "standard input is empty"),
            ("op://Nowhere/x/y", "x", 3, "no vault `Nowhere`"),
            ("op://RapidPro/Production SMTP/Nowhere/y", "x", 3, "has no section `Nowhere`"),
        ] {
            let (found, out, why) = put(reference, &[], input);
            assert!(found == Some(code) && out.is_empty() && why.contains(part), "{reference}: {found:?} {why}");
        }
    });
}

#[test]
fn op_is_only_read() {
    let project = project();
    for command in [&["vault", "put", "op://a/b/c"][..], &["vault", "create", "production", "--write"]] {
        let output = rpconf(project.path(), None, &[command, &["--vault", "op"]].concat());
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && why.contains("rpconf only reads through the `op` program"), "{why}");
    }
}

#[test]
fn a_token_that_reads_only_says_so() {
    let project = project();
    std::fs::write(project.path().join("vault.yml"), SPARSE).expect("a vault");
    let server = Server::start(project.path(), &["--grant", "RapidPro"]);
    for command in [
        &["vault", "put", "op://RapidPro/New/password", "--generate"][..],
        &["vault", "create", "production", "--write"],
    ] {
        let output = rpconf(project.path(), Some(&server.host), command);
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(3) && why.contains("may not write to the vault `RapidPro`"), "{why}");
    }
}

#[test]
fn a_run_that_breaks_off_says_so_and_the_next_one_goes_on() {
    let project = project();
    let folder = project.path();
    std::fs::write(folder.join("vault.yml"), SPARSE).expect("a vault");
    let server = Server::start(folder, &["--fail", "reset*1@POST"]);
    let home = Home::Server(server);
    let (code, told, why) = home.run(folder, &["vault", "create", "production", "--write"], "");
    assert!(code == Some(3) && why.contains("nobody knows whether it was written"), "{why}");
    assert!(told.starts_with("RapidPro/Production Postgres RapidPro User: not there"), "{told}");
    let (code, _, why) = home.run(folder, &["vault", "create", "production", "--write"], "");
    assert_eq!(code, Some(0), "{why}");
    let (_, listed, _) = home.run(folder, &["vault", "ls", "RapidPro"], "");
    assert_eq!(listed.matches("Production Postgres").count(), 1, "{listed}");
}

#[test]
fn an_encrypted_file_stays_closed_for_whom_it_lists() {
    let project = project();
    let folder = project.path();
    let [one, other] = [age::x25519::Identity::generate(), age::x25519::Identity::generate()];
    for (name, identity) in [("one", &one), ("other", &other)] {
        std::fs::write(folder.join(name), identity.to_string().expose_secret()).expect("an identity");
    }
    let (one, other) = (one.to_public().to_string(), other.to_public().to_string());
    let text = format!("recipients: [{one}, {other}]\n{}", SPARSE.trim_start());
    std::fs::write(folder.join("plain.yml"), text).expect("a vault");
    let run = |identity: &str, args: &[&str]| {
        let mut command = Command::new(RPCONF);
        command.args(args).current_dir(folder).env("RPCONF_AGE_IDENTITY", identity).stdin(Stdio::null());
        let output = command.output().expect("rpconf");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let encrypt = ["vault", "encrypt", "plain.yml", "--to", &one, "--out", "closed.age"];
    assert_eq!(run("one", &encrypt), (Some(0), "wrote closed.age\n".to_string()));
    let vault = ["--vault", "file:closed.age"];
    let reference = "op://RapidPro/New/token";
    let put = [&["vault", "put", reference, "--generate"][..], &vault].concat();
    assert_eq!(run("one", &put), (Some(0), format!("wrote {reference}: a new item\n")));
    assert!(std::fs::read_to_string(folder.join("closed.age")).is_ok_and(|text| text.starts_with("-----BEGIN AGE")));
    let get = [&["vault", "get", reference][..], &vault].concat();
    let (code, value) = run("other", &get);
    assert_eq!((code, value.len()), (Some(0), 44), "{value}");
    assert_eq!(run("one", &get).1, value);
}

const ROTATING: &str = r#"
plaintext: true
vaults:
  - name: RapidPro
    items:
      - title: Production Mailroom
        sections: [{id: rpconf-rotation, label: rpconf-rotation}]
        fields:
          - {label: token, value: FAKE-token}
          - {label: rotation, section: rpconf-rotation, value: "RECORD"}
"#;

#[test]
fn an_item_whose_rotation_is_open_stays_as_it_is() {
    let reference = "op://RapidPro/Production Mailroom/token";
    let put = ["vault", "put", reference, "--overwrite"];
    on_both(&ROTATING.replace("RECORD", "{}"), &[], |home, folder| {
        let (code, _, why) = home.run(folder, &put, "FAKE-other");
        assert_eq!((code, home.get(folder, reference).as_str()), (Some(3), "FAKE-token"), "{why}");
        assert!(why.contains("a rotation of the item of op://RapidPro/Production Mailroom/token is open"), "{why}");
    });
    on_both(&ROTATING.replace("RECORD", ""), &[], |home, folder| {
        let (code, _, why) = home.run(folder, &put, "FAKE-other");
        assert_eq!((code, home.get(folder, reference).as_str()), (Some(0), "FAKE-other"), "{why}");
    });
}
