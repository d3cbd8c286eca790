//! What happened in a life.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Counts by name.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn add(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Everything that the proof is about must have happened.
    pub(super) fn check(&self) {
        const EXPECTED: [&str; 37] = [
            "batch",
            "enumeration",
            "audit",
            "restart",
            "restart before a commit",
            "repeated change",
            "left and came back",
            "compared in between",
            "compared at the end",
            "created",
            "modified",
            "renamed",
            "moved",
            "deleted",
            "moved_in",
            "moved_out",
            "inherited",
            "content_changed",
            "sharing_changed",
            "folder renamed",
            "folder moved",
            "folder deleted",
            "renamed and moved",
            "found by audit",
            "found by resync",
            "found by name",
            "came before its folder",
            "suppressed",
            "drive: swapped",
            "drive: inverted",
            "drive: replaced",
            "drive: restored",
            "drive: lost deletion",
            "drive: renamed in case",
            "drive: renamed the root",
            "silent",
            "several drives",
        ];
        let missing: Vec<_> = EXPECTED
            .into_iter()
            .filter(|name| self.of(name) < 50)
            .collect();
        assert!(missing.is_empty(), "too little of {missing:?}: {self:?}");
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (name, count) in other.0 {
            *self.0.entry(name).or_default() += count;
        }
    }
}
