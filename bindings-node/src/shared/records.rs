//! The records of a store, as objects of JavaScript.

use drivebell_store::{Checkpoint, Ownership};
use napi_derive::napi;

use crate::number::number;

/// TypeScript has checked that the numbers are whole ones from 0.
#[napi(object)]
pub struct NativeOwnership {
    pub partition: String,
    pub owner: String,
    pub epoch: f64,
    pub weight: f64,
    pub revision: Option<String>,
}

/// Like `NativeOwnership`.
#[napi(object)]
pub struct NativeCheckpoint {
    pub partition: String,
    pub drive: String,
    pub checkpoint: String,
    pub epoch: f64,
    pub sequence: f64,
    pub memo: String,
    pub revision: Option<String>,
}

impl From<Ownership> for NativeOwnership {
    fn from(record: Ownership) -> Self {
        Self {
            partition: record.partition,
            owner: record.owner,
            epoch: number(record.epoch),
            weight: number(record.weight),
            revision: record.revision,
        }
    }
}

impl From<NativeOwnership> for Ownership {
    fn from(record: NativeOwnership) -> Self {
        Self {
            partition: record.partition,
            owner: record.owner,
            epoch: whole(record.epoch),
            weight: whole(record.weight),
            revision: record.revision,
        }
    }
}

impl From<Checkpoint> for NativeCheckpoint {
    fn from(record: Checkpoint) -> Self {
        Self {
            partition: record.partition,
            drive: record.drive,
            checkpoint: record.checkpoint,
            epoch: number(record.epoch),
            sequence: number(record.sequence),
            memo: record.memo,
            revision: record.revision,
        }
    }
}

impl From<NativeCheckpoint> for Checkpoint {
    fn from(record: NativeCheckpoint) -> Self {
        Self {
            partition: record.partition,
            drive: record.drive,
            checkpoint: record.checkpoint,
            epoch: whole(record.epoch),
            sequence: whole(record.sequence),
            memo: record.memo,
            revision: record.revision,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "TypeScript lets only safe integers from zero pass"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

pub(super) fn all<From, To: std::convert::From<From>>(records: Vec<From>) -> Vec<To> {
    records.into_iter().map(Into::into).collect()
}
