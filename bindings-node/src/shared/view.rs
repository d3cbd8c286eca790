//! Who follows what, as JavaScript sees it.

use std::time::SystemTime;

use drivebell_store::{DriveState, DriveStatus, LeaseView};
use napi_derive::napi;

use crate::changes::stats::NativeChangesStats;
use crate::error::NativeError;
use crate::number::number;
use crate::time;

/// A drive that this process follows.
#[napi(object, object_from_js = false)]
pub struct NativeOwnedDrive {
    /// The id of the member.
    pub member: u32,
    /// A name of `ChangesState`, or `starting`, or `refused`.
    pub state: &'static str,
    pub error: Option<NativeError>,
    pub epoch: f64,
    pub stats: NativeChangesStats,
}

impl NativeOwnedDrive {
    pub(super) fn new(member: u32, drive: DriveStatus) -> Self {
        let (state, error) = match drive.state {
            DriveState::Followed(state) => (state.as_str(), None),
            DriveState::Refused(error) => ("refused", Some(error.into())),
            _ => ("starting", None),
        };
        Self {
            member,
            state,
            error,
            epoch: number(drive.lease.epoch),
            stats: drive.stats.into(),
        }
    }
}

#[napi(object, object_from_js = false)]
pub struct NativeWorker {
    pub id: String,
    pub capacity: f64,
    pub drives: f64,
}

/// How the drives are shared.
#[napi(object, object_from_js = false)]
pub struct NativeSharedStats {
    pub drives: f64,
    pub owned: f64,
    pub unowned: f64,
    pub claimed: f64,
    pub received: f64,
    pub handed_over: f64,
    pub lost: f64,
    /// In milliseconds since 1970.
    pub listed_at: Option<f64>,
}

impl NativeSharedStats {
    pub(super) fn new(drives: usize, view: &LeaseView) -> Self {
        let listed = view.listed.map(|at| SystemTime::now() - at.elapsed());
        Self {
            drives: number(drives as u64),
            owned: number(view.owned as u64),
            unowned: number(view.unowned as u64),
            claimed: number(view.claimed),
            received: number(view.received),
            handed_over: number(view.handed_over),
            lost: number(view.lost),
            listed_at: listed.map(time::unix_milliseconds),
        }
    }
}

pub(super) fn workers(view: LeaseView) -> Vec<NativeWorker> {
    let workers = view.workers.into_iter().map(|worker| NativeWorker {
        id: worker.id,
        capacity: number(worker.capacity),
        drives: number(worker.partitions as u64),
    });
    workers.collect()
}
