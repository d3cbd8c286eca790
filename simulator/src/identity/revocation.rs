//! When the sign-in of all users was revoked.

use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lock::lock;

/// How many revocations came before a token. Not the time of issue, because that is too coarse in a
/// token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Generation(u64);

#[derive(Default)]
pub(super) struct Revocation {
    latest: Mutex<(Generation, Option<Timestamp>)>,
}

impl Revocation {
    pub(super) fn generation(&self) -> Generation {
        lock(&self.latest).0
    }

    /// Revokes what was issued before now.
    pub(super) fn revoke(&self) {
        let mut latest = lock(&self.latest);
        latest.0.0 += 1;
        latest.1 = Some(Timestamp::now());
    }

    /// When a token of this generation was revoked.
    pub(super) fn of(&self, generation: Generation) -> Option<Timestamp> {
        let (current, at) = *lock(&self.latest);
        at.filter(|_| generation < current)
    }
}
