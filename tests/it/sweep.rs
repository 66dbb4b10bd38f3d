//! The canary sweep: a marked secret in every place that can hold one, every command in every format and on every
//! failing path, and then a search through all that was said and written. Only targets may hold a secret.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// Field of the vault's one item, the letters that mark its value, and the value. The marks survive every quoting and
/// percent-encoding; what else is in the values makes each encoding another text.
const CANARIES: &[(&str, &str, &str)] = &[
    ("db host", "zqdbhostqz", "zqdbhostqz.internal"),
    ("db port", "50431", "50431"),
    ("db user", "zqdbuserqz", "zqdbuserqz@x"),
    ("db password", "zqdbpassqz", "zqdbpassqz'\"$(id)/%"),
    ("replica", "zqreplicaqz", "zqreplicaqz \\ :@"),
    ("redis host", "zqredishostqz", "zqredishostqz.internal"),
    ("redis password", "zqredispassqz", "zqredispassqz#;?"),
    ("elastic password", "zqelasticqz", "zqelasticqz&é"),
    ("key id", "zqkeyidqz", "zqkeyidqz+/="),
    ("key secret", "zqkeysecretqz", "zqkeysecretqz`"),
    ("mail user", "zqmailuserqz", "zqmailuserqz@example.org"),
    ("mail password", "zqmailpassqz", "zqmailpassqz !{}"),
    ("mailroom", "zqmailroomqz", "zqmailroomqz|"),
    ("courier", "zqcourierqz", "zqcourierqz<>"),
    ("django", "zqdjangoqz", "zqdjangoqz\\n"),
    ("obfuscation", "5ec2e75ec2e75ec2e75ec2e75ec2e7ab", "5ec2e75ec2e75ec2e75ec2e75ec2e7ab"),
    ("explicit", "zqexplicitqz", "zqexplicitqz"),
    ("filtered", "zqfilteredqz", "zqfilteredqz 'x' /"),
    ("extra", "zqextraqz", "zqextraqz"),
    ("content", "zqcontentqz", "-----BEGIN KEY-----\nzqcontentqz\n-----END KEY-----\n"),
    ("template", "zqtemplateqz", "zqtemplateqz $ %"),
    ("fallback", "zqfallbackqz", "zqfallbackqz"),
];

const DOCUMENT: &str = r#"
vault: {name: Sweep, backend: file, file: sweep.vault.yml}
domain: example.org
brand: {name: Sweep}
hosts:
  web: {internal: 10.0.0.1, public: 192.0.2.1, services: [django, celery, beat]}
  worker: {internal: 10.0.0.2, public: 192.0.2.2, services: [courier, mailroom, archiver, indexer]}
resources:
  postgres:
    host: op://Sweep/All/db host
    port: op://Sweep/All/db port
    database: rapidpro
    user: op://Sweep/All/db user
    password: op://Sweep/All/db password
    sslmode: require
    readonly: {password: op://Sweep/All/replica}
  redis: {host: op://Sweep/All/redis host, db: 1, password: op://Sweep/All/redis password}
  elasticsearch: {url: "https://search:9200", user: elastic, password: op://Sweep/All/elastic password}
  s3:
    region: eu-west-1
    credentials: keys
    access_key_id: op://Sweep/All/key id
    secret_access_key: op://Sweep/All/key secret
    buckets: {attachments: a, archives: b, logs: c}
  dynamo: {table_prefix: Main}
  smtp: {host: mail, port: 587, user: op://Sweep/All/mail user, password: op://Sweep/All/mail password, from: a@example.org}
  mailroom: {auth_token: op://Sweep/All/mailroom}
  courier: {auth_token: op://Sweep/All/courier}
  obfuscation_key: op://Sweep/All/obfuscation
services:
  django:
    SECRET_KEY: op://Sweep/All/django
    SECRET_KEY_FALLBACKS: [op://Sweep/All/fallback]
  courier:
    COURIER_SENTRY_DSN: "https://{{ op('op://Sweep/All/explicit') | urlencode }}@sentry.example.org/1"
    extra:
      X_PLAIN: op://Sweep/All/extra
      X_URL: "{{ op('op://Sweep/All/filtered') | urlencode }}"
      X_PYTHON: "{{ op('op://Sweep/All/filtered') | python | urlencode }}"
      X_BASE64: "{{ op('op://Sweep/All/filtered') | b64encode }}"
      X_SHA256: "{{ op('op://Sweep/All/filtered') | sha256 }}"
  archiver: {delete: true}
outputs:
  key: {content: op://Sweep/All/content, hosts: [web], path: /etc/key.pem}
  conf: {template: conf.j2, hosts: [web], path: /etc/conf}
"#;

const TEMPLATE: &str = "{{ op('op://Sweep/All/template') }}\n{{ op('op://Sweep/All/template') | b64encode }}\n{{ resources.redis.password }}\n";

struct Sweep {
    folder: tempfile::TempDir,
    needles: Vec<String>,
}

impl Sweep {
    fn new(release: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sweep =
            Self { folder, needles: CANARIES.iter().flat_map(|(_, mark, value)| needles(mark, value)).collect() };
        sweep.write("env/sweep.yml", format!("release: \"{release}\"{DOCUMENT}"));
        sweep.write("templates/conf.j2", TEMPLATE);
        sweep.write("tmp/.keep", "");
        sweep.vault(CANARIES);
        sweep
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn vault(&self, canaries: &[(&str, &str, &str)]) {
        let field = |(label, _, value): &(&str, &str, &str)| {
            format!("{{label: {label}, type: CONCEALED, value: {}}}", serde_json::json!(value))
        };
        let fields: Vec<String> = canaries.iter().map(field).collect();
        let items = format!("[{{title: All, fields: [{}]}}]", fields.join(", "));
        self.write("env/sweep.vault.yml", format!("plaintext: true\nvaults: [{{name: Sweep, items: {items}}}]\n"));
    }

    /// The same vault, with another value for one field.
    fn vault_with(&self, field: &str, value: &str) {
        let mark = CANARIES.iter().find(|(label, ..)| *label == field).unwrap().1;
        let changed = CANARIES.iter().map(|c| if c.0 == field { (field, mark, value) } else { *c });
        self.vault(&changed.collect::<Vec<_>>());
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Runs a command, searches what it says and what stands in the folder after it, and answers its exit code.
    fn run(&self, arguments: &[&str]) -> i32 {
        let done = Command::new(env!("CARGO_BIN_EXE_rpconf"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        self.search(&done.stdout, &format!("{arguments:?}: stdout"));
        self.search(&done.stderr, &format!("{arguments:?}: stderr"));
        assert!(!String::from_utf8_lossy(&done.stderr).contains("panicked"), "{arguments:?}");
        for file in files(self.folder.path()) {
            let name = file.strip_prefix(self.folder.path()).unwrap().to_str().unwrap();
            self.search(name.as_bytes(), &format!("{arguments:?}: a file's name"));
            if !is_source(name) && !is_target(name) {
                self.search(&fs::read(&file).unwrap(), &format!("{arguments:?}: {name}"));
            }
        }
        done.status.code().unwrap()
    }

    fn search(&self, bytes: &[u8], what: &str) {
        let text = String::from_utf8_lossy(bytes);
        if let Some(needle) = self.needles.iter().find(|needle| text.contains(needle.as_str())) {
            panic!("{what} holds {needle}:\n{text}");
        }
    }

    /// Runs what must fail at every verbosity, and everything that looks at it.
    fn fails(&self, exit: i32, arguments: &[&str]) {
        for verbosity in [&[][..], &["-v"], &["-vv"], &["-q"]] {
            let all = [arguments, verbosity].concat();
            assert_eq!(self.run(&all), exit, "{all:?}");
        }
        for command in
            [&["check", "sweep"][..], &["check", "sweep", "--json"], &["explain", "sweep"], &["refs", "sweep"]]
        {
            self.run(command);
        }
        self.run(&["render", "sweep", "--json", "--out", "out/failing"]);
        self.run(&["check", "sweep", "--resolve"]);
        assert!(!self.path("out/failing").exists(), "{arguments:?} wrote something");
    }
}

/// What of a canary is searched for: its mark, that inside of Base64 at each of the three offsets and in hexadecimal,
/// and the value's digest.
fn needles(mark: &str, value: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut found = vec![mark.to_string(), STANDARD.encode(value), hex(mark.as_bytes()), hex(&Sha256::digest(value))];
    for offset in 0..3 {
        let text = STANDARD.encode(format!("{}{mark}", "x".repeat(offset)));
        // The first and the last letters also depend on the neighbours.
        found.push(text.get(4..text.len() - 4).unwrap_or_default().to_string());
    }
    if mark.len() == 32 {
        // Django's form of the obfuscation key.
        let parts = (0..4).map(|at| u32::from_str_radix(&mark[at * 8..at * 8 + 8], 16).unwrap().to_string());
        found.extend(parts);
    }
    found.retain(|needle| needle.len() >= 5);
    found
}

fn is_source(name: &str) -> bool {
    name.starts_with("env/") && !name.ends_with(".lock") || name.starts_with("templates/")
}

/// A file that a service reads; the manifest and what is staged beside targets are none.
fn is_target(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let private = base == "manifest.json" || (base.starts_with('.') && base != ".env");
    name.starts_with("out/") && !private
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

const FORMATS: &[&str] = &["systemd", "shell", "docker", "compose", "dotenv", "json", "python", "python-fragment"];

#[test]
fn a_secret_reaches_its_targets_and_nothing_else() {
    let mut reached = BTreeSet::new();
    for release in ["9.2", "26.2", "26.4"] {
        let sweep = Sweep::new(release);
        for verbosity in [&[][..], &["-v"], &["-vv"], &["-q"]] {
            for command in [
                &["check", "sweep"][..],
                &["check", "sweep", "--json"],
                &["check", "sweep", "--format", "sarif"],
                &["check", "sweep", "--format", "github"],
                &["check", "sweep", "--resolve"],
                &["explain", "sweep"],
                &["explain", "sweep", "--json"],
                &["upgrade", "sweep", "--to", release],
                &["refs", "sweep"],
                &["refs", "sweep", "--json"],
                &["render", "sweep", "--out", "out/whole"],
                &["render", "sweep", "--out", "out/whole", "--json"],
                &["render", "sweep", "--out", "out/whole", "--check"],
            ] {
                assert_eq!(sweep.run(&[command, verbosity].concat()), 0, "{command:?}");
            }
        }
        for format in FORMATS {
            // A format may refuse some values; what it says of them is searched all the same.
            sweep.run(&["render", "sweep", "--format", format, "--out", &format!("out/{format}"), "-vv"]);
        }
        for file in files(&sweep.path("out")) {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
            assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
            let text = fs::read_to_string(&file).unwrap();
            let held = CANARIES.iter().filter(|(_, mark, value)| needles(mark, value).iter().any(|n| text.contains(n)));
            reached.extend(held.map(|(label, ..)| *label));
        }
    }
    // What never arrives would prove nothing by its absence elsewhere.
    let missing: Vec<&str> =
        CANARIES.iter().map(|(label, ..)| *label).filter(|label| !reached.contains(label)).collect();
    assert_eq!(missing, [] as [&str; 0]);
}

#[test]
fn no_refusal_tells_a_secret() {
    let render = &["render", "sweep", "--out", "out/failing"][..];
    let stdout = &["render", "sweep", "--stdout"][..];
    let reveal = &["explain", "sweep", "--reveal"][..];
    for (field, value) in [
        ("db host", "zqdbhostqz and more"),
        ("db port", "zq50431"),
        ("db port", "504310"),
        ("obfuscation", "5ec2e75ec2e75ec2e75ec2e75ec2e7"),
        ("mailroom", "zqmailroomqz\0"),
        ("courier", ""),
    ] {
        let sweep = Sweep::new("26.4");
        sweep.vault_with(field, value);
        sweep.fails(1, render);
        sweep.fails(1, stdout);
    }
    for (field, value) in [("redis host", "http://zqredishostqz"), ("django", "")] {
        let sweep = Sweep::new("9.2");
        sweep.vault_with(field, value);
        sweep.run(reveal);
        sweep.fails(1, render);
    }
    let sweep = Sweep::new("9.2");
    sweep.vault_with("courier", "zqcourierqz\nExecStart=");
    assert_eq!(sweep.run(&["render", "sweep", "--format", "docker", "--out", "out/failing", "-vv"]), 1);
    assert!(!sweep.path("out").exists());
}

#[test]
fn no_vault_that_fails_tells_a_secret() {
    let whole = fs::read_to_string(Sweep::new("9.2").path("env/sweep.vault.yml")).unwrap();
    let render = &["render", "sweep", "--out", "out/failing"][..];
    let twice = whole.replace("[{title: All", "[{title: All, fields: []}, {title: All");
    let mark = whole.find("zqcourierqz").unwrap();
    for (exit, text) in [
        (3, whole.replace("title: All", "title: Al")),
        (3, whole.replace("label: courier", "label: zzz")),
        (3, twice),
        (3, whole.replace("label: django", "label: courier")),
        (3, whole.replace("plaintext: true", "plaintext: false")),
        (3, whole.replace("fields: [", "feilds: [")),
        (3, whole.replace("value: \"zq", "value: !!binary \"zq")),
        (3, whole.replace("value: \"zqcourierqz", "valeu: \"zqcourierqz")),
        (3, whole[..mark + 11].to_string()),
        (3, whole[..mark + 3].to_string()),
        (3, whole.replace("\"zqcourierqz<>\"", "zqcourierqz: {a: b")),
        (3, whole.replace("\"zqcourierqz<>\"", "[zqcourierqz]")),
        (3, whole.replace("\"zqcourierqz<>\"", "*zqcourierqz")),
        (3, whole.replace("{label: courier", "{label: courier, label: zqcourierqz")),
        (3, whole.replace("\"zqcourierqz<>\"", "\"zqcourierqz\\q\"")),
        (3, format!("{whole}\n\tzqcourierqz")),
        (3, "zqcourierqz".to_string()),
    ] {
        let sweep = Sweep::new("9.2");
        sweep.write("env/sweep.vault.yml", &text);
        sweep.fails(exit, render);
        sweep.run(&["explain", "sweep", "--reveal"]);
        sweep.run(&["vault", "ls", "--vault", "file:env/sweep.vault.yml"]);
    }
    let sweep = Sweep::new("9.2");
    sweep.write("env/sweep.vault.yml", b"plaintext: true # \xff zqcourierqz");
    sweep.fails(3, render);
    fs::remove_file(sweep.path("env/sweep.vault.yml")).unwrap();
    sweep.fails(4, render);
}

#[test]
fn no_document_or_template_that_fails_tells_a_secret() {
    let render = &["render", "sweep", "--out", "out/failing"][..];
    for template in [
        "{{ op('op://Sweep/All/template') + 1 }}",
        "{{ op('op://Sweep/All/template').zz.zz }}",
        "{{ op('op://Sweep/All/template') | int }}",
        "{{ resources.redis.password | zz }}",
        "{{ {}[resources.redis.password].x }}",
        "{% include resources.redis.password %}",
        "{{ op(op('op://Sweep/All/template')) }}",
        "{{ debug() }}{{ zz }}",
    ] {
        let sweep = Sweep::new("9.2");
        sweep.write("templates/conf.j2", template);
        sweep.fails(1, render);
    }
    // Secrets that stand in the document, where none should.
    for (from, to) in [
        ("password: op://Sweep/All/db password", "password: zqdbpassqz"),
        ("password: op://Sweep/All/db password", "pasword: zqdbpassqz"),
        ("password: op://Sweep/All/db password", "password: [zqdbpassqz]"),
        ("password: op://Sweep/All/db password", "password: {ref: zqdbpassqz}"),
        ("password: op://Sweep/All/db password", "password: !zqdbpassqz"),
        ("password: op://Sweep/All/db password", "password: \"zqdbpassqz"),
        ("password: op://Sweep/All/db password", "password: zqdbpassqz: x"),
        ("password: op://Sweep/All/db password", "password: |\n      zqdbpassqz\n    password: zqreplicaqz"),
        ("SECRET_KEY: op://Sweep/All/django", "SECRET_KEY: zqdjangoqz"),
        ("SECRET_KEY: op://Sweep/All/django", "SECRETKEY: zqdjangoqz"),
        ("SECRET_KEY: op://Sweep/All/django", "SECRET_KEY: {python: \"'zqdjangoqz' +\"}"),
        ("X_PLAIN: op://Sweep/All/extra", "X_PASSWORD: [zqextraqz"),
        ("url: \"https://search:9200\"", "url: \"https://elastic:zqelasticqz@sea rch\""),
        ("url: \"https://search:9200\"", "url: \"https://elastic:zqelasticqz@search:9200\""),
    ] {
        let sweep = Sweep::new("9.2");
        sweep.edit("env/sweep.yml", "backend: file, file: sweep.vault.yml", "backend: connect");
        sweep.edit("env/sweep.yml", from, to);
        sweep.fails(1, render);
        sweep.run(&["check", "sweep", "--fix"]);
        sweep.run(&["check", "sweep", "--format", "sarif"]);
        sweep.run(&["check", "sweep", "--format", "github"]);
        sweep.run(&["upgrade", "sweep", "--to", "26.2"]);
        sweep.run(&["upgrade", "sweep", "--to", "26.2", "--json"]);
        sweep.run(&["upgrade", "sweep", "--to", "26.2", "--write"]);
    }
    // A plaintext vault's document may hold literals: those of settings that change are not told either.
    let sweep = Sweep::new("9.2");
    let settings =
        "  courier:\n    COURIER_LIBRATO_TOKEN: zqcourierqz\n    COURIER_REDIS: redis://:zqredispassqz@redis:6379/1\n";
    sweep.edit("env/sweep.yml", "  courier:\n", settings);
    sweep.edit("env/sweep.yml", "  django:\n", "  django:\n    FCM_API_KEY: zqdjangoqz\n");
    sweep.run(&["upgrade", "sweep", "--to", "26.2"]);
    sweep.run(&["upgrade", "sweep", "--to", "26.2", "--json"]);
    assert_eq!(sweep.run(&["upgrade", "sweep", "--to", "26.2", "--write"]), 0);
    assert!(fs::read_to_string(sweep.path("env/sweep.yml")).unwrap().contains("valkey://:zqredispassqz@"));
}

#[test]
fn no_command_line_or_disk_that_fails_tells_a_secret() {
    let sweep = Sweep::new("9.2");
    for arguments in [
        &["render", "sweep", "--token=zqcourierqz"][..],
        &["render", "sweep", "--password", "zqdbpassqz"],
        &["render", "sweep", "--OP_CONNECT_TOKEN=zqcourierqz", "-vv"],
        &["explain", "sweep", "--reveal=zqcourierqz"],
        &["--token", "zqcourierqz", "check", "sweep"],
    ] {
        assert_eq!(sweep.run(arguments), 2, "{arguments:?}");
    }
    // A target that cannot be replaced: the others are not, and what was staged is gone.
    sweep.write("out/failing/web/django/settings.py/in-the-way", "");
    assert_eq!(sweep.run(&["render", "sweep", "--out", "out/failing", "-vv"]), 4);
    assert_eq!(files(&sweep.path("out")).len(), 1);
    fs::remove_dir_all(sweep.path("out")).unwrap();
    sweep.write("out/failing", "a file");
    assert_eq!(sweep.run(&["render", "sweep", "--out", "out/failing", "-vv"]), 4);
    assert_eq!(sweep.run(&["render", "sweep", "--out", "/proc/none/out", "-vv"]), 4);
}
