//! The units of a host: clients that log in all the time by what they were started with, and watchers of the vault and of
//! the rendered files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::parts::rotation::{SERVICES, Stack, urls, works};

/// How long a client rests between two logins.
const PAUSE: Duration = Duration::from_millis(20);

/// Clients at work.
pub struct Units {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Counted>>,
    begun: Instant,
}

/// What a client, or all of them, counted.
#[derive(Debug, Default)]
pub struct Counted {
    pub logins: usize,
    /// When, who, and what the server said.
    pub refused: Vec<(Duration, String)>,
}

impl Units {
    /// So many clients of each service.
    pub fn start(stack: &Stack, each: usize) -> Self {
        Self::of(stack, each, "", PAUSE)
    }

    /// The same, by URLs that begin so only, and with another rest between two logins.
    pub fn of(stack: &Stack, each: usize, begin: &'static str, pause: Duration) -> Self {
        let (stop, begun) = (Arc::new(AtomicBool::new(false)), Instant::now());
        let mut clients = vec![];
        let has = |service: &str| stack.rendered(service).iter().any(|url| url.starts_with(begin));
        for (service, ..) in SERVICES.into_iter().filter(|(service, ..)| has(service)) {
            for number in 0..each {
                let (stop, folder) = (Arc::clone(&stop), stack.at("running"));
                let lock = File::create(folder.join(format!("lock-{service}-{number}"))).expect("a lock");
                let file = folder.join(service);
                clients.push(std::thread::spawn(move || client(&stop, &file, &lock, begun, (begin, pause))));
            }
        }
        Self { stop, clients, begun }
    }

    /// How many there are.
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Ends them.
    pub fn finish(self) -> Counted {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Counted::default();
        for client in self.clients {
            let counted = client.join().expect("a client");
            all.logins += counted.logins;
            all.refused.extend(counted.refused);
        }
        all.refused.sort();
        all
    }
}

impl Counted {
    /// From the first refusal to the last.
    pub fn gap(&self) -> Duration {
        let at = |refusal: Option<&(Duration, String)>| refusal.map_or(Duration::ZERO, |refusal| refusal.0);
        at(self.refused.last()) - at(self.refused.first())
    }
}

/// A restart waits for the lock: no login by what was before it goes on after it.
fn client(stop: &AtomicBool, file: &PathBuf, lock: &File, begun: Instant, (begin, pause): (&str, Duration)) -> Counted {
    let mut counted = Counted::default();
    while !stop.load(Ordering::Relaxed) {
        lock.lock().expect("the lock");
        let all = urls(&fs::read_to_string(file).unwrap_or_default());
        for url in all.into_iter().filter(|url| url.starts_with(begin)) {
            match works(&url) {
                Ok(()) => counted.logins += 1,
                Err(why) => counted.refused.push((begun.elapsed(), format!("{}: {why}", file.display()))),
            }
        }
        lock.unlock().expect("the lock");
        std::thread::sleep(pause);
    }
    counted
}

/// Looks all along whether the vault's current credential and every rendered file log in.
pub fn watched<T>(stack: &Stack, item: &str, body: impl FnOnce() -> T) -> (T, usize) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut samples = 0;
            while !stop.load(Ordering::Relaxed) {
                sample(stack, item);
                samples += 1;
                std::thread::sleep(PAUSE);
            }
            samples
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        stop.store(true, Ordering::Relaxed);
        let samples = watcher.join().expect("the invariant holds");
        (result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), samples)
    })
}

fn sample(stack: &Stack, item: &str) {
    // What was replaced while it was being tried tells nothing.
    let vault = || stack.read("vault.yml");
    let before = vault();
    if let Err(why) = stack.current_works(item) {
        assert_ne!(vault(), before, "the vault's current credential is dead: {why}");
    }
    let mut known: BTreeMap<String, Result<(), String>> = BTreeMap::new();
    for (service, ..) in SERVICES {
        for url in stack.rendered(service) {
            let known = known.entry(url.clone()).or_insert_with(|| works(&url));
            if let Err(why) = known {
                assert!(!stack.rendered(service).contains(&url), "{service}'s file is dead: {why}");
            }
        }
    }
}
