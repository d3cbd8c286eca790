use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// Until when Graph has asked a client, and all that share its HTTP stack, to send nothing.
///
/// Throttled requests count against the limit too, which is why one refusal stops them all:
/// <https://learn.microsoft.com/graph/throttling>.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// Nothing is to be sent for so long. A shorter pause does not end a longer one.
    pub(crate) fn extend(&self, pause: Duration) {
        let until = Some(Instant::now() + pause);
        let mut current = lock(&self.0);
        *current = (*current).max(until);
    }

    /// Time has passed that the clock has not counted.
    pub(crate) fn shorten(&self, by: Duration) {
        let mut current = lock(&self.0);
        *current = current.and_then(|until| until.checked_sub(by));
    }

    /// How long it still lasts, if it does.
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
