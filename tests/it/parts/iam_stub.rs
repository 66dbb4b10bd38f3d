//! IAM, STS and S3 as far as rotation sees them, with what moto does not play: disabled keys are refused, new ones are
//! known late, answers get lost, clocks differ.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};

/// A key.
#[derive(Debug, Clone)]
pub struct Key {
    pub active: bool,
    /// How many logins are still refused.
    pub unknown: u32,
    /// Seconds since 1970, by the stub's clock.
    pub created: u64,
    pub used: Option<(u64, &'static str)>,
}

/// What the stub knows; a test changes it under way.
#[derive(Debug, Default)]
pub struct Known {
    pub keys: BTreeMap<String, Key>,
    /// What its clock is ahead of ours, in seconds.
    pub ahead: i64,
    /// How many logins with a new key are refused at first.
    pub late: u32,
    /// Whether the answer to `CreateAccessKey` gets lost.
    pub loses: bool,
    /// How many calls are throttled.
    pub throttles: u32,
    /// The actions that were called, in order.
    pub calls: Vec<String>,
    object: Bytes,
}

/// The stub, for as long as the test runs.
#[derive(Clone)]
pub struct IamStub {
    known: Arc<Mutex<Known>>,
    pub address: String,
}

impl IamStub {
    /// With one key, `old`, of the user, and `admin`'s.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let stub = Self { known: Arc::default(), address };
        stub.add("OLD");
        let router = axum::Router::new().fallback(answer).with_state(stub.clone());
        std::thread::spawn(move || {
            super::outside::block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("a server");
            });
        });
        stub
    }

    pub fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().expect("no panic")
    }

    /// A key of the user.
    pub fn add(&self, id: &str) {
        let mut known = self.known();
        let key = Key { active: true, unknown: known.late, created: known.now(), used: None };
        known.keys.insert(id.to_string(), key);
    }
}

impl Known {
    pub fn now(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        now.saturating_add_signed(self.ahead)
    }

    /// Whether a key is taken, and that it was used.
    fn login(&mut self, id: &str, service: &'static str) -> bool {
        let now = self.now();
        let Some(key) = self.keys.get_mut(id) else { return id == "ADMIN" };
        if !key.active || key.unknown > 0 {
            key.unknown = key.unknown.saturating_sub(1);
            return false;
        }
        key.used = Some((now, service));
        true
    }

    fn iam(&mut self, action: &str, field: &dyn Fn(&str) -> String) -> Result<String, &'static str> {
        let id = field("AccessKeyId");
        let date = |seconds: u64| DateTime::from_secs(seconds as i64).fmt(Format::DateTime).expect("a date");
        match action {
            "ListAccessKeys" => {
                let member = |(id, key): (&String, &Key)| {
                    let (status, created) = (if key.active { "Active" } else { "Inactive" }, date(key.created));
                    format!(
                        "<member><UserName>app</UserName><AccessKeyId>{id}</AccessKeyId><Status>{status}</Status>\
                         <CreateDate>{created}</CreateDate></member>"
                    )
                };
                Ok(self.keys.iter().map(member).collect())
            }
            "CreateAccessKey" if self.keys.len() > 1 => Err("LimitExceeded"),
            "CreateAccessKey" => {
                let id = format!("NEW{}", self.calls.len());
                let key = Key { active: true, unknown: self.late, created: self.now(), used: None };
                self.keys.insert(id.clone(), key);
                Ok(format!("<AccessKeyId>{id}</AccessKeyId><SecretAccessKey>canary+/{id}</SecretAccessKey>"))
            }
            _ if !self.keys.contains_key(&id) => Err("NoSuchEntity"),
            "UpdateAccessKey" => {
                self.keys.entry(id).and_modify(|key| key.active = field("Status") == "Active");
                Ok(String::new())
            }
            "DeleteAccessKey" => {
                self.keys.remove(&id);
                Ok(String::new())
            }
            "GetAccessKeyLastUsed" => Ok(match self.keys.get(&id).and_then(|key| key.used) {
                None => "<UserName>app</UserName><ServiceName>N/A</ServiceName><Region>N/A</Region>".to_string(),
                Some((used, service)) => format!(
                    "<UserName>app</UserName><LastUsedDate>{}</LastUsedDate><ServiceName>{service}</ServiceName>\
                     <Region>us-east-1</Region>",
                    date(used)
                ),
            }),
            _ => Err("InvalidAction"),
        }
    }
}

async fn answer(State(stub): State<IamStub>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_string();
    let id = signed.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let (result, loses, date) = {
        let mut known = stub.known();
        let action = if uri.path() == "/" { field("Action") } else { format!("{method} object") };
        known.calls.push(action.clone());
        let service = if uri.path() == "/" { "sts" } else { "s3" };
        let result = if known.throttles > 0 {
            known.throttles -= 1;
            Err("Throttling")
        } else if !known.login(id, service) {
            Err(if service == "sts" { "InvalidClientTokenId" } else { "InvalidAccessKeyId" })
        } else {
            match (&method, action.as_str()) {
                (_, "GetCallerIdentity") => {
                    let name = if id == "ADMIN" { "admin" } else { "app" };
                    Ok(format!("<Arn>arn:aws:iam::123456789012:user/{name}</Arn>"))
                }
                (&Method::PUT, _) => {
                    known.object = body.clone();
                    Ok(String::new())
                }
                (&Method::GET, _) if known.object.is_empty() => Err("NoSuchKey"),
                (&Method::GET, _) => Ok(String::from_utf8_lossy(&known.object).into_owned()),
                (&Method::DELETE, _) => Ok(String::new()),
                (_, action) => known.iam(action, &field),
            }
        };
        let loses = known.loses && action == "CreateAccessKey";
        let date = DateTime::from_secs(known.now() as i64).fmt(Format::HttpDate).expect("a date");
        (result, loses, date)
    };
    if loses {
        // No answer before the client's patience ends.
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    match result {
        Ok(text) if uri.path() != "/" => ([("date", date)], text).into_response(),
        Ok(text) => ([("date", date)], format!("<Response><Result>{text}</Result></Response>")).into_response(),
        Err(code) => {
            let text = format!("<E><Error><Code>{code}</Code><Message>canary {signed}</Message></Error></E>");
            (axum::http::StatusCode::BAD_REQUEST, [("date", date)], text).into_response()
        }
    }
}
