//! A server that speaks as Connect does, over a vault file: for development, demos and CI without 1Password.
//!
//! It also breaks on demand ([`Fault`]), so that what must hold on a bad day can be tried on a good one.

mod api;
mod cut;
mod fault;
mod filter;
mod item;
mod patch;
mod recipe;
mod state;
mod token;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query};
use axum::http::header::{
    ALLOW, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT,
};
use axum::http::{HeaderName, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use self::api::{Call, Refused, Reply, allowed, answer};
use self::cut::{Left, Resettable};
use super::file::Content;

pub(super) use patch::apply;
pub(super) use state::{State, Write};

pub use fault::{Fault, FaultError, What};
pub use state::{Counters, Options, Outside, Random, Save};
pub use token::{Grant, Token};

/// The largest request that is read.
const LIMIT: usize = 16 << 20;
/// Where a reset hits: behind the headers, which are shorter.
const RESET_AFTER: usize = 1024;

/// A server over a vault file's content.
#[derive(Clone)]
pub struct Server {
    state: Arc<Mutex<State>>,
    latency: Duration,
}

impl Server {
    /// A server; it does not listen yet.
    pub fn new(content: Content, options: Options, outside: Outside) -> Self {
        let latency = options.latency;
        Self { state: Arc::new(Mutex::new(State::new(content, options, outside))), latency }
    }

    /// How much was asked so far.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// The requests as a router's handler.
    pub fn router(&self) -> Router {
        let server = self.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.handle(request).await }
        })
    }

    /// Answers until `stop` is ready.
    pub async fn run(&self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let service = self.router().into_make_service_with_connect_info::<Left>();
        let listener = Resettable { listener, server: self.clone() };
        axum::serve(listener, service).with_graceful_shutdown(stop).await
    }

    #[expect(clippy::disallowed_methods, reason = "latency and silence are what the server is asked to make")]
    async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let _running = Running::begin(self);
        tokio::time::sleep(self.latency).await;
        let path = request.uri().path().to_string();
        let fault = fault::next(&mut self.lock().faults, &format!("{} {path}", request.method()));
        if let Some(What::Silence(time)) = fault {
            tokio::time::sleep(time).await;
        }
        let left = request.extensions().get::<ConnectInfo<Left>>().map(|ConnectInfo(left)| left.clone());
        match fault {
            Some(What::Status(code, wait)) => {
                let response = refused(&Refused(code, "a fault on demand".into()));
                return match wait {
                    Some(wait) => with(response, RETRY_AFTER, wait.to_string()),
                    None => response,
                };
            }
            Some(What::Html) => return typed(200, "text/html", "<!doctype html><title>Log in</title>".into()),
            Some(What::Redirect(to)) => return with(typed(302, "text/plain", Bytes::new()), LOCATION, to),
            Some(What::Huge(mib)) => return typed(200, "application/json", vec![b' '; mib << 20].into()),
            Some(What::WrongJson) => return typed(200, "application/json", r#"{"unexpected": ["JSON"]}"#.into()),
            Some(What::Reset | What::Truncate | What::WrongId | What::Silence(_)) | None => {}
        }
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, LIMIT).await else {
            return refused(&Refused(413, "The request is too large".into()));
        };
        let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
        let query =
            Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
        let call = Call {
            method: parts.method.as_str(),
            path: segments.iter().map(String::as_str).collect(),
            query: &query,
            authorization: header(AUTHORIZATION),
            agent: header(USER_AGENT).unwrap_or_default(),
            body: &body,
        };
        let result = answer(&mut self.lock(), &call);
        match result {
            Ok(reply) => broken(reply, fault.as_ref(), left),
            Err(error @ Refused(405, _)) => with(refused(&error), ALLOW, allowed(&call.path).to_string()),
            Err(error) => refused(&error),
        }
    }

    /// A panic elsewhere leaves the state whole: it changes in one step.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request while it is being answered.
struct Running<'a>(&'a Server);

impl<'a> Running<'a> {
    fn begin(server: &'a Server) -> Self {
        let mut state = server.lock();
        state.counters.requests += 1;
        state.counters.running += 1;
        state.counters.most = state.counters.most.max(state.counters.running);
        drop(state);
        Self(server)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().counters.running -= 1;
    }
}

/// A reply, with what a fault makes of it.
fn broken(reply: Reply, fault: Option<&What>, left: Option<Left>) -> Response<Body> {
    let text = match reply {
        Reply::Json(mut value) => {
            if let (Some(What::WrongId), Value::Object(map)) = (fault, &mut value) {
                map.insert("id".into(), "zzzzzzzzzzzzzzzzzzzzzzzzzz".into());
            }
            value.to_string()
        }
        Reply::Part(value, range) => {
            return with(typed(200, "application/json", value.to_string().into()), CONTENT_RANGE, range);
        }
        Reply::Text(text) => return typed(200, "text/plain", text.into()),
        Reply::File { name, content } => {
            let name: String = name.chars().filter(|c| c.is_ascii_graphic() && !['"', '\\'].contains(c)).collect();
            let response = typed(200, "application/octet-stream", content.into());
            return with(response, CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
        }
        Reply::Nothing => return typed(204, "", Bytes::new()),
    };
    let text = match fault {
        Some(What::Truncate) => text.get(..text.floor_char_boundary(text.len() / 2)).unwrap_or_default().to_string(),
        Some(What::Reset) => {
            if let Some(left) = left {
                left.set(RESET_AFTER);
            }
            // Blanks in front are JSON still, and make the body longer than what is sent of it.
            format!("{:1$}{text}", "", 2 * RESET_AFTER)
        }
        _ => text,
    };
    typed(200, "application/json", text.into())
}

fn refused(Refused(status, message): &Refused) -> Response<Body> {
    typed(*status, "application/json", Value::to_string(&json!({"status": status, "message": message})).into())
}

fn typed(status: u16, kind: &str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if kind.is_empty() { response } else { with(response, CONTENT_TYPE, kind.to_string()) }
}

fn with(mut response: Response<Body>, name: HeaderName, value: String) -> Response<Body> {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests;
