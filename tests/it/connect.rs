//! `rpconf vault serve` as tests run it, and rpconf against it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub const RPCONF: &str = env!("CARGO_BIN_EXE_rpconf");

/// A running `rpconf vault serve`, ended when dropped.
pub struct Server {
    child: Child,
    /// Its address, as OP_CONNECT_HOST has it.
    pub host: String,
}

impl Server {
    /// Serves `vault.yml` of a folder; the token is in `token` there.
    pub fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(RPCONF)
            .args(["vault", "serve", "vault.yml", "--token-file", "token", "--listen", "127.0.0.1:0"])
            .args(options)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        let host = line.trim().strip_prefix("OP_CONNECT_HOST=").expect("its address").to_string();
        Self { child, host }
    }

    fn answer(&self, path: &str, token: &str) -> String {
        let address = self.host.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split_once("\r\n\r\n").expect("a body").1.to_string()
    }

    /// One of its counters.
    pub fn counter(&self, name: &str) -> usize {
        let text = self.answer("/metrics", "");
        let found = text.lines().find_map(|line| line.strip_prefix(&format!("rpconf_vault_{name} ")));
        found.and_then(|value| value.parse().ok()).expect("a counter")
    }

    /// The JSON of a path below `/v1`.
    pub fn get(&self, path: &str, token: &str) -> Value {
        let body = self.answer(&format!("/v1{path}"), token);
        serde_json::from_str(&body).expect("JSON")
    }
}

impl Server {
    /// Ends it; its address answers no more.
    pub fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A folder with `env/production.yml` and, in `vault.yml`, what its references stand for.
pub fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("env")).expect("env");
    std::fs::copy("env/production.yml", folder.path().join("env/production.yml")).expect("the document");
    std::fs::copy("tests/vaults/production.vault.yml", folder.path().join("vault.yml")).expect("the vault");
    folder
}

/// Runs rpconf in a folder, against a server.
pub fn rpconf(folder: &Path, host: Option<&str>, args: &[&str]) -> Output {
    let mut command = Command::new(RPCONF);
    command.args(args).current_dir(folder).env_remove("OP_CONNECT_TOKEN").env("OP_CONNECT_TOKEN_FILE", "token");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.join("bin").display()));
    host.map(|host| command.env("OP_CONNECT_HOST", host));
    command.output().expect("rpconf runs")
}

/// The report of a render that succeeds.
pub fn rendered(folder: &Path, host: Option<&str>, args: &[&str]) -> Value {
    let output = rpconf(folder, host, &[&["render", "production", "--json"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a report")
}

/// Every file below a folder, by its path.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                    found.push((name, std::fs::read(&path).expect("a file")));
                }
            }
        }
    }
    found.sort();
    found
}
