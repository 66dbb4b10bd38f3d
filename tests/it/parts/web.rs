//! A host with Django and the services that it shares tokens with: mailroom and courier, which compare the token that they
//! were started with.

use std::path::PathBuf;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;

use super::outside::block_on;
use super::rotation::Stack;
use crate::deployment::{at_release, python, release_python, root};
use crate::servers::free_port;

impl Stack {
    /// The host's services replaced by those of the web, at a release.
    pub fn web(release: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let stack = Self::new();
        stack.edit(
            "env/stack.yml",
            "[courier, mailroom, archiver, indexer]",
            "[courier, mailroom, django, celery, beat]",
        );
        let document = at_release(&format!("\n{}", stack.read("env/stack.yml")), release);
        let (before, _) = document.split_once("services:\n  archiver").expect("services");
        let [mailroom, courier] = [(); 2].map(|()| free_port());
        let services = format!(
            "services:\n  django: {{SECRET_KEY: op://Stack/Django/password}}\n  mailroom: {{port: {mailroom}}}\n  \
             courier: {{port: {courier}}}\n"
        );
        stack.write("env/stack.yml", &format!("{before}{services}"));
        for (service, port, name, word) in [
            ("mailroom", mailroom, "MAILROOM_AUTH_TOKEN", "Token"),
            ("courier", courier, "COURIER_AUTH_TOKEN", "Bearer"),
        ] {
            let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a port");
            listener.set_nonblocking(true).expect("a listener");
            let comparing = Comparing { file: stack.at("running").join(service), name, word };
            let router = axum::Router::new().fallback(compare).with_state(comparing);
            std::thread::spawn(move || {
                block_on(async {
                    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                    axum::serve(listener, router).await.expect("a server");
                });
            });
        }
        stack
    }

    /// Django's settings as a host has them.
    pub fn settings(&self) -> String {
        self.read("root/home/django/app/temba/settings.py")
    }

    /// Whether mailroom or courier takes the token that a unit of the other side runs with.
    pub fn takes(&self, service: &str, other: &str, name: &str) -> bool {
        let document = self.read("env/stack.yml");
        let (_, rest) = document.split_once(&format!("  {service}: {{port: ")).expect("a port");
        let port = rest.split('}').next().expect("a number");
        let (path, word) =
            if service == "mailroom" { ("mr/flow/inspect", "Token") } else { ("c/_fetch-attachment", "Bearer") };
        let token = told(&self.read(&format!("running/{other}")), name).expect("a token");
        let request = reqwest::Client::new().post(format!("http://127.0.0.1:{port}/{path}"));
        let request = request.header("authorization", format!("{word} {token}"));
        block_on(request.send()).expect("an answer").status() == StatusCode::BAD_REQUEST
    }

    /// What a script of `tests/consumers` prints by Django's settings.
    pub fn django(&self, release: &str, settings: &str, script: &str, arguments: &[&str]) -> Value {
        self.write("asked.py", settings);
        let settings = self.at("asked.py");
        let defaults = root().join(format!("tests/django/settings_common_{release}.py"));
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&settings, &defaults];
        all.extend(arguments.iter().map(|argument| argument as &dyn AsRef<std::ffi::OsStr>));
        python(&release_python(release), script, &all)
    }
}

/// A service that read its file when it was restarted.
#[derive(Clone)]
struct Comparing {
    file: PathBuf,
    name: &'static str,
    word: &'static str,
}

async fn compare(State(it): State<Comparing>, uri: Uri, headers: HeaderMap) -> StatusCode {
    let token = told(&std::fs::read_to_string(&it.file).unwrap_or_default(), it.name);
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match (uri.path(), sent.split_once(' ')) {
        ("/mr/flow/inspect" | "/c/_fetch-attachment", Some((word, sent)))
            if word == it.word && Some(sent) == token.as_deref() =>
        {
            StatusCode::BAD_REQUEST
        }
        ("/mr/flow/inspect" | "/c/_fetch-attachment", _) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::NOT_FOUND,
    }
}

/// A setting of an environment file or of settings.py.
pub fn told(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
    line.map(|value| value.trim().trim_matches(['\'', '"']).to_string())
}
