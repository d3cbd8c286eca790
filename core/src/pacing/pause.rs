use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock::later;
use crate::lock::lock;

/// The pause that Graph requested of a client family (`Retry-After`).
///
/// Throttled requests count against the limit too, so one throttled call stops all of them:
/// <https://learn.microsoft.com/graph/throttling>.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    until: Mutex<Option<Instant>>,
    /// The same, of pauses that Graph requested of this family itself.
    requested: watch::Sender<Option<Instant>>,
}

/// The pauses that Graph requests of a client family: how long each lasts, from now on.
///
/// A pause that is no longer than the one under way is not among them, nor is one that
/// [`Pacing::pause`](crate::Pacing::pause) made. Whoever is slow gets the latest one only. The stream
/// ends with the last client of the family.
pub struct Pauses(BoxStream<'static, Duration>);

impl Pause {
    /// Sends nothing for this long. A shorter pause does not end a longer one.
    pub(crate) fn extend(&self, pause: Duration) {
        self.extend_until(later(Instant::now(), pause));
    }

    /// Like [`extend`](Self::extend), and tells those who share the pause with others.
    pub(crate) fn extend_as_requested(&self, pause: Duration) {
        let until = later(Instant::now(), pause);
        if self.extend_until(until) {
            self.requested.send_replace(Some(until));
        }
    }

    /// Returns whether this is longer than before.
    fn extend_until(&self, until: Instant) -> bool {
        let mut current = lock(&self.until);
        let is_longer = current.is_none_or(|current| until > current);
        if is_longer {
            *current = Some(until);
        }
        is_longer
    }

    /// Subtracts time that passed while the machine was asleep and its clock stood still.
    pub(crate) fn shorten(&self, by: Duration) {
        let earlier = |until: Option<Instant>| until.and_then(|until| until.checked_sub(by));
        let mut current = lock(&self.until);
        *current = earlier(*current);
        // Nothing that was not told already.
        self.requested.send_if_modified(|until| {
            *until = earlier(*until);
            false
        });
    }

    /// How much of the pause is left, if any.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        rest(*lock(&self.until))
    }

    /// The pauses that are requested from now on, after the one under way if it was requested.
    pub(crate) fn requested(&self) -> Pauses {
        let mut pauses = self.requested.subscribe();
        pauses.mark_changed();
        let next = async |mut pauses: watch::Receiver<Option<Instant>>| {
            loop {
                pauses.changed().await.ok()?;
                let until = *pauses.borrow_and_update();
                if let Some(rest) = rest(until) {
                    return Some((rest, pauses));
                }
            }
        };
        Pauses(Box::pin(stream::unfold(pauses, next)))
    }
}

fn rest(until: Option<Instant>) -> Option<Duration> {
    let rest = until?.saturating_duration_since(Instant::now());
    Some(rest).filter(|rest| !rest.is_zero())
}

impl Stream for Pauses {
    type Item = Duration;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Duration>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl std::fmt::Debug for Pauses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pauses").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_longest_pause_counts_and_ends() {
        let pause = Pause::default();
        assert_eq!(pause.remaining(), None);
        pause.extend(Duration::from_secs(20));
        pause.extend(Duration::from_secs(5));
        assert_eq!(pause.remaining(), Some(Duration::from_secs(20)));
        tokio::time::advance(Duration::from_secs(19)).await;
        assert_eq!(pause.remaining(), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pause.remaining(), None);
        pause.extend(Duration::from_secs(20));
        pause.shorten(Duration::from_secs(15));
        assert_eq!(pause.remaining(), Some(Duration::from_secs(5)));
        pause.shorten(Duration::from_secs(3600));
        assert_eq!(pause.remaining(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_longer_pause_that_graph_requests_is_told() {
        let pause = Pause::default();
        let mut told = pause.requested();
        pause.extend(10 * SECOND);
        pause.extend_as_requested(5 * SECOND);
        assert_eq!(told.next().now_or_never(), None);
        pause.extend_as_requested(20 * SECOND);
        tokio::time::advance(SECOND).await;
        assert_eq!(told.next().now_or_never(), Some(Some(19 * SECOND)));
        pause.extend(60 * SECOND);
        assert_eq!(told.next().now_or_never(), None);
        assert_eq!(pause.remaining(), Some(60 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_or_is_slow_gets_what_is_left_of_the_latest() {
        let pause = Pause::default();
        pause.extend_as_requested(10 * SECOND);
        tokio::time::advance(4 * SECOND).await;
        let mut late = pause.requested();
        assert_eq!(late.next().now_or_never(), Some(Some(6 * SECOND)));
        for seconds in 10..20 {
            pause.extend_as_requested(seconds * SECOND);
        }
        assert_eq!(late.next().now_or_never(), Some(Some(19 * SECOND)));
        assert_eq!(late.next().now_or_never(), None);
        // An hour's sleep ends it, and tells nobody.
        pause.shorten(3600 * SECOND);
        assert_eq!(late.next().now_or_never(), None);
        assert_eq!(pause.requested().next().now_or_never(), None);
        drop(pause);
        assert_eq!(late.next().now_or_never(), Some(None));
    }
}
