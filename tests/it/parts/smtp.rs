//! A mail server that takes logins and no mail, and an operator at its provider's console.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rpconf::rotate::strategies::smtp::{Encryption, Server};
use tempfile::TempDir;

use crate::deployment::root;

/// The server, stopped when it is dropped.
pub struct SmtpServer {
    child: Child,
    folder: TempDir,
    ports: [u16; 2],
    certificate: String,
}

impl SmtpServer {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("users"), "[]").expect("a file");
        let mut child = Command::new(root().join("target/test-venv/bin/python"))
            .arg(root().join("tests/consumers/smtp_server.py"))
            .args([folder.path().join("users"), folder.path().join("notes")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python is missing: run tests/run");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let (starttls, implicit, certificate): (u16, u16, String) =
            serde_json::from_str(&line).expect("aiosmtpd is missing: run tests/run");
        Self { child, folder, ports: [starttls, implicit], certificate }
    }

    /// Whom it lets in from now on.
    pub fn let_in(&self, users: &[(&str, &str)]) {
        let fresh = self.folder.path().join("fresh");
        std::fs::write(&fresh, serde_json::to_string(users).expect("JSON")).expect("a file");
        std::fs::rename(fresh, self.folder.path().join("users")).expect("a file");
    }

    /// The logins and mails so far.
    pub fn notes(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("notes")).unwrap_or_default();
        text.lines().map(str::to_string).collect()
    }

    pub fn at(&self, encryption: Encryption) -> Server {
        Server {
            host: "127.0.0.1".to_string(),
            port: self.ports[usize::from(encryption == Encryption::Implicit)],
            encryption,
            ca: Some(self.certificate.clone().into_bytes()),
            patience: Duration::from_secs(30),
        }
    }

    /// Where it writes, for who pretends to be its provider.
    pub fn users(&self) -> PathBuf {
        self.folder.path().join("users")
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
