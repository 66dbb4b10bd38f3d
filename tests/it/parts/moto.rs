//! IAM, STS and S3 as moto plays them: it checks signatures and policies, and takes a disabled key all the same.

use std::process::{Child, Command, Stdio};

use rpconf::model::Secret;
use rpconf::rotate::Credential;

use super::outside::block_on;
use crate::deployment::root;
use crate::servers::{free_port, wait};

/// The folder of Python programs that the test command installs.
const VENV: &str = "target/test-venv/bin";

/// A moto server, stopped when it is dropped.
pub struct Moto {
    child: Child,
    pub address: String,
}

impl Moto {
    /// With a bucket, a user for the application, one for the admin, and what each may do. Nothing is checked before.
    pub fn start() -> Self {
        Self::run(Command::new(root().join(VENV).join("moto_server")))
    }

    /// The same, but a disabled key is refused.
    pub fn strict() -> Self {
        let mut python = Command::new(root().join(VENV).join("python"));
        python.arg(root().join("tests/consumers/strict_moto.py"));
        Self::run(python)
    }

    fn run(mut server: Command) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let port = free_port().to_string();
        let child = server
            .args(["-H", "127.0.0.1", "-p", &port])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server is missing: run tests/run");
        let moto = Self { child, address: format!("http://127.0.0.1:{port}") };
        wait("moto", || block_on(reqwest::get(&format!("{}/moto-api/", moto.address))).is_ok());
        moto.send("s3", "PUT", "/media", "");
        for (user, action) in [("rapidpro", "s3:*"), ("admin", "iam:*"), ("powerless", "s3:*")] {
            moto.iam(&[("Action", "CreateUser"), ("UserName", user)]);
            let policy = format!(
                "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"*\"}}]}}"
            );
            let fields =
                [("Action", "PutUserPolicy"), ("UserName", user), ("PolicyName", "all"), ("PolicyDocument", &policy)];
            moto.iam(&fields);
        }
        moto
    }

    /// From now on signatures and policies are checked.
    pub fn guard(&self) {
        self.send("iam", "POST", "/moto-api/reset-auth", "0");
    }

    /// From now on nothing is checked.
    pub fn unguard(&self) {
        self.send("iam", "POST", "/moto-api/reset-auth", "inf");
    }

    /// A new access key of a user.
    pub fn key(&self, user: &str) -> Credential {
        let answer = self.iam(&[("Action", "CreateAccessKey"), ("UserName", user)]);
        let part = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{answer}"));
            rest.split('<').next().expect("a text").to_string()
        };
        Credential::login(part("AccessKeyId"), Secret::new(part("SecretAccessKey")))
    }

    /// The same, while signatures are checked.
    pub fn asked(&self, fields: &[(&str, &str)]) -> String {
        self.unguard();
        let answer = self.iam(fields);
        self.guard();
        answer
    }

    /// What IAM answers to nobody in particular.
    pub fn iam(&self, fields: &[(&str, &str)]) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", "2010-05-08")
            .extend_pairs(fields)
            .finish();
        self.send("iam", "POST", "/", &form)
    }

    /// moto tells its services by what a request is signed for.
    fn send(&self, service: &str, method: &str, path: &str, body: &str) -> String {
        let scope = format!("Credential=x/20270101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x");
        // moto's own interface reads no forms.
        let kind = if path == "/" { "application/x-www-form-urlencoded" } else { "text/plain" };
        block_on(async {
            let request = reqwest::Client::new()
                .request(method.parse().expect("a method"), format!("{}{path}", self.address))
                .header("authorization", format!("AWS4-HMAC-SHA256 {scope}"))
                .header("content-type", kind)
                .body(body.to_string());
            request.send().await.expect("an answer").text().await.expect("a text")
        })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
