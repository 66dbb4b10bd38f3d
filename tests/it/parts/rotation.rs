//! A whole deployment that the real program rotates: PostgreSQL, Redis, a vault file or a server over one, and a host in a
//! folder, whose `systemctl` hands the rendered files to clients.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use crate::connect::Server;
use crate::deployment::awkward_secret;
use crate::parts::load::log_in;
use crate::parts::moto::Moto;
use crate::parts::outside::block_on;
use crate::parts::pair::{OWNER, deployed};
use crate::parts::postgres::Postgres;
use crate::parts::redis::{RedisServer, Users};
use crate::parts::store;
use crate::servers::wait;

/// User, number of the account, variable of the database's URL, variable of Redis's.
pub const SERVICES: [(&str, u32, &str, Option<&str>); 4] = [
    ("mailroom", 1002, "MAILROOM_DB", Some("MAILROOM_REDIS")),
    ("courier", 1001, "COURIER_DB", Some("COURIER_REDIS")),
    ("rapidpro-indexer", 1004, "INDEXER_DB", None),
    ("rapidpro-archiver", 1003, "ARCHIVER_DB", None),
];

const DOCUMENT: &str = r#"release: "9.2"
vault: {name: Stack, backend: file, file: ../vault.yml}
domain: rapidpro.example.org
brand: {name: Stack}
hosts:
  worker: {internal: 127.0.0.1, services: [courier, mailroom, archiver, indexer]}
resources:
  postgres:
    host: 127.0.0.1
    port: {postgres}
    database: rapidpro
    user: op://Stack/Postgres/username
    password: op://Stack/Postgres/password
    sslmode: disable
    admin: {user: op://Stack/Admin/username, password: op://Stack/Admin/password}
  redis: {host: 127.0.0.1, port: {redis}, db: 15, password: op://Stack/Redis/password}
  elasticsearch: {url: "https://search.example.org:9200", index: contacts}
  s3:
    region: eu-west-1
    credentials: keys
    access_key_id: FAKE
    secret_access_key: op://Stack/S3/password
    buckets: {attachments: media, archives: archives, logs: logs}
  smtp: {host: smtp.example.org, port: 587, user: me@example.org, password: op://Stack/SMTP/password, from: me@example.org}
  mailroom: {auth_token: op://Stack/Mailroom/password}
  courier: {auth_token: op://Stack/Courier/password}
services:
  archiver: {delete: true}
  indexer: {poll: 5, cleanup: true}
"#;

/// The deployment.
pub struct Stack {
    temp: TempDir,
    pub postgres: Postgres,
    pub redis: RedisServer,
    served: Option<Server>,
    pub moto: Option<Moto>,
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Stack {
    /// With its vault in a file.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same, with settings of PostgreSQL.
    pub fn with(settings: &[&str]) -> Self {
        let postgres = deployed(OWNER, settings);
        let redis = RedisServer::start(Users::AclFile, &awkward_secret());
        let stack = Self { temp: tempfile::tempdir().expect("a folder"), postgres, redis, served: None, moto: None };
        for folder in ["env", "bin", "running", "root/etc"] {
            fs::create_dir_all(stack.at(folder)).expect("a folder");
        }
        let document = DOCUMENT.replace("{postgres}", &stack.postgres.port.to_string());
        stack.write("env/stack.yml", &document.replace("{redis}", &stack.redis.port.to_string()));
        stack.write("vault.yml", &vault());
        stack.host();
        stack
    }

    /// With `rpconf vault serve` in front of the file.
    pub fn served(mut self, options: &[&str]) -> Self {
        self.serve(options);
        self
    }

    /// Starts the server, or another in its place.
    pub fn serve(&mut self, options: &[&str]) {
        self.served = None;
        self.served = Some(Server::start(self.temp.path(), options));
    }

    /// Ends the server.
    pub fn gone(&mut self) {
        // What would be asked is kept: whoever asks gets no answer.
        self.served.as_mut().expect("a server").end();
    }

    fn host(&self) {
        let users = SERVICES.map(|(name, id, ..)| (name, id)).into_iter().chain([("django", 1005)]);
        let accounts: String = users.clone().map(|(name, id)| format!("{name}:x:{id}:{id}::/home/{name}:\n")).collect();
        self.write("root/etc/passwd", &format!("root:x:0:0::/root:\n{accounts}"));
        self.write("root/etc/group", &format!("root:x:0:\nwww-data:x:33:\n{accounts}"));
        let root = fs::metadata("/proc/self").expect("procfs").uid() == 0;
        for (name, id) in users {
            let home = self.at("root/home").join(name);
            fs::create_dir_all(home.join("app-versioned/1/temba")).expect("a folder");
            symlink("app-versioned/1", home.join("app")).expect("a link");
            for path in ["app", "app-versioned/1/temba", "app-versioned/1", "app-versioned", ""] {
                // Root gives folders away, as an installation does.
                if root {
                    lchown(home.join(path), Some(id), Some(id)).expect("a new owner");
                }
            }
        }
        let here = self.temp.path().display();
        // A process that was restarted has read its file anew, and none is left that had read it before.
        self.script(
            "systemctl",
            &format!(
                "[ \"$1\" = show ] && exit 0\ncd '{here}'\necho \"$*\" >> systemctl.log\n\
                 [ -e slow ] && sleep \"$(cat slow)\"\n\
                 unit=${{2%.service}}\n[ -e \"fails-$unit\" ] && exit 1\n[ -e \"keeps-$unit\" ] && exit 0\n\
                 for file in environment temba/settings.py; do\n\
                 cp \"root/home/$unit/app/$file\" running/new.$$ 2>&- && mv running/new.$$ \"running/$unit\"\ndone\n\
                 for lock in running/lock-$unit-*; do [ -e \"$lock\" ] && flock \"$lock\" true; done\nexit 0\n"
            ),
        );
    }

    /// A program that comes first in PATH.
    pub fn script(&self, name: &str, text: &str) {
        let path = format!("bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{text}"));
        fs::set_permissions(self.at(&path), fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).expect("a file");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    /// Replaces text in the document or the vault.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replace(from, to));
    }

    /// The program, with what every verb of `rotate` takes.
    pub fn rotate(&self, words: &[&str]) -> Command {
        self.rotate_as("ann", "st", words)
    }

    /// The same, by an operator with a state folder.
    pub fn rotate_as(&self, who: &str, state: &str, words: &[&str]) -> Command {
        let mut command = self.rpconf(&[&["rotate"], words].concat());
        command.env("USER", who);
        if words.first() != Some(&"status") {
            command.arg("--root").arg(self.at("root")).arg("--state").arg(self.at(state));
            command.args(["--host", "worker", "--settle", "5", "--apart", "0.05"]);
            if !words.contains(&"--soak") {
                command.args(["--soak", "0.05"]);
            }
        }
        command
    }

    /// The program.
    pub fn rpconf(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpconf"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.current_dir(self.temp.path()).args(words).stdin(Stdio::null());
        command.env("PATH", format!("{}:{path}", self.at("bin").display())).env("USER", "ann");
        if let Some(moto) = &self.moto {
            command.env("AWS_ENDPOINT_URL_IAM", &moto.address);
        }
        if let Some(served) = &self.served {
            command.args(["--vault", "connect"]).env("OP_CONNECT_HOST", &served.host);
            command.env_remove("OP_CONNECT_TOKEN").env("OP_CONNECT_TOKEN_FILE", self.at("token"));
        }
        command
    }

    /// Runs it to its end.
    pub fn say(&self, words: &[&str]) -> Said {
        said(self.rotate(words).output().expect("rpconf"))
    }

    /// The same, and expects an exit code and words in what it says.
    pub fn check(&self, words: &[&str], code: i32, expect: &str) -> Said {
        let said = self.say(words);
        said.has(code, expect);
        said
    }

    /// Writes the files for the first time, and starts the units.
    pub fn apply(&self) {
        let mut apply = self.rpconf(&["apply", "stack", "--host", "worker"]);
        let said = said(apply.arg("--root").arg(self.at("root")).output().expect("rpconf"));
        said.has(0, "files written");
        self.asked();
    }

    /// Files in place, and two logins that take turns.
    pub fn adopted(self) -> Self {
        self.apply();
        self.check(&["adopt", "stack", "postgres"], 0, "take turns");
        self
    }

    /// What `systemctl` was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        let log = self.read("systemctl.log");
        let _ = fs::remove_file(self.at("systemctl.log"));
        log.lines().map(str::to_string).collect()
    }

    /// A field of the vault file.
    pub fn field(&self, item: &str, label: &str) -> Option<String> {
        fields(&self.read("vault.yml")).remove(&(item.to_string(), label.to_string()))
    }

    /// An item's version.
    pub fn version(&self, item: &str) -> u64 {
        self.field(item, "#version").map_or(1, |text| text.parse().expect("a number"))
    }

    /// The state of the rotation that is open.
    pub fn open(&self, item: &str) -> Option<String> {
        let record: Value = serde_json::from_str(&self.field(item, "rotation")?).expect("a record");
        Some(record["state"].as_str().expect("a state").to_string())
    }

    /// What a service was rendered: the URLs of its database and of Redis.
    pub fn rendered(&self, service: &str) -> Vec<String> {
        urls(&self.read(&format!("root/home/{service}/app/environment")))
    }

    /// Journal of a target, line by line.
    pub fn journal(&self, state: &str, target: &str) -> Vec<Value> {
        let text = self.read(&format!("{state}/rotations/stack/{target}.jsonl"));
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Whether the vault's current credential of an item logs in.
    pub fn current_works(&self, item: &str) -> Result<(), String> {
        let text = self.read("vault.yml");
        let mut fields = fields(&text);
        let mut field = |label: &str| fields.remove(&(item.to_string(), label.to_string())).unwrap_or_default();
        match item {
            "Redis" => self.redis.login(&field("password")).map(drop),
            "S3" => {
                let [id, secret] = ["username", "password"].map(|label| percent(&field(label)));
                let place = self.moto().address.strip_prefix("http://").expect("an address");
                works(&format!("s3://{id}:{secret}@{place}/media/current"))
            }
            _ => works(&self.url(&field("username"), &field("password"))),
        }
    }

    /// A database's URL.
    pub fn url(&self, user: &str, password: &str) -> String {
        let mut url = Url::parse(&format!("postgres://x@127.0.0.1:{}/rapidpro", self.postgres.port)).expect("a URL");
        url.set_username(&percent(user)).expect("a user");
        url.set_password(Some(&percent(password))).expect("a password");
        url.to_string()
    }

    /// Everything at rest: no rotation open, one valid credential, every rendered file and every running unit logs in, and
    /// nothing is left over.
    pub fn at_rest(&self, item: &str) {
        assert_eq!(self.open(item), None);
        for label in ["next_password", "prev_password", "next_verifier"] {
            assert_eq!(self.field(item, label), None, "{label}");
        }
        self.current_works(item).expect("the vault's credential");
        for (service, ..) in SERVICES {
            let rendered = self.rendered(service);
            assert!(!rendered.is_empty(), "{service}");
            for url in &rendered {
                works(url).unwrap_or_else(|why| panic!("{service}: {why}"));
            }
            assert_eq!(urls(&self.read(&format!("running/{service}"))), rendered, "{service} runs on another");
            let folder = fs::read_dir(self.at(&format!("root/home/{service}/app/"))).expect("a folder");
            let names: Vec<String> =
                folder.map(|entry| entry.expect("a name").file_name().display().to_string()).collect();
            assert!(names.iter().all(|name| ["environment", "temba"].contains(&name.as_str())), "{names:?}");
        }
        if item == "Postgres" {
            let logins = "select count(*) from pg_authid where rolcanlogin and rolpassword is not null and rolname like 'temba%'";
            assert_eq!(self.postgres.sql("postgres", logins), "1", "one valid login");
        } else if item == "S3" {
            let id = self.field(item, "username").expect("an id");
            assert_eq!(self.keys(), [(id, true)], "one key");
        } else {
            let mut admin = self.redis.login(&self.field(item, "password").expect("a password")).expect("a login");
            let user = admin.send(&["ACL", "GETUSER", "default"]).expect("a user");
            let digests = user.lines().filter(|line| line.len() == 64 && line.bytes().all(|b| b.is_ascii_hexdigit()));
            assert_eq!(digests.count(), 1, "one valid password: {user}");
        }
        self.unlocked();
    }
}

impl Stack {
    /// Waits until nobody holds a lock: a server needs a moment to notice that its client died.
    pub fn unlocked(&self) {
        let locks = "select count(*) from pg_locks where locktype = 'advisory' and granted";
        wait("the lock's end", || self.postgres.sql("postgres", locks) == "0");
    }

    /// Waits until a journal says that a step began or ended.
    pub fn reaches(&self, state: &str, target: &str, phase: &str, ev: &str) {
        let is_it = |entry: &Value| entry["phase"] == phase && entry["ev"] == ev;
        wait(phase, || self.journal(state, target).last().is_some_and(is_it));
    }
}

impl Said {
    pub fn has(&self, code: i32, expect: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.out.contains(expect) || self.err.contains(expect), "no {expect:?}: {self:?}");
    }
}

/// A run that ended.
pub fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Logs in by a URL of PostgreSQL or Redis.
pub fn works(url: &str) -> Result<(), String> {
    let parsed = Url::parse(url).map_err(|error| error.to_string())?;
    if parsed.scheme() == "s3" {
        return store::works(&parsed);
    }
    if parsed.scheme() != "redis" {
        let words = |error: &tokio_postgres::Error| {
            error.as_db_error().map_or(error.to_string(), |answer| answer.message().to_string())
        };
        return block_on(log_in(url)).map_err(|error| words(&error));
    }
    let password = percent_encoding::percent_decode_str(parsed.password().unwrap_or_default()).decode_utf8_lossy();
    let port = parsed.port().expect("a port");
    let mut client = crate::parts::redis::Client::connect(port).ok_or("no connection")?;
    client.send(&["AUTH", &password])?;
    client.send(&["SELECT", "15"]).map(drop)
}

/// The URLs of databases, Redis and stores in an environment file.
pub fn urls(text: &str) -> Vec<String> {
    let names = SERVICES.iter().flat_map(|(_, _, database, redis)| [Some(*database), *redis]).flatten();
    let known: Vec<&str> = names.collect();
    let pairs = BufReader::new(text.as_bytes()).lines().map_while(Result::ok);
    let pairs =
        pairs.filter_map(|line| line.split_once('=').map(|(name, value)| (name.to_string(), value.to_string())));
    let wanted = pairs.filter(|(name, _)| known.contains(&name.as_str()));
    wanted.map(|(_, value)| value.trim_matches('\'').to_string()).chain(store::urls(text)).collect()
}

pub fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn vault() -> String {
    let mut text = "plaintext: true\nvaults:\n  - name: \"Stack\"\n    items:\n".to_string();
    let mut item = |title: &str, user: Option<&str>, password: &str| {
        text += &format!("      - title: {title:?}\n        category: \"LOGIN\"\n        fields:\n");
        let user = user.map(|user| ("username", user));
        for (id, value) in user.into_iter().chain([("password", password)]) {
            let value = Value::from(value);
            text += &format!("          - id: {id:?}\n            label: {id:?}\n            value: {value}\n");
        }
    };
    item("Postgres", Some(OWNER), &awkward_secret());
    item("Admin", Some("rotator"), "changes-0");
    item("Redis", None, &awkward_secret());
    for login in ["S3", "S3 admin"] {
        item(login, Some(&format!("ID-{login}")), &format!("FAKE-{login}"));
    }
    for other in ["SMTP", "Mailroom", "Courier", "Django"] {
        item(other, None, &format!("FAKE-{other}"));
    }
    text
}

/// Values of a vault file as rpconf writes it, by item and label; the version is `#version`.
fn fields(text: &str) -> BTreeMap<(String, String), String> {
    let (mut found, mut item, mut label) = (BTreeMap::new(), String::new(), String::new());
    for line in text.lines() {
        let Some((name, value)) = line.trim_start_matches([' ', '-']).split_once(": ") else { continue };
        let value = serde_json::from_str::<Value>(value).ok();
        let text = value.map(|value| value.as_str().map_or(value.to_string(), str::to_string)).unwrap_or_default();
        match name {
            "title" => item = text,
            "label" => label = text,
            "version" => drop(found.insert((item.clone(), "#version".to_string()), text)),
            "value" => drop(found.insert((item.clone(), label.clone()), text)),
            _ => {}
        }
    }
    found
}
