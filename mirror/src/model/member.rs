//! A drive with its stream, and what is known of it outside of the store.

use std::collections::BTreeMap;
use std::time::Duration;

use drivebell::internals::{ModelBell, TreeDrive};
use drivebell::{Changes, ChangesOptions, Resource, Since};
use fastrand::Rng;

use super::counts::Counts;
use super::replay::Replay;
use super::rows::Rows;
use crate::change::Change;
use crate::store::Enrolled;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) resource: Resource,
    pub(super) drive: TreeDrive,
    bell: ModelBell,
    options: ChangesOptions,
    pub(super) changes: Changes,
    pub(super) key: i64,
    /// What a program without a mirror would know, and what it knew at the last commit.
    pub(super) rows: Rows,
    pub(super) committed: Rows,
    pub(super) replay: Replay,
    /// Every change that was handed out, by its sequence.
    told: BTreeMap<u64, String>,
    /// What the replay must give once all changes are handled, if nothing lags.
    pub(super) expected: Option<BTreeMap<String, String>>,
    pub(super) audits: u64,
}

impl Member {
    pub(super) fn new(
        resource: Resource,
        drive: TreeDrive,
        enrolled: &Enrolled,
        replay: Replay,
        random: &mut Rng,
    ) -> Self {
        // What was lost takes an audit; everything else must be found without.
        let audits = drive.loses() || random.u32(0..3) == 0;
        let mut options = ChangesOptions::default();
        options.audit_interval = audits.then_some(Duration::from_secs(200));
        let bell = ModelBell::default();
        if random.bool() {
            bell.regain();
        }
        Self {
            changes: drive.changes(&bell, &resource, &Since::Start, &options),
            resource,
            drive,
            bell,
            options,
            key: enrolled.drive,
            rows: Rows::default(),
            committed: Rows::default(),
            replay,
            told: BTreeMap::new(),
            expected: None,
            audits: 0,
        }
    }

    /// Something happens in the drive. Returns what.
    pub(super) fn live(&mut self, random: &mut Rng, counts: &mut Counts) -> &'static str {
        let lost = self.drive.lost();
        let lived = self.drive.live();
        match lived {
            "swapped" => counts.add("drive: swapped"),
            "inverted" => counts.add("drive: inverted"),
            "replaced" => counts.add("drive: replaced"),
            "restored" => counts.add("drive: restored"),
            "renamed in case" => counts.add("drive: renamed in case"),
            "renamed the root" => counts.add("drive: renamed the root"),
            _ => {}
        }
        if self.drive.lost() > lost {
            counts.add("drive: lost deletion");
        }
        for _ in 0..random.u32(1..3) {
            self.bell.hint();
        }
        lived
    }

    /// Something happens to its connection, or to Graph.
    pub(super) fn suffer(&self, random: &mut Rng) {
        match random.u32(0..20) {
            0..3 => self.bell.lose(),
            3..5 => self.bell.go_deaf(),
            5..6 => self.bell.refuse(),
            6..11 => self.bell.regain(),
            11..13 => self.bell.renew(),
            13..15 => self.drive.forget_tokens(),
            _ => self.drive.fail(random.u32(1..4)),
        }
    }

    /// All faults end.
    pub(super) fn calm(&self) {
        self.drive.settle();
        self.bell.regain();
        self.bell.renew();
    }

    /// Goes on where the file ends.
    pub(super) fn resume(&mut self, enrolled: &Enrolled) {
        assert_eq!(self.key, enrolled.drive);
        let since = match &enrolled.checkpoint {
            Some(checkpoint) => Since::Checkpoint(checkpoint.clone()),
            None => Since::Start,
        };
        self.changes = self
            .drive
            .changes(&self.bell, &self.resource, &since, &self.options);
    }

    /// What was stored since the last commit is lost.
    pub(super) fn roll_back(&mut self) {
        self.rows = self.committed.clone();
        self.expected = None;
    }

    pub(super) fn handle(&mut self, change: &Change, counts: &mut Counts) {
        let json = change.to_json();
        if let Some(told) = self.told.get(&change.sequence) {
            assert_eq!(*told, json, "it comes again as it was");
            counts.add("repeated change");
            return;
        }
        let last = self.told.last_key_value().map_or(0, |(last, _)| *last);
        assert_eq!(change.sequence, last + 1, "no hole");
        assert_eq!(change.resource, self.resource);
        self.told.insert(change.sequence, json);
        self.replay.apply(change, counts);
    }
}
