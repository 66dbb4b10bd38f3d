//! One request and its repetitions: deadline, pauses, bounds, and what an answer that is no answer means.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;

use super::Connect;
use super::retry::{Kind, Outcome, pause};
use crate::model::Secret;
use crate::vault::{Refusal, VaultError};

/// The largest body that is read. An item is a few kilobytes; a file may be larger.
const LIMIT: usize = 16 << 20;

/// One attempt, as `-v` tells of it: no name, no header, no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// `GET`, `PATCH`, …
    pub method: String,
    /// The path, which holds ids.
    pub path: String,
    /// The status; none when there was no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub time: Duration,
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// What is asked.
pub(super) struct Request<'a> {
    pub(super) kind: Kind,
    pub(super) method: Method,
    /// Below `/v1`, or below the host where it begins with a slash.
    pub(super) path: Vec<&'a str>,
    pub(super) body: Option<&'a Secret<String>>,
}

/// Why an attempt failed.
enum Attempt {
    /// It may go better the next time.
    Failed(Outcome, VaultError),
    /// It will not.
    Wrong(VaultError),
}

impl Connect {
    /// Sends a request until it is answered, refused, or the time is over.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Secret<Vec<u8>>, Refusal> {
        let mut attempt = 1;
        loop {
            if let Some(error) = self.dead.borrow().clone() {
                return Err(Refusal::Failed(error));
            }
            let left = self.left()?;
            let (outcome, error) = match self.attempt(request, attempt, left.min(self.request_timeout)).await {
                Ok(body) => {
                    self.worked.set(true);
                    return Ok(body);
                }
                Err(Attempt::Wrong(error)) => return Err(self.failed(error)),
                Err(Attempt::Failed(outcome, error)) => (outcome, error),
            };
            match pause(request.kind, outcome, attempt, self.worked.get(), self.time.jitter()) {
                Some(pause) if pause < self.left()? => self.time.sleep(pause).await,
                Some(_) if matches!(outcome, Outcome::Status(429, _)) => return Err(self.failed(error)),
                Some(_) => return Err(self.failed(self.too_late())),
                None => {
                    return Err(match outcome {
                        Outcome::Status(404, _) => Refusal::Missing,
                        Outcome::Status(403, _) => Refusal::Forbidden,
                        _ => self.failed(error),
                    });
                }
            }
            attempt += 1;
        }
    }

    /// A request whose answer is JSON.
    #[expect(clippy::disallowed_methods, reason = "the request or its answer crosses to the vault here")]
    pub(super) async fn json<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, Refusal> {
        let body = self.send(request).await?;
        let body = body.expose();
        serde_json::from_slice(body).map_err(|error| {
            // serde's own message quotes what it stumbled over.
            let what = match body.trim_ascii_start().first() {
                Some(b'<') => "HTML instead of JSON; is there a proxy or a login page in between".to_string(),
                None => "nothing at all".to_string(),
                Some(_) => match error.classify() {
                    serde_json::error::Category::Data => {
                        format!("JSON of another kind, at line {} column {}", error.line(), error.column())
                    }
                    serde_json::error::Category::Eof => "JSON that ends too early".to_string(),
                    _ => "something else than JSON".to_string(),
                },
            };
            self.failed(self.answer(what))
        })
    }

    /// An answer that Connect would not give.
    pub(super) fn answer(&self, what: impl Into<String>) -> VaultError {
        VaultError::Answer { host: self.host.clone(), what: what.into() }
    }

    /// Keeps what leaves nothing to expect, so that requests still to come fail at once.
    fn failed(&self, error: VaultError) -> Refusal {
        if error.is_final() {
            self.dead.borrow_mut().get_or_insert(error.clone());
        }
        Refusal::Failed(error)
    }

    fn left(&self) -> Result<Duration, Refusal> {
        let over = self.begun.get() + self.deadline;
        let left = over.saturating_sub(self.time.now());
        if left.is_zero() { Err(self.failed(self.too_late())) } else { Ok(left) }
    }

    fn too_late(&self) -> VaultError {
        VaultError::Deadline { host: self.host.clone(), deadline: self.deadline }
    }

    #[expect(clippy::disallowed_methods, reason = "the request or its answer crosses to the vault here")]
    async fn attempt(
        &self,
        request: &Request<'_>,
        attempt: u32,
        timeout: Duration,
    ) -> Result<Secret<Vec<u8>>, Attempt> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&request.path);
        }
        let path = url.path().to_string();
        let mut builder = self.client.request(request.method.clone(), url).timeout(timeout);
        builder = builder.header(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.expose().clone());
        }
        let begun = self.time.now();
        let response = builder.send().await;
        let status = response.as_ref().ok().map(|response| response.status().as_u16());
        let result = match response {
            Ok(response) => self.read(response).await,
            Err(error) => Err(self.broken(&error)),
        };
        let time = self.time.now().saturating_sub(begun);
        (self.observe)(&Exchange { method: request.method.to_string(), path, status, time, attempt });
        result
    }

    async fn read(&self, mut response: Response) -> Result<Secret<Vec<u8>>, Attempt> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name)?.to_str().ok().map(str::trim);
        let wait = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let host = || self.host.clone();
        match status {
            200..=299 => {}
            300..=399 => return Err(Attempt::Wrong(self.answer("a redirect, which would take the token elsewhere"))),
            401 => return Err(Attempt::Wrong(VaultError::Token { host: host() })),
            _ => {
                return Err(Attempt::Failed(
                    Outcome::Status(status, wait),
                    VaultError::Status { host: host(), status },
                ));
            }
        }
        if header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
            let what = "HTML instead of JSON; is there a proxy or a login page in between";
            return Err(Attempt::Wrong(self.answer(what)));
        }
        let large = || Attempt::Wrong(self.answer(format!("more than {} MiB", LIMIT >> 20)));
        let length = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if length > LIMIT {
            return Err(large());
        }
        let mut body = Vec::with_capacity(length);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > LIMIT {
                drop(Secret::new(body));
                return Err(large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Secret::new(body))
    }

    /// A request without an answer, or with a part of one.
    fn broken(&self, error: &reqwest::Error) -> Attempt {
        let host = self.host.clone();
        if error.is_timeout() && !error.is_connect() {
            let why = format!("nothing came for {} s", self.request_timeout.as_secs_f64());
            return Attempt::Failed(Outcome::Broken, VaultError::Broken { host, why });
        }
        let (why, certificate) = root_cause(error);
        match (certificate, error.is_connect()) {
            (true, _) => Attempt::Wrong(VaultError::Unreachable { host, why }),
            (false, true) => Attempt::Failed(Outcome::NotConnected, VaultError::Unreachable { host, why }),
            (false, false) => Attempt::Failed(Outcome::Broken, VaultError::Broken { host, why }),
        }
    }
}

/// The innermost cause in the words of the operating system or of TLS, and whether it is the certificate.
fn root_cause(error: &reqwest::Error) -> (String, bool) {
    let (mut text, mut certificate) = ("the connection broke".to_string(), false);
    let mut cause = error.source();
    while let Some(error) = cause {
        text = error.to_string();
        certificate |= matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)));
        // An I/O error passes over the error that it wraps when it is asked for its source.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = wrapped.map(|error| error as &dyn std::error::Error).or_else(|| error.source());
    }
    (text, certificate)
}
