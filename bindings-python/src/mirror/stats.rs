use drivebell_mirror::MirrorStats;

use crate::changes::stats;

/// The fields of `drivebell.MirrorStats`, in their order: the counts, whether it is ready, and the
/// fields of its `ChangesStats`.
pub(super) type Fields = (Counts, bool, stats::Fields);

type Counts = (u64, u64, u64, u64, u64, u64, u64, u64);

pub(super) fn to_fields(stats: &MirrorStats) -> Fields {
    let counts = (
        stats.rows,
        stats.waiting,
        stats.outbox,
        stats.sequence,
        stats.acknowledged,
        stats.suppressed,
        stats.drift,
        stats.file_size,
    );
    (counts, stats.ready, stats::to_fields(&stats.changes))
}
