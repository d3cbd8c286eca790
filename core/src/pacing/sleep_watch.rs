//! Notices that the machine was asleep. Its timers stand still meanwhile; the service does not.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::lock::lock;

/// How often the clocks are compared.
const PERIOD: Duration = Duration::from_secs(5);

/// A shorter difference means that the clock was set, or that the machine is busy.
const SHORTEST_SLEEP: Duration = Duration::from_secs(10);

/// Compares the clocks for all sessions of a client family, as long as there are any.
#[derive(Debug)]
pub(crate) struct SleepWatch {
    slept: Arc<watch::Sender<Duration>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Default for SleepWatch {
    fn default() -> Self {
        Self {
            slept: Arc::new(watch::Sender::new(Duration::ZERO)),
            task: Mutex::default(),
        }
    }
}

impl SleepWatch {
    /// A receiver of the total time that the machine has been asleep, updated after each sleep.
    /// `on_sleep` is called first, with the length of that sleep.
    pub(crate) fn subscribe(
        &self,
        on_sleep: impl Fn(Duration) + Send + 'static,
    ) -> watch::Receiver<Duration> {
        let receiver = self.slept.subscribe();
        let mut task = lock(&self.task);
        // The task ends with the runtime it ran on.
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            let slept = Arc::downgrade(&self.slept);
            *task = Some(tokio::spawn(compare_clocks(slept, on_sleep)));
        }
        receiver
    }
}

async fn compare_clocks(slept: Weak<watch::Sender<Duration>>, on_sleep: impl Fn(Duration) + Send) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = (Instant::now(), SystemTime::now());
    loop {
        ticks.tick().await;
        let now = (Instant::now(), SystemTime::now());
        let Some(slept) = slept.upgrade() else {
            return;
        };
        if slept.is_closed() {
            return;
        }
        if let Some(asleep) = time_asleep(before, now) {
            on_sleep(asleep);
            slept.send_modify(|total| *total += asleep);
        }
        before = now;
    }
}

/// The time that the calendar counted but the timers did not. Tokio's clock stands still while the
/// machine sleeps, on the systems where this matters. Setting the clock forward looks the same and
/// costs one reconnect.
fn time_asleep(before: (Instant, SystemTime), now: (Instant, SystemTime)) -> Option<Duration> {
    let awake = now.0.saturating_duration_since(before.0);
    let passed = now.1.duration_since(before.1).ok()?;
    passed
        .checked_sub(awake)
        .filter(|asleep| *asleep >= SHORTEST_SLEEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asleep(awake: u64, passed: i64) -> Option<Duration> {
        let (instant, calendar) = (Instant::now(), SystemTime::now());
        let change = Duration::from_secs(passed.unsigned_abs());
        let later = if passed < 0 {
            calendar - change
        } else {
            calendar + change
        };
        let now = (instant + Duration::from_secs(awake), later);
        time_asleep((instant, calendar), now)
    }

    #[test]
    fn time_that_the_timers_missed_is_a_sleep() {
        assert_eq!(asleep(5, 3605), Some(Duration::from_secs(3600)));
        assert_eq!(asleep(0, 10), Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_busy_machine_and_a_small_clock_change_are_not_a_sleep() {
        assert_eq!(asleep(5, 5), None);
        assert_eq!(asleep(3600, 3600), None);
        assert_eq!(asleep(5, 12), None);
        assert_eq!(asleep(5, -3600), None);
    }
}
