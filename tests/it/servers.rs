//! Real servers, with a password that holds each printable character of ASCII, take what was rendered: PostgreSQL over
//! SCRAM, Redis, and nginx. Each is started here on a free port, and ends with its test.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::deployment::{AWKWARD_USER, Deployment, RELEASES, awkward_secret, python, release_python};
use crate::parts::postgres::Postgres;
use crate::urls::urls;

/// A server of its own, stopped when it is dropped, with everything that it wrote.
struct Server {
    child: Child,
    _folder: TempDir,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A folder and commands of a user without privileges: PostgreSQL refuses to be root.
pub fn unprivileged_folder() -> (TempDir, Option<u32>) {
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().expect("a folder");
    let root = std::fs::metadata("/proc/self").expect("/proc").uid() == 0;
    if root {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("a folder of nobody's");
    }
    (folder, root.then_some(NOBODY))
}

pub fn command(program: &Path, user: Option<u32>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command
}

/// Tries until it is so.
pub fn wait(what: &str, mut ready: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !ready() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn postgres() -> Postgres {
    let postgres = Postgres::start(&[]);
    let quoted = awkward_secret().replace('\'', "''");
    postgres.sql("postgres", &format!("create role \"{AWKWARD_USER}\" login password '{quoted}'"));
    postgres.sql("postgres", &format!("create database rapidpro owner \"{AWKWARD_USER}\""));
    postgres
}

fn redis() -> Server {
    let (folder, user) = unprivileged_folder();
    let port = free_port();
    let quoted = awkward_secret().replace('\\', "\\\\").replace('"', "\\\"");
    let mut child = command(Path::new("redis-server"), user)
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .expect("redis-server is missing: run tests/run");
    let folder_path = folder.path().display();
    let settings = format!("port {port}\nbind 127.0.0.1\ndir {folder_path}\nsave \"\"\nrequirepass \"{quoted}\"\n");
    child.stdin.take().expect("its input").write_all(settings.as_bytes()).expect("its settings");
    let server = Server { child, _folder: folder, port };
    wait("Redis", || asks_for_a_password(port));
    server
}

/// Whether Redis answers a stranger, and refuses.
fn asks_for_a_password(port: u16) -> bool {
    let mut answer = [0; 7];
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(b"PING\r\n")?;
        stream.read_exact(&mut answer)
    });
    asked.is_ok() && answer == *b"-NOAUTH"
}

/// What psql, which is libpq, answers to a query through a URL alone.
fn psql(url: &str) -> Result<String, String> {
    let done = Command::new("psql").args(["-XAtc", "select current_user, current_database()", url]).output();
    let done = done.expect("psql is missing (postgresql-client): run tests/run");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_string();
    if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
}

#[test]
fn every_rendered_url_and_django_itself_log_in() {
    let (postgres, redis) = (postgres(), redis());
    for release in RELEASES {
        let deployment = Deployment::awkward(release, postgres.port, redis.port);
        let urls: Vec<String> =
            urls(&deployment).into_iter().map(|(_, url)| url).filter(|url| !url.starts_with("smtp:")).collect();

        let dsns: Vec<&String> = urls.iter().filter(|url| url.starts_with("postgres:")).collect();
        for dsn in &dsns {
            assert_eq!(psql(dsn), Ok(format!("{AWKWARD_USER}|rapidpro")), "{release}: {dsn}");
        }
        let wrong = dsns[0].replacen("%7E@", "@", 1).replacen("~@", "@", 1);
        assert!(wrong != *dsns[0] && psql(&wrong).is_err_and(|why| why.contains("authentication failed")));

        let answers = python(&release_python("26.2"), "urls.py", &[&"login", &json!(urls).to_string()]);
        for (url, answer) in urls.iter().zip(answers.as_array().expect("an array")) {
            let expect = match url.starts_with("postgres:") {
                true => json!([AWKWARD_USER, "rapidpro"]),
                false => json!([true, "15"]),
            };
            let found = json!([answer[0], answer[1].as_i64().map_or(answer[1].clone(), |db| json!(db.to_string()))]);
            assert_eq!(found, expect, "{release}: {url}");
        }
        check_django(&deployment, release);
    }
}

/// Django's own connections, with the libraries that the release pins.
fn check_django(deployment: &Deployment, release: &str) {
    let found = deployment.django("django_login.py", "one", release);
    let second = if release == "5.2" { "direct" } else { "readonly" };
    let session = json!([AWKWARD_USER, "rapidpro"]);
    assert_eq!(found["databases"], json!({"default": session, second: session}), "{release}");
    assert_eq!([&found["cache"], &found["broker"]], [&json!("hello"), &json!("hello")], "{release}");
    assert_eq!(found["keyspace"], json!(["db15"]), "{release}");
}

#[test]
fn nginx_takes_the_upstreams() {
    let deployment = Deployment::demo();
    let upstreams = deployment.path("web/nginx/rapidpro-upstreams.conf");
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    // Its own folders for bodies, so that it needs no privileges.
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let bodies: String = kinds.iter().map(|kind| format!("{kind}_temp_path {kind};\n")).collect();
    let main = format!(
        "pid pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{bodies}include {};\nserver {{\n\
         listen 127.0.0.1:{port};\nlocation /c/ {{ proxy_pass http://rapidpro_courier; }}\n\
         location /mr/ {{ proxy_pass http://rapidpro_mailroom; }}\n}}\n}}\n",
        upstreams.display(),
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, main).expect("a file");
    // Debian's place for it, which only root has on its path.
    let done =
        Command::new("/usr/sbin/nginx").args(["-t", "-q", "-p"]).arg(folder.path()).arg("-c").arg(&file).output();
    let done = done.expect("nginx is missing (nginx-light): run tests/run");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
