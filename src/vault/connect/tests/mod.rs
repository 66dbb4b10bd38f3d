//! The client against the server over loopback.

mod faults;
mod tls;
mod traffic;
mod writes;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use super::*;
use crate::model::Reference;
use crate::vault::file::Content;
use crate::vault::laws::{content, tree, vault_laws};
use crate::vault::serve::{Options, Outside, Server, Token};
use crate::vault::{Answers, Batch, Lock, Names, fetch};

/// The token of every test, so that a message with it is found.
const TOKEN: &str = "canary-token";

/// A server, and what it saved last.
struct Served {
    server: Server,
    url: String,
    saved: Arc<Mutex<Vec<String>>>,
}

/// A client, and what it told of its attempts.
struct Client {
    connect: Connect,
    time: Rc<Quick>,
    exchanges: Rc<RefCell<Vec<Exchange>>>,
}

/// The real clock with pauses that are over at once.
struct Quick {
    clock: Clock,
    slept: RefCell<Vec<Duration>>,
    ahead: Cell<Duration>,
}

impl Time for Quick {
    fn now(&self) -> Duration {
        self.clock.now() + self.ahead.get()
    }
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        self.slept.borrow_mut().push(pause);
        self.ahead.set(self.ahead.get() + pause);
        Box::pin(async {})
    }
    fn jitter(&self) -> f64 {
        1.0
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(test);
}

fn full_rights() -> Vec<Token> {
    vec![Token { secret: Secret::new(TOKEN.into()), grants: None }]
}

/// A server over `content`, with one token of full rights where `options` has none.
async fn serve(content: &Value, mut options: Options) -> Served {
    if options.tokens.is_empty() {
        options.tokens = full_rights();
    }
    let saved = Arc::new(Mutex::new(vec![]));
    let (keep, mut seed) = (saved.clone(), 1u32);
    let outside = Outside {
        now: Box::new(|| 1_798_761_600),
        random: Box::new(move |bytes| {
            bytes.iter_mut().for_each(|byte| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (seed >> 24) as u8;
            });
        }),
        save: Box::new(move |text| {
            keep.lock().map_err(|_| "poisoned".to_string())?.push(text.expose().clone());
            Ok(())
        }),
    };
    let content = Content::from_tree(&tree(content), false).map_err(drop).expect("a vault file");
    let server = Server::new(content, options, outside);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let running = server.clone();
    tokio::spawn(async move { running.run(listener, std::future::pending()).await });
    Served { server, url, saved }
}

fn settings(url: &str) -> Settings {
    Settings::new(url, Secret::new(TOKEN.into()))
}

fn client(settings: &Settings) -> Client {
    let time = Rc::new(Quick { clock: Clock::new(1), slept: RefCell::default(), ahead: Cell::default() });
    let exchanges = Rc::new(RefCell::new(vec![]));
    let told = exchanges.clone();
    let observe = move |exchange: &Exchange| told.borrow_mut().push(exchange.clone());
    let connect = Connect::new(settings, time.clone(), observe).expect("a client");
    Client { connect, time, exchanges }
}

async fn ask(client: &Client, references: &[&str], lock: &Lock) -> Result<Answers, VaultError> {
    let parsed: Vec<Reference> = references.iter().map(|text| Reference::parse(text).expect(text)).collect();
    fetch(&client.connect, &Batch::of(&parsed), lock, Names::Learn).await
}

/// The value of one reference, or the message in its place.
async fn value(client: &Client, reference: &str, lock: &Lock) -> Result<String, String> {
    let answers = ask(client, &[reference], lock).await.map_err(|error| error.to_string())?;
    let parsed = Reference::parse(reference).expect(reference);
    let answer = answers.get(&parsed).expect("an answer");
    answer.map(|secret| secret.expose().clone()).map_err(ToString::to_string)
}

#[test]
fn connect_keeps_the_laws() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        vault_laws(&client(&settings(&served.url)).connect).await;
    });
}

#[test]
fn the_server_says_who_it_is() {
    run(async {
        let served = serve(&content(), Options::default()).await;
        let health = client(&settings(&served.url)).connect.health().await.expect("health");
        assert_eq!(health.name, "rpconf vault serve");
    });
}
