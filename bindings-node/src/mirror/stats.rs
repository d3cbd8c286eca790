use drivebell_mirror::MirrorStats;
use napi_derive::napi;

use crate::changes::stats::NativeChangesStats;
use crate::number::number;

/// The statistics of a drive's tree.
#[napi(object, object_from_js = false)]
pub struct NativeTreeStats {
    pub rows: f64,
    pub waiting: f64,
    pub outbox: f64,
    pub sequence: f64,
    pub acknowledged: f64,
    pub suppressed: f64,
    pub drift: f64,
    pub file_size: f64,
    pub ready: bool,
}

/// The statistics of a mirror.
#[napi(object, object_from_js = false)]
pub struct NativeMirrorStats {
    pub tree: NativeTreeStats,
    pub changes: NativeChangesStats,
}

impl From<MirrorStats> for NativeTreeStats {
    fn from(stats: MirrorStats) -> Self {
        Self {
            rows: number(stats.rows),
            waiting: number(stats.waiting),
            outbox: number(stats.outbox),
            sequence: number(stats.sequence),
            acknowledged: number(stats.acknowledged),
            suppressed: number(stats.suppressed),
            drift: number(stats.drift),
            file_size: number(stats.file_size),
            ready: stats.ready,
        }
    }
}

impl From<MirrorStats> for NativeMirrorStats {
    fn from(stats: MirrorStats) -> Self {
        Self {
            tree: stats.into(),
            changes: stats.changes.into(),
        }
    }
}
