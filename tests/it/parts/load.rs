//! Clients that log in again and again, by what they were told, and count refusals.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::parts::outside::block_on;

/// How often each client logs in.
const PAUSE: Duration = Duration::from_millis(20);

/// Clients at work.
pub struct Load {
    told: Arc<RwLock<String>>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<(usize, Vec<Refusal>)>>,
    begun: Instant,
}

/// A login that failed: when, and what the server said.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub at: Duration,
    pub words: String,
}

/// What the clients counted.
#[derive(Debug)]
pub struct Figures {
    pub logins: usize,
    pub refusals: Vec<Refusal>,
}

impl Load {
    /// So many clients, told this URL of a database.
    pub fn start(clients: usize, url: &str) -> Self {
        let (told, stop) = (Arc::new(RwLock::new(url.to_string())), Arc::new(AtomicBool::new(false)));
        let begun = Instant::now();
        let client = || {
            let (told, stop) = (Arc::clone(&told), Arc::clone(&stop));
            std::thread::spawn(move || block_on(client(&told, &stop, begun)))
        };
        let clients = std::iter::repeat_with(client).take(clients).collect();
        Self { told, stop, clients, begun }
    }

    /// Restarts all of them with another URL.
    pub fn reload(&self, url: &str) {
        *self.told.write().expect("the URL") = url.to_string();
    }

    /// For how long they have been at it.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Ends them.
    pub fn finish(self) -> Figures {
        self.stop.store(true, Ordering::Relaxed);
        let (mut logins, refusals) = (0, Mutex::new(vec![]));
        for client in self.clients {
            let (worked, refused) = client.join().expect("a client");
            logins += worked;
            refusals.lock().expect("refusals").extend(refused);
        }
        let mut refusals = refusals.into_inner().expect("refusals");
        refusals.sort_by_key(|refusal| refusal.at);
        Figures { logins, refusals }
    }
}

impl Figures {
    /// From the first refusal to the last.
    pub fn gap(&self) -> Duration {
        let at = |refusal: Option<&Refusal>| refusal.map_or(Duration::ZERO, |refusal| refusal.at);
        at(self.refusals.last()) - at(self.refusals.first())
    }
}

async fn client(told: &RwLock<String>, stop: &AtomicBool, begun: Instant) -> (usize, Vec<Refusal>) {
    let (mut worked, mut refused) = (0, vec![]);
    while !stop.load(Ordering::Relaxed) {
        let url = told.read().expect("the URL").clone();
        match log_in(&url).await {
            Ok(()) => worked += 1,
            Err(error) => {
                let words = error.as_db_error().map_or(error.to_string(), |answer| answer.message().to_string());
                refused.push(Refusal { at: begun.elapsed(), words });
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    (worked, refused)
}

/// One login, which sees the application's tables.
pub async fn log_in(url: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.simple_query("select id from orgs_org limit 1").await?;
    drop(client);
    connection.await.expect("a connection")
}
