//! When a request is sent again, and after how long: a pure function.

use std::time::Duration;

/// How often one request is sent at most.
const ATTEMPTS: u32 = 5;
/// The first pause, doubled by each further one.
const FIRST: Duration = Duration::from_millis(100);
/// No pause of our own is longer.
const LONGEST: Duration = Duration::from_secs(5);

/// What sending a request twice would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: a read, or the deletion of what is gone.
    Repeatable,
    /// Perhaps a second field or a second item, as nobody knows whether the first request was carried out.
    Once,
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing was sent.
    NotConnected,
    /// The connection broke, or nothing came in time.
    Broken,
    /// The server answered so; with what it asks to wait.
    Status(u16, Option<Duration>),
}

/// The pause before the next attempt; none when there shall be none. `attempt` counts from 1, `worked` tells whether
/// the token has been accepted before in this run.
pub(super) fn pause(kind: Kind, outcome: Outcome, attempt: u32, worked: bool, jitter: f64) -> Option<Duration> {
    let again = match (outcome, kind) {
        (Outcome::NotConnected | Outcome::Status(429, _), _) => attempt < ATTEMPTS,
        (Outcome::Broken | Outcome::Status(408 | 500.., _), Kind::Repeatable) => attempt < ATTEMPTS,
        // Connect is known to answer so in passing for a token that is fine; it did nothing then.
        (Outcome::Status(403, _), _) => worked && attempt == 1,
        (Outcome::Broken | Outcome::Status(..), _) => false,
    };
    let backoff = (FIRST * 2u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST);
    let backoff = backoff.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
    match outcome {
        Outcome::Status(429 | 503, Some(asked)) => again.then(|| asked.max(backoff)),
        _ => again.then_some(backoff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pause in milliseconds, without jitter.
    fn check(kind: Kind, outcome: Outcome, attempt: u32, worked: bool, expect: Option<u64>) {
        let waited = pause(kind, outcome, attempt, worked, 1.0).map(|pause| pause.as_millis() as u64);
        assert_eq!(waited, expect, "{kind:?} {outcome:?} {attempt} {worked}");
    }

    #[test]
    fn what_cannot_have_been_done_twice_is_sent_again() {
        use Kind::{Once, Repeatable};
        use Outcome::{Broken, NotConnected, Status};
        check(Repeatable, Status(500, None), 1, false, Some(100));
        check(Repeatable, Status(503, None), 3, true, Some(400));
        check(Repeatable, Status(503, None), 5, true, None);
        check(Repeatable, Broken, 4, true, Some(800));
        check(Once, Status(500, None), 1, true, None);
        check(Once, Broken, 1, true, None);
        check(Once, NotConnected, 1, true, Some(100));
        check(Once, Status(429, Some(Duration::from_secs(2))), 1, true, Some(2000));
        check(Repeatable, Status(429, None), 2, true, Some(200));
        check(Repeatable, Status(403, None), 1, false, None);
        check(Repeatable, Status(403, None), 1, true, Some(100));
        check(Repeatable, Status(403, None), 2, true, None);
        for status in [301, 400, 401, 404, 413] {
            check(Repeatable, Status(status, None), 1, true, None);
        }
    }

    #[test]
    fn jitter_shortens_a_pause_by_half_at_most() {
        let pauses = [0.0, 0.5, 1.0].map(|jitter| pause(Kind::Repeatable, Outcome::Broken, 1, true, jitter));
        assert_eq!(pauses, [50, 75, 100].map(|ms| Some(Duration::from_millis(ms))));
    }
}
