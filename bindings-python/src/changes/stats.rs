use std::time::SystemTime;

use drivebell::ChangesStats;

/// The fields of `drivebell.ChangesStats`, in their order: the counts, and the two times.
pub(crate) type Fields = (Counts, Option<SystemTime>, Option<SystemTime>);

type Counts = (u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);

pub(crate) fn to_fields(stats: &ChangesStats) -> Fields {
    let counts = (
        stats.batches,
        stats.items,
        stats.repeated,
        stats.queries,
        stats.failures,
        stats.notifications,
        stats.hints,
        stats.resyncs,
        stats.audits,
        stats.reconnects,
        stats.renewals,
        stats.deaf,
    );
    (counts, stats.last_query_at, stats.last_items_at)
}
