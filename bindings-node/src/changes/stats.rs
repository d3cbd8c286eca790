use drivebell::ChangesStats;
use napi_derive::napi;

use crate::number::number;
use crate::time;

/// The statistics of a stream of changes.
#[napi(object, object_from_js = false)]
pub struct NativeChangesStats {
    pub batches: f64,
    pub items: f64,
    pub repeated: f64,
    pub queries: f64,
    pub failures: f64,
    pub notifications: f64,
    pub hints: f64,
    pub resyncs: f64,
    pub audits: f64,
    pub reconnects: f64,
    pub renewals: f64,
    pub deaf: f64,
    /// In milliseconds since 1970.
    pub last_query_at: Option<f64>,
    /// In milliseconds since 1970.
    pub last_items_at: Option<f64>,
}

impl From<ChangesStats> for NativeChangesStats {
    fn from(stats: ChangesStats) -> Self {
        Self {
            batches: number(stats.batches),
            items: number(stats.items),
            repeated: number(stats.repeated),
            queries: number(stats.queries),
            failures: number(stats.failures),
            notifications: number(stats.notifications),
            hints: number(stats.hints),
            resyncs: number(stats.resyncs),
            audits: number(stats.audits),
            reconnects: number(stats.reconnects),
            renewals: number(stats.renewals),
            deaf: number(stats.deaf),
            last_query_at: stats.last_query_at.map(time::unix_milliseconds),
            last_items_at: stats.last_items_at.map(time::unix_milliseconds),
        }
    }
}
