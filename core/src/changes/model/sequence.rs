//! One random life of a drive and its mirror: changes, faults and restarts.

use std::ops::AddAssign;
use std::sync::MutexGuard;
use std::time::Duration;

use fastrand::Rng;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::super::batch::{ChangeBatch, Trigger};
use super::super::checkpoint::Since;
use super::super::stream::Changes;
use super::bell::ModelBell;
use super::drive::{Drive, State};
use super::feed::{Shared, Unkindness};
use super::mirror::Mirror;
use super::start;
use crate::{ChangesOptions, Resource};

/// Longer than any lag, backoff and poll of the model.
const SETTLES: Duration = Duration::from_secs(600);

/// What happened in a sequence.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) batches: u64,
    pub(super) restarts: u64,
    pub(super) enumerations: u64,
    pub(super) audits: u64,
    /// Items that a repeated query or an audit has found.
    pub(super) found_late: u64,
    /// Rows that only an enumeration has shown to be gone.
    pub(super) swept: u64,
    /// Deletions that were never reported.
    pub(super) lost: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.batches += other.batches;
        self.restarts += other.restarts;
        self.enumerations += other.enumerations;
        self.audits += other.audits;
        self.found_late += other.found_late;
        self.swept += other.swept;
        self.lost += other.lost;
    }
}

pub(super) struct Sequence {
    seed: u64,
    random: Rng,
    drive: Shared<Drive>,
    mirror: Mirror,
    counts: Counts,
    options: ChangesOptions,
    bell: ModelBell,
    changes: Changes,
}

impl Sequence {
    pub(super) async fn run(seed: u64) -> Counts {
        let mut random = Rng::with_seed(seed);
        let drive = Shared::<Drive>::default();
        let unkindness = Unkindness {
            skips: random.bool(),
            hides: true,
            loses: if random.bool() { 30 } else { 0 },
            repeats: random.choice([0, 25]).unwrap_or_default(),
            random: Rng::with_seed(seed),
            ..Unkindness::default()
        };
        // What was lost takes an audit; everything else must be found without.
        let audits = unkindness.loses > 0 || random.u32(0..3) == 0;
        let options = ChangesOptions {
            audit_interval: audits.then_some(Duration::from_secs(200)),
            ..ChangesOptions::default()
        };
        {
            let mut drive = drive.lock();
            drive.page_size = random.usize(1..5);
            drive.unkindness = unkindness;
        }
        // These two are the same on an empty drive. But nothing of the second is audited.
        let since = if audits || random.bool() {
            Since::Start
        } else {
            Since::Now
        };
        let bell = ModelBell::default();
        let changes = stream(&drive, &bell, &since, &options);
        let mut sequence = Self {
            seed,
            random,
            drive,
            mirror: Mirror::default(),
            counts: Counts::default(),
            options,
            bell,
            changes,
        };
        if sequence.random.bool() {
            sequence.bell.regain();
        }
        if since == Since::Now {
            // A change before the first batch would not be after "now".
            let first = sequence.changes.next().await;
            sequence.process(first);
        }
        sequence.take_steps().await
    }

    async fn take_steps(mut self) -> Counts {
        for _ in 0..self.random.u32(5..60) {
            match self.random.u32(0..100) {
                0..45 => self.change(),
                45..48 => self.bell.lose(),
                48..50 => self.bell.go_deaf(),
                50..51 => self.bell.refuse(),
                51..58 => self.bell.regain(),
                58..60 => self.drive().forget_tokens(),
                60..62 => self.bell.renew(),
                62..68 => {
                    let failures = self.random.u32(1..4);
                    self.drive().failures = failures;
                }
                68..76 => self.restart(),
                _ => self.consume().await,
            }
        }
        self.settle().await;
        let truth = self.drive().content();
        assert_eq!(self.mirror.content(), truth, "seed {}", self.seed);
        self.counts.swept = self.mirror.swept;
        let lost = self.drive().lost();
        self.counts.lost = u64::try_from(lost).expect("few items");
        self.counts
    }

    fn drive(&self) -> MutexGuard<'_, Drive> {
        self.drive.lock()
    }

    fn change(&mut self) {
        let id = self.random.u32(0..12);
        let state = (self.random.u32(0..4) > 0).then(|| State {
            name: format!("name {}", self.random.u32(0..1_000)),
            parent: self
                .random
                .bool()
                .then(|| self.random.u32(0..12).to_string()),
            size: self.random.u64(..),
        });
        let lag = Duration::from_millis(self.random.u64(0..12_000));
        self.drive().change(id, state, lag);
        for _ in 0..self.random.u32(1..3) {
            self.bell.hint();
        }
    }

    /// Ends the program at any moment, and starts it again from its stored checkpoint.
    fn restart(&mut self) {
        let since = match &self.mirror.checkpoint {
            Some(checkpoint) => Since::Checkpoint(checkpoint.clone()),
            None => Since::Start,
        };
        self.changes = stream(&self.drive, &self.bell, &since, &self.options);
        self.counts.restarts += 1;
    }

    async fn consume(&mut self) {
        let limit = Duration::from_millis(self.random.u64(0..20_000));
        while let Ok(batch) = timeout(limit, self.changes.next()).await {
            self.process(batch);
            if self.random.u32(0..4) == 0 {
                break;
            }
        }
    }

    fn process(&mut self, batch: Option<Result<ChangeBatch, crate::Error>>) {
        let batch = batch.expect("no end").expect("no failure");
        self.counts.batches += 1;
        self.counts.enumerations += u64::from(batch.resync_code.is_some());
        self.counts.audits += u64::from(batch.trigger == Trigger::Audit && batch.caught_up);
        if matches!(batch.trigger, Trigger::Lag | Trigger::Audit) {
            self.counts.found_late += u64::try_from(batch.items.len()).expect("few items");
        }
        self.mirror.apply(&batch);
        // A program may crash after it stored the items, before it stored their checkpoint.
        if self.random.u32(0..5) > 0 {
            self.mirror.checkpoint = Some(batch.checkpoint);
        }
    }

    /// Ends all faults, and leaves the mirror time to catch up: for what Graph has lost, until an audit
    /// that began afterwards is complete.
    async fn settle(&mut self) {
        self.drive().failures = 0;
        self.drive().unkindness.loses = 0;
        self.bell.regain();
        self.bell.renew();
        let until = Instant::now() + SETTLES;
        while let Ok(batch) = timeout_at(until, self.changes.next()).await {
            self.process(batch);
        }
        let audits = self.counts.audits;
        while self.drive().lost() > 0 && self.counts.audits < audits + 2 {
            let batch = timeout(2 * SETTLES, self.changes.next()).await;
            self.process(batch.expect("an audit"));
        }
    }
}

fn stream(
    drive: &Shared<Drive>,
    bell: &ModelBell,
    since: &Since,
    options: &ChangesOptions,
) -> Changes {
    start(drive.clone(), bell, &Resource::my_drive(), since, options)
}
