//! A line of those who wait for a bucket.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::bucket::{Bucket, Rate};
use crate::lock::lock;

/// Who goes first. Of equals, who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// The first request for a drive, which nobody watches until then.
    First,
    Routine,
}

/// So many of those that are urgent go before one that is not, so that nobody waits for ever.
const FIRST_IN_A_ROW: u32 = 3;

/// A limit, which may be absent, and those who wait for it.
///
/// The first of each line waits for the bucket, and all others for their place. So a rate that
/// changes wakes two at most.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    state: Mutex<State>,
    /// The rate has changed, tokens were taken or given back, or the first of a line has left.
    changed: Notify,
    first: tokio::sync::Mutex<()>,
    routine: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    bucket: Option<Bucket>,
    first_waits: bool,
    routine_waits: bool,
    /// How many of the first line went while the other line waited.
    in_a_row: u32,
}

impl State {
    fn waits(&mut self, urgency: Urgency) -> &mut bool {
        match urgency {
            Urgency::First => &mut self.first_waits,
            Urgency::Routine => &mut self.routine_waits,
        }
    }

    /// Takes the cost, or says when to try again: `None` after a change only.
    fn take(&mut self, cost: f64, urgency: Urgency, now: Instant) -> Result<(), Option<Instant>> {
        let Some(bucket) = &mut self.bucket else {
            return Ok(());
        };
        let first_is_next = self.in_a_row < FIRST_IN_A_ROW;
        let other_is_next = match urgency {
            Urgency::First => self.routine_waits && !first_is_next,
            Urgency::Routine => self.first_waits && first_is_next,
        };
        if other_is_next {
            return Err(None);
        }
        bucket.take(cost, now).map_err(Some)?;
        self.in_a_row = match urgency {
            Urgency::First if self.routine_waits => self.in_a_row + 1,
            Urgency::First | Urgency::Routine => 0,
        };
        Ok(())
    }
}

impl Limiter {
    pub(crate) fn new(rate: Rate) -> Self {
        let limiter = Self::default();
        limiter.set(Some(rate));
        limiter
    }

    /// Changes the limit, also for those who wait already. `None`: there is none.
    pub(crate) fn set(&self, rate: Option<Rate>) {
        let now = Instant::now();
        let mut state = lock(&self.state);
        match (&mut state.bucket, rate) {
            (Some(bucket), Some(rate)) => bucket.set_rate(rate, now),
            (bucket, rate) => *bucket = rate.map(|rate| Bucket::new(rate, now)),
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits until the cost may be spent. Dropping the future takes nothing, and loses the place.
    pub(crate) async fn acquire(self: &Arc<Self>, cost: f64, urgency: Urgency) -> Grant {
        if lock(&self.state).bucket.is_none() {
            return Grant::default();
        }
        let line = match urgency {
            Urgency::First => &self.first,
            Urgency::Routine => &self.routine,
        };
        let _place = line.lock().await;
        let mut waiting = None;
        loop {
            // Created before the check: from then on it is notified.
            let changed = self.changed.notified();
            let taken = lock(&self.state).take(cost, urgency, Instant::now());
            let due = match taken {
                Ok(()) => return Grant(Some((Arc::clone(self), cost))),
                Err(due) => due,
            };
            waiting.get_or_insert_with(|| Waiting::new(self, urgency));
            match due {
                Some(due) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(due) => {}
                },
                None => changed.await,
            }
        }
    }

    /// Takes the cost if there is enough, past all who wait: for those whose turn it was.
    pub(crate) fn try_acquire(self: &Arc<Self>, cost: f64) -> Option<Grant> {
        let mut state = lock(&self.state);
        let Some(bucket) = &mut state.bucket else {
            return Some(Grant::default());
        };
        bucket.take(cost, Instant::now()).ok()?;
        Some(Grant(Some((Arc::clone(self), cost))))
    }

    /// Counts what was sent without waiting.
    pub(crate) fn owe(&self, cost: f64) {
        if let Some(bucket) = &mut lock(&self.state).bucket {
            bucket.owe(cost, Instant::now());
        }
    }
}

/// Says that the first of a line waits.
struct Waiting<'a> {
    limiter: &'a Limiter,
    urgency: Urgency,
}

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter, urgency: Urgency) -> Self {
        *lock(&limiter.state).waits(urgency) = true;
        Self { limiter, urgency }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *lock(&self.limiter.state).waits(self.urgency) = false;
        self.limiter.changed.notify_waiters();
    }
}

/// The right to spend something once. What is not spent is given back. The default has nothing to
/// give back.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Grant(Option<(Arc<Limiter>, f64)>);

impl Grant {
    pub(crate) fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        let Some((limiter, cost)) = self.0.take() else {
            return;
        };
        if let Some(bucket) = &mut lock(&limiter.state).bucket {
            bucket.give_back(cost, Instant::now());
        }
        limiter.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc;
    use tokio::time::{advance, timeout};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn limiter(per_second: f64) -> Arc<Limiter> {
        Arc::new(Limiter::new(Rate::per_second(per_second)))
    }

    /// Spends one at a time, `count` times, and tells of each.
    fn spender(
        limiter: &Arc<Limiter>,
        urgency: Urgency,
        count: usize,
        told: &mpsc::UnboundedSender<(Urgency, usize)>,
    ) {
        for index in 0..count {
            let (limiter, told) = (Arc::clone(limiter), told.clone());
            tokio::spawn(async move {
                limiter.acquire(1.0, urgency).await.spend();
                told.send((urgency, index)).unwrap();
            });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_go_in_their_order_at_the_rate() {
        let limiter = limiter(2.0);
        let (told, mut hears) = mpsc::unbounded_channel();
        let began = Instant::now();
        spender(&limiter, Urgency::Routine, 10, &told);
        for index in 0..10 {
            assert_eq!(hears.recv().await, Some((Urgency::Routine, index)));
        }
        assert_eq!(began.elapsed(), Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_urgent_passes_a_long_line_and_does_not_stop_it() {
        let limiter = limiter(1.0);
        let (told, mut hears) = mpsc::unbounded_channel();
        spender(&limiter, Urgency::Routine, 100, &told);
        hears.recv().await.unwrap();
        spender(&limiter, Urgency::First, 12, &told);
        let mut urgent = 0;
        for _ in 0..16 {
            urgent += usize::from(hears.recv().await.unwrap().0 == Urgency::First);
        }
        assert_eq!(urgent, 12);
        for _ in 16..111 {
            assert_eq!(hears.recv().await.unwrap().0, Urgency::Routine);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_rate_reaches_those_who_wait() {
        let limiter = limiter(0.0001);
        limiter.acquire(1.0, Urgency::Routine).await.spend();
        let waits = limiter.acquire(1.0, Urgency::Routine);
        tokio::pin!(waits);
        assert!(timeout(HOUR, &mut waits).await.is_err());
        limiter.set(Some(Rate::per_second(10.0)));
        timeout(Duration::from_secs(1), &mut waits)
            .await
            .unwrap()
            .spend();
        limiter.set(Some(Rate::per_second(0.0001)));
        limiter.owe(1.0);
        let waits = limiter.acquire(1.0, Urgency::First);
        tokio::pin!(waits);
        assert!(timeout(HOUR, &mut waits).await.is_err());
        limiter.set(None);
        assert!(timeout(Duration::ZERO, &mut waits).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_takes_nothing_and_holds_up_nobody() {
        let limiter = limiter(1.0);
        limiter.acquire(1.0, Urgency::Routine).await.spend();
        // The first of each line, and one behind.
        let moment = Duration::from_millis(1);
        for urgency in [Urgency::First, Urgency::Routine, Urgency::Routine] {
            let waits = limiter.acquire(1.0, urgency);
            assert!(timeout(moment, waits).await.is_err());
        }
        let given_up = limiter.acquire(1.0, Urgency::First);
        let waits = limiter.acquire(1.0, Urgency::Routine);
        {
            tokio::pin!(given_up);
            assert!(timeout(moment, &mut given_up).await.is_err());
        }
        let began = Instant::now();
        waits.await.spend();
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(limiter.try_acquire(1.0).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_that_is_dropped_goes_to_the_next() {
        let limiter = limiter(0.001);
        let unused = limiter.acquire(1.0, Urgency::Routine).await;
        let next = tokio::spawn({
            let limiter = Arc::clone(&limiter);
            async move { limiter.acquire(1.0, Urgency::Routine).await }
        });
        tokio::task::yield_now().await;
        drop(unused);
        let next = timeout(Duration::from_secs(1), next).await.unwrap();
        next.unwrap().spend();
        advance(HOUR).await;
        limiter
            .try_acquire(1.0)
            .expect("the hour has brought one")
            .spend();
        limiter.owe(1.0);
        let waits = limiter.acquire(1.0, Urgency::Routine);
        assert!(timeout(HOUR / 4, waits).await.is_err());
    }
}
