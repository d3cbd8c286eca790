//! Whether a connection that counts as live announces what changes.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::item::Item;

/// The clocks of Graph's parts differ a little, and what changes just before the connection is live is
/// not announced. A shorter limit counts instead.
const TOLERANCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// Since when the session has had a connection, or has been heard. `None` without a connection.
    heard: Option<Instant>,
}

impl Hearing {
    pub(super) fn set_live(&mut self, live: bool, now: Instant) {
        self.heard = live.then_some(now);
    }

    pub(super) fn notification(&mut self, now: Instant) {
        self.heard = self.heard.map(|_| now);
    }

    /// Whether one of these items changed so long ago that a notification must have arrived, and none
    /// has. `graph_now` is Graph's clock.
    pub(super) fn is_deaf(
        &self,
        items: &[Item],
        limit: Duration,
        graph_now: SystemTime,
        now: Instant,
    ) -> bool {
        let Some(heard) = self.heard else {
            return false;
        };
        let silence = now.saturating_duration_since(heard);
        if silence <= limit {
            return false;
        }
        items.iter().any(|item| {
            let changed = item.modified_at();
            let age = changed.and_then(|changed| graph_now.duration_since(changed).ok());
            age.is_some_and(|age| age > limit && age + TOLERANCE.min(limit) < silence)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DriveItem;

    const MINUTE: Duration = Duration::from_secs(60);

    fn changed(at: &str) -> [Item; 1] {
        let raw = format!(r#"{{"id":"a","lastModifiedDateTime":"{at}"}}"#);
        [Item::Drive(DriveItem::from_raw(&raw).unwrap())]
    }

    #[test]
    fn an_old_change_without_a_notification_convicts() {
        let began = Instant::now();
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
        let is_deaf = |hearing: &Hearing, at: &str, after: Duration| {
            hearing.is_deaf(&changed(at), 5 * MINUTE, noon + after, began + after)
        };
        let mut hearing = Hearing::default();
        let minutes_10 = "1970-01-01T12:10:00Z";
        assert!(!is_deaf(&hearing, minutes_10, 30 * MINUTE));
        hearing.set_live(true, began);
        assert!(is_deaf(&hearing, minutes_10, 30 * MINUTE));
        assert!(
            !is_deaf(&hearing, minutes_10, 15 * MINUTE),
            "may still come"
        );
        assert!(!is_deaf(&hearing, "1970-01-01T11:59:00Z", 30 * MINUTE));
        assert!(!is_deaf(&hearing, "1970-01-01T13:00:00Z", 30 * MINUTE));
        hearing.notification(began + 11 * MINUTE);
        assert!(!is_deaf(&hearing, minutes_10, 30 * MINUTE));
        assert!(is_deaf(&hearing, "1970-01-01T12:20:00Z", 30 * MINUTE));
        hearing.set_live(false, began);
        assert!(!is_deaf(&hearing, "1970-01-01T12:20:00Z", 30 * MINUTE));
    }
}
