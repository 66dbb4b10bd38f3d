//! The signals that a child gets in this process's place.

use std::io::{self, IsTerminal};
use std::task::Poll;

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

use super::terminal::Terminal;
use crate::cli::exit::Failure;

/// Signals as they arrive.
pub(super) struct Arrivals {
    handed_on: Vec<(unix::Signal, Signal)>,
    resized: Option<unix::Signal>,
    /// Taken, so that this process goes on until its child ends, and not handed on.
    _taken: Vec<unix::Signal>,
}

impl Arrivals {
    /// Begins to take them. What is typed on a terminal reaches the child without us: on its own terminal as a key, on
    /// the one that it shares with this process because the kernel sends SIGINT and SIGQUIT to both.
    #[expect(clippy::disallowed_methods, reason = "whether standard input is the terminal that keys are typed on")]
    pub(super) fn new(terminal: Option<&Terminal>) -> Result<Self, Failure> {
        let take = |kind| unix::signal(kind).map_err(|error| Failure::file("a signal", error));
        let pair = |kind, signal| Ok::<_, Failure>((take(kind)?, signal));
        let mut handed_on = vec![
            pair(SignalKind::terminate(), Signal::TERM)?,
            pair(SignalKind::hangup(), Signal::HUP)?,
            pair(SignalKind::user_defined1(), Signal::USR1)?,
            pair(SignalKind::user_defined2(), Signal::USR2)?,
        ];
        let keys = [(SignalKind::interrupt(), Signal::INT), (SignalKind::quit(), Signal::QUIT)];
        let mut taken = vec![];
        for (kind, signal) in keys {
            if terminal.is_none() && io::stdin().is_terminal() {
                taken.push(take(kind)?);
            } else {
                handed_on.push(pair(kind, signal)?);
            }
        }
        let resized = terminal.map(|_| take(SignalKind::window_change())).transpose()?;
        Ok(Self { handed_on, resized, _taken: taken })
    }

    /// The next signal to hand on; `None` when the terminal has another size.
    pub(super) async fn next(&mut self) -> Option<Signal> {
        std::future::poll_fn(|context| {
            for (arriving, signal) in &mut self.handed_on {
                if arriving.poll_recv(context).is_ready() {
                    return Poll::Ready(Some(*signal));
                }
            }
            match self.resized.as_mut().map(|resized| resized.poll_recv(context)) {
                Some(Poll::Ready(_)) => Poll::Ready(None),
                _ => Poll::Pending,
            }
        })
        .await
    }
}
