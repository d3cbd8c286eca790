use std::time::SystemTime;

use drivebell::SubscriptionStats;

/// The fields of `drivebell.SubscriptionStats`, in their order.
pub(crate) type Fields = (u64, u64, u64, u64, Option<SystemTime>, usize);

/// `drained` events wait in the bridge, in addition to those in the core.
pub(crate) fn to_fields(stats: &SubscriptionStats, drained: usize) -> Fields {
    (
        stats.notifications,
        stats.coalesced,
        stats.reconnects,
        stats.renewals,
        stats.last_event_at,
        stats.pending + drained,
    )
}
