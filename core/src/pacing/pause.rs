use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::later;
use crate::lock::lock;

/// The pause that Graph requested of a client family (`Retry-After`).
///
/// Throttled requests count against the limit too, so one throttled call stops all of them:
/// <https://learn.microsoft.com/graph/throttling>.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// Sends nothing for this long. A shorter pause does not end a longer one.
    pub(crate) fn extend(&self, pause: Duration) {
        let until = Some(later(Instant::now(), pause));
        let mut current = lock(&self.0);
        *current = (*current).max(until);
    }

    /// Subtracts time that passed while the machine was asleep and its clock stood still.
    pub(crate) fn shorten(&self, by: Duration) {
        let mut current = lock(&self.0);
        *current = current.and_then(|until| until.checked_sub(by));
    }

    /// How much of the pause is left, if any.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let until = (*lock(&self.0))?;
        Some(until.saturating_duration_since(Instant::now())).filter(|rest| !rest.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
