//! Runs a command's requests, and tells on a terminal that they take long.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::exit::Failure;
use super::session::Session;
use super::ui::Ui;
use super::world::Stopwatch;

/// How long nothing is told, and how often it is told then. Whoever waits for less than half a second does not wonder.
const LONG: Duration = Duration::from_millis(500);

impl Session {
    /// Runs requests to their end, or until the user ends them. A file vault answers at once, so that no runtime is
    /// started for it; a remote one has one runtime as long as the command runs, in which its connections live.
    pub fn wait<T>(&self, remote: bool, future: impl Future<Output = T>) -> Result<T, Failure> {
        if remote {
            return self.runtime()?.block_on(async {
                tokio::select! {
                    value = shown(&self.ui, future) => Ok(value),
                    _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
                }
            });
        }
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Ok(value),
            Poll::Pending => Err(Failure::file("the file vault", "it did not answer at once")),
        }
    }
}

async fn shown<T>(ui: &Ui, future: impl Future<Output = T>) -> T {
    if !ui.shows_progress() {
        return future.await;
    }
    let (mut future, watch, mut line) = (pin!(future), Stopwatch::start(), Line { ui, written: false });
    loop {
        match tokio::time::timeout(LONG, &mut future).await {
            Ok(value) => return value,
            Err(_) => line.write(&format!("waiting for the vault, {:.1} s", watch.elapsed().as_secs_f64())),
        }
    }
}

/// The line, erased when the waiting ends, however it does.
struct Line<'u> {
    ui: &'u Ui,
    written: bool,
}

impl Line<'_> {
    fn write(&mut self, text: &str) {
        self.written = true;
        self.ui.progress(text);
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if self.written {
            self.ui.progress("");
        }
    }
}
