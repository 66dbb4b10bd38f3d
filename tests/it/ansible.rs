//! Variables, inventory and the playbooks of docs/, in the hands of the real ansible-core, against this machine.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rpconf::emit::{Document, Line, format};
use rpconf::model::{Filled, Service};
use serde_json::{Value, json};

use crate::awkward;
use crate::consumers::python;
use crate::templates::block;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One of Ansible's programs, run with our own Python and nothing of the user's configuration.
fn ansible(program: &str, folder: &Path, arguments: &[&str]) -> (bool, String) {
    let python = python(Path::new(ROOT));
    let found = python.with_file_name(program);
    let settings = folder.join("none.cfg");
    std::fs::write(&settings, "[defaults]\n").expect("a file");
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let done = Command::new(&found)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .env("HOME", folder)
        .env("ANSIBLE_HOME", folder.join(".ansible"))
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_CONFIG", &settings)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| {
            panic!("{}: {error}: install the Python packages of tests/requirements.txt", found.display())
        });
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.success(), text)
}

fn interpreter() -> String {
    let python = python(Path::new(ROOT));
    let python = if python.is_absolute() { python } else { PathBuf::from("/usr/bin/python3") };
    format!("ansible_python_interpreter={}", python.display())
}

fn executable(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn jinja_expands_nothing() {
    let mut strings = [awkward::strings(), awkward::many_strings()].concat();
    strings.extend(
        [
            "{{ 7 * 7 }}",
            "{% raw %}",
            "{% endraw %}",
            "{# c #}",
            "{{ lookup('env', 'HOME') }}",
            "!unsafe x",
            "0123",
            "1_0",
            "true",
            "null",
            "2020-01-01",
            "=",
            "<<",
        ]
        .map(str::to_string),
    );
    strings.retain(|text| text.len() < 1000 && !text.contains('\0'));
    let settings: Vec<(String, Filled)> =
        strings.iter().enumerate().map(|(at, text)| (format!("A{at:04}"), Filled::string(text))).collect();
    let lines: Vec<Line> =
        settings.iter().map(|(name, value)| Line { name, value, variable: false, secret: true }).collect();
    let document = Document { service: Service::Courier, environment: "demo", lines: &lines };
    let bytes = format("ansible-vars").expect("a format").write(&document).expect("every value");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("vars.yml"), bytes).expect("a file");
    let book = format!("{ROOT}/tests/consumers/ansible_values.yml");
    let (file, out) = (folder.path().join("vars.yml"), folder.path().join("out.json"));
    let variables = [format!("file={}", file.display()), format!("out={}", out.display()), interpreter()];
    let arguments: Vec<&str> = ["-i", "localhost,", &book]
        .into_iter()
        .chain(variables.iter().flat_map(|variable| ["-e", variable.as_str()]))
        .collect();
    let (done, text) = ansible("ansible-playbook", folder.path(), &arguments);
    assert!(done, "{text}");
    let read: Value = serde_json::from_slice(&std::fs::read(out).expect("what arrived")).expect("JSON");
    for (name, value) in &settings {
        let Filled::String(value) = value else { continue };
        assert!(read[name] == json!(value), "{name}: {value:.80?}");
    }
    assert!(settings.len() > 800);
}

/// A project whose files root owns, with the playbooks of a page, a `systemctl` that writes down what it is asked, and
/// the inventory's script.
fn project(folder: &Path, page: &str) {
    for part in ["env", "templates"] {
        std::fs::create_dir(folder.join(part)).expect("a folder");
        for file in std::fs::read_dir(Path::new(ROOT).join(part)).expect("a folder").flatten() {
            std::fs::copy(file.path(), folder.join(part).join(file.file_name())).expect("a copy");
        }
    }
    let whoami = Command::new("id").arg("-un").output().expect("id").stdout;
    let user = String::from_utf8_lossy(&whoami).trim().to_string();
    let group = String::from_utf8_lossy(&Command::new("id").arg("-gn").output().expect("id").stdout).trim().to_string();
    let outputs: String = ["django", "courier", "mailroom", "archiver", "indexer", "nginx"]
        .map(|name| format!("  {name}: {{owner: {user}, group: {group}}}\n"))
        .concat();
    std::fs::write(folder.join("env/trial.yml"), format!("extends: demo\noutputs:\n{outputs}")).expect("a file");
    std::fs::write(folder.join("play.yml"), block(page, "yaml")).expect("a file");
    let script = block("docs/ansible-push.md", "sh").replace("production", "trial");
    executable(&folder.join("inventory/trial"), &script);
    executable(&folder.join("bin/systemctl"), "#!/bin/sh\necho \"$@\" >> \"$HOME/asked\"\n");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rpconf"), folder.join("bin/rpconf")).expect("a link");
}

fn asked(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("asked")).unwrap_or_default();
    let _ = std::fs::remove_file(folder.join("asked"));
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    lines.sort();
    lines
}

fn play(folder: &Path, more: &[&str]) -> (bool, String) {
    let (python, root) = (interpreter(), format!("root={}", folder.join("root").display()));
    let mut arguments = vec!["-i", "inventory/trial", "play.yml", "-vvv", "--diff", "-e", "env=trial", "-e", &python];
    arguments.extend(["-e", &root, "-e", "ansible_connection=local", "-e", "ansible_become=false"]);
    arguments.extend(more);
    ansible("ansible-playbook", folder, &arguments)
}

#[test]
fn the_inventory_is_one_to_ansible() {
    let folder = tempfile::tempdir().expect("a folder");
    project(folder.path(), "docs/ansible-push.md");
    let (done, text) = ansible("ansible-inventory", folder.path(), &["-i", "inventory/trial", "--list"]);
    assert!(done && !text.contains("WARNING"), "{text}");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(list["django"]["hosts"], json!(["web"]));
    assert_eq!(list["mailroom"]["hosts"], json!(["worker"]));
    assert_eq!(list["_meta"]["hostvars"]["worker"]["ansible_host"], json!("198.51.100.11"));
    let (done, text) = ansible("ansible-inventory", folder.path(), &["-i", "inventory/trial", "--host", "web"]);
    let web: Value = serde_json::from_str(&text).expect("JSON");
    assert!(done);
    assert_eq!(web["rpconf_files"][0]["dest"], json!("/home/django/app/temba/settings.py"));
    assert!(!text.contains("FAKE"), "{text}");
}

#[test]
fn push_puts_files_in_their_places_and_restarts_what_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    project(folder, "docs/ansible-push.md");
    let files = [
        ("home/django/app/temba/settings.py", 0o640, "web/django/settings.py"),
        ("home/courier/app/environment", 0o600, "worker/courier/environment"),
        ("home/mailroom/app/environment", 0o600, "worker/mailroom/environment"),
        ("home/rapidpro-archiver/app/environment", 0o600, "worker/archiver/environment"),
        ("home/rapidpro-indexer/app/environment", 0o600, "worker/indexer/environment"),
        ("etc/nginx/conf.d/rapidpro-upstreams.conf", 0o644, "web/nginx/rapidpro-upstreams.conf"),
    ];
    for (file, ..) in &files {
        std::fs::create_dir_all(folder.join("root").join(file).parent().expect("a folder")).expect("a folder");
    }
    let (done, text) = play(folder, &[]);
    assert!(done, "{text}");
    assert!(!text.contains("FAKE"), "a secret is in what Ansible tells");
    for (file, mode, source) in files {
        let path = folder.join("root").join(file);
        let built = std::fs::read(folder.join("build/trial").join(source)).expect("what was compiled");
        assert!(std::fs::read(&path).expect("a file") == built, "{file}");
        assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o7777, mode, "{file}");
    }
    let restarted = asked(folder);
    assert_eq!(restarted.len(), 8, "{restarted:?}");
    assert!(restarted.contains(&"reload nginx.service".to_string()), "{restarted:?}");
    let (done, text) = play(folder, &[]);
    assert!(done && asked(folder).is_empty(), "a second run finds nothing to do: {text}");
    let vault = std::fs::read_to_string(folder.join("env/demo.vault.yml")).expect("the vault");
    std::fs::write(folder.join("env/demo.vault.yml"), vault.replace("FAKE-courier-token", "FAKE-other-token"))
        .expect("a file");
    let (done, text) = play(folder, &[]);
    assert!(done && !text.contains("FAKE"), "{text}");
    // Mailroom sends by courier, with the same token.
    assert_eq!(asked(folder), ["restart courier.service", "restart mailroom.service"]);
}

#[test]
fn pull_installs_what_a_host_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    project(folder, "docs/ansible-pull.md");
    let program = format!("program={}", env!("CARGO_BIN_EXE_rpconf"));
    let more = [
        "-e",
        &program,
        "-e",
        "connect_host=https://connect.internal",
        "-e",
        "connect_token=FAKE-connect-token",
        "--limit",
        "worker",
    ];
    let (done, text) = play(folder, &more);
    assert!(done, "{text}");
    let shown = text.replace("connect_token=FAKE-connect-token", "");
    assert!(!shown.contains("FAKE-connect-token"), "the token is in what Ansible tells");
    let etc = folder.join("root/etc/rpconf");
    let token = etc.join("connect-token");
    assert_eq!(std::fs::read_to_string(&token).expect("the token"), "FAKE-connect-token");
    assert_eq!(token.metadata().expect("the token").permissions().mode() & 0o7777, 0o600);
    let check = Command::new(env!("CARGO_BIN_EXE_rpconf")).arg("-C").arg(&etc).args(["check", "trial"]).output();
    assert!(check.expect("rpconf").status.success(), "the host has a whole project");
    for unit in ["rpconf-apply@.service", "rpconf-apply@.timer"] {
        let installed = std::fs::read_to_string(folder.join("root/etc/systemd/system").join(unit)).expect("a unit");
        let template = std::fs::read_to_string(folder.join(format!("templates/{unit}.j2"))).expect("a template");
        assert!(installed == template && !template.contains("{{"), "{unit}");
    }
    let expected = ["daemon-reload", "enable --now rpconf-apply@trial.timer", "start rpconf-apply@trial.service"];
    assert_eq!(asked(folder), expected);
}
