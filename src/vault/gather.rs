//! Many futures, few at a time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Runs futures, at most `limit` at a time, and answers their results in the order in which they were given.
pub(crate) async fn gather<F: Future>(limit: usize, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting = futures.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = vec![];
    let mut done = vec![];
    poll_fn(|context| {
        loop {
            running.extend(waiting.by_ref().take(limit - running.len()).map(|(n, future)| (n, Box::pin(future))));
            let before = running.len();
            running.retain_mut(|(n, future)| match future.as_mut().poll(context) {
                Poll::Ready(output) => {
                    done.push((*n, output));
                    false
                }
                Poll::Pending => true,
            });
            if before == 0 {
                return Poll::Ready(());
            }
            if running.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await;
    done.sort_unstable_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_run_than_may_and_results_keep_their_order() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let (now, most) = (Cell::new(0), Cell::new(0));
        let job = |n: u64| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                tokio::time::sleep(Duration::from_millis(20 - n)).await;
                now.set(now.get() - 1);
                n
            }
        };
        let results = runtime.block_on(gather(4, (0..20).map(job)));
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.get(), 4);
    }
}
