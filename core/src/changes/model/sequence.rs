//! One random sequence of changes, faults and restarts.

use std::ops::AddAssign;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::batch::ChangeBatch;
use super::super::checkpoint::{Position, Since};
use super::super::stream::{Changes, start};
use super::drive::{SharedDrive, State};
use super::mirror::Mirror;
use crate::{ChangesOptions, DisconnectReason, Error, Event, Lifecycle, Notification, Resource};

/// What happened in a sequence.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) batches: u64,
    pub(super) restarts: u64,
    pub(super) enumerations: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.batches += other.batches;
        self.restarts += other.restarts;
        self.enumerations += other.enumerations;
    }
}

pub(super) struct Sequence {
    seed: u64,
    random: Rng,
    drive: SharedDrive,
    mirror: Mirror,
    counts: Counts,
    /// Whether the subscription is live.
    live: bool,
    events: mpsc::UnboundedSender<Result<Event, Error>>,
    changes: Changes,
}

impl Sequence {
    async fn take_steps(mut self) -> Counts {
        for _ in 0..self.random.u32(5..60) {
            match self.random.u32(0..100) {
                0..45 => self.change(),
                45..50 => self.lose_push(),
                50..58 => self.regain_push(),
                58..62 => self.drive.0.lock().expect("not poisoned").forget_tokens(),
                62..68 => {
                    self.drive.0.lock().expect("not poisoned").failures = self.random.u32(1..4);
                }
                68..76 => self.restart(),
                _ => self.consume().await,
            }
        }
        self.settle().await;
        assert_eq!(
            self.mirror.content(),
            self.drive.0.lock().expect("not poisoned").live(),
            "seed {}",
            self.seed
        );
        self.counts
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
        self.drive
            .0
            .lock()
            .expect("not poisoned")
            .change(id, state, lag);
        if self.live {
            for _ in 0..self.random.u32(1..3) {
                self.hint();
            }
        }
    }

    fn hint(&self) {
        let notifications = Notification::all_from_event(Some("{}"));
        for notification in notifications {
            self.emit(Event::Notification(notification));
        }
    }

    fn lose_push(&mut self) {
        if std::mem::replace(&mut self.live, false) {
            self.emit(lifecycle(Lifecycle::Disconnected {
                reason: DisconnectReason::ConnectionReset,
                retry_in: Duration::ZERO,
            }));
        }
    }

    fn regain_push(&mut self) {
        if !std::mem::replace(&mut self.live, true) {
            self.emit_live();
        }
    }

    fn emit_live(&self) {
        self.emit(lifecycle(Lifecycle::Connected));
        let now = SystemTime::UNIX_EPOCH;
        self.emit(Event::Notification(Notification::resync(
            &Resource::my_drive(),
            now,
        )));
    }

    fn emit(&self, event: Event) {
        let _ = self.events.send(Ok(event));
    }

    /// Ends the program at any moment, and starts it again from its stored checkpoint.
    fn restart(&mut self) {
        let since = match &self.mirror.checkpoint {
            Some(checkpoint) => Since::Checkpoint(checkpoint.clone()),
            None => Since::Start,
        };
        (self.events, self.changes) = stream(&self.drive, &since);
        self.counts.restarts += 1;
        if self.live {
            self.emit_live();
        }
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

    fn process(&mut self, batch: Option<Result<ChangeBatch, Error>>) {
        let batch = batch.expect("no end").expect("no failure");
        self.counts.batches += 1;
        self.counts.enumerations += u64::from(batch.resync_code.is_some());
        self.mirror.apply(&batch);
        // A program may crash after it stored the items, before it stored their checkpoint.
        if self.random.u32(0..5) > 0 {
            self.mirror.checkpoint = Some(batch.checkpoint);
        }
    }

    /// Ends all faults, and leaves the mirror time to catch up.
    async fn settle(&mut self) {
        self.drive.0.lock().expect("not poisoned").failures = 0;
        self.regain_push();
        while let Ok(batch) = timeout(Duration::from_secs(300), self.changes.next()).await {
            self.process(batch);
        }
    }
}

impl Sequence {
    pub(super) async fn run(seed: u64) -> Counts {
        let mut random = Rng::with_seed(seed);
        let drive = SharedDrive::default();
        drive.0.lock().expect("not poisoned").page_size = random.usize(1..5);
        // These two are the same on an empty drive.
        let since = if random.bool() {
            Since::Start
        } else {
            Since::Now
        };
        let (events, changes) = stream(&drive, &since);
        let mut sequence = Sequence {
            seed,
            random,
            drive,
            mirror: Mirror::default(),
            counts: Counts::default(),
            live: false,
            events,
            changes,
        };
        if sequence.random.bool() {
            sequence.regain_push();
        }
        if since == Since::Now {
            // A change before the first batch would not be after "now".
            let first = sequence.changes.next().await;
            sequence.process(first);
        }
        sequence.take_steps().await
    }
}

fn stream(
    drive: &SharedDrive,
    since: &Since,
) -> (mpsc::UnboundedSender<Result<Event, Error>>, Changes) {
    let (send, mut receive) = mpsc::unbounded_channel();
    let events = futures_util::stream::poll_fn(move |cx| receive.poll_recv(cx));
    let resource = Resource::my_drive();
    let position = Position::of(since, &resource).expect("a checkpoint of this model");
    let changes = start(
        drive.clone(),
        events,
        resource,
        position,
        &ChangesOptions::default(),
        Arc::default(),
        &Arc::default(),
    );
    (send, changes.expect("an open client"))
}

fn lifecycle(change: Lifecycle) -> Event {
    Event::Lifecycle {
        change,
        coalesced: 0,
    }
}
