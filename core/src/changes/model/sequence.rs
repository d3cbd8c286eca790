//! One random sequence of changes, faults and restarts.

use std::ops::AddAssign;
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::stream::start;
use super::super::{Changes, Since};
use super::drive::{Shared, State};
use super::mirror::Mirror;
use crate::session::SessionOptions;
use crate::{ChangesOptions, DisconnectReason, Error, Event, Lifecycle, Notification, Resource};

/// What happened in a life, so that it is known to have happened.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) batches: u64,
    pub(super) restarts: u64,
    pub(super) enumerations: u64,
}

impl AddAssign for Told {
    fn add_assign(&mut self, other: Self) {
        self.batches += other.batches;
        self.restarts += other.restarts;
        self.enumerations += other.enumerations;
    }
}

pub(super) struct Life {
    seed: u64,
    random: Rng,
    drive: Shared,
    mirror: Mirror,
    told: Told,
    /// The subscription is live.
    live: bool,
    events: mpsc::UnboundedSender<Result<Event, Error>>,
    changes: Changes,
}

impl Life {
    async fn live_through(mut self) -> Told {
        for _ in 0..self.random.u32(5..60) {
            match self.random.u32(0..100) {
                0..45 => self.change(),
                45..50 => self.lose_push(),
                50..58 => self.regain_push(),
                58..62 => self.drive.0.lock().expect("whole").forget_tokens(),
                62..68 => {
                    self.drive.0.lock().expect("whole").failures = self.random.u32(1..4);
                }
                68..76 => self.restart(),
                _ => self.consume().await,
            }
        }
        self.settle().await;
        assert_eq!(
            self.mirror.content(),
            self.drive.0.lock().expect("whole").live(),
            "seed {}",
            self.seed
        );
        self.told
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
        self.drive.0.lock().expect("whole").change(id, state, lag);
        if self.live {
            for _ in 0..self.random.u32(1..3) {
                self.hint();
            }
        }
    }

    fn hint(&self) {
        let note = Notification::all_from_event(Some("{}"));
        for note in note {
            self.tell(Event::Notification(note));
        }
    }

    fn lose_push(&mut self) {
        if std::mem::replace(&mut self.live, false) {
            self.tell(lifecycle(Lifecycle::Disconnected {
                reason: DisconnectReason::ConnectionReset,
                retry_in: Duration::ZERO,
            }));
        }
    }

    fn regain_push(&mut self) {
        if !std::mem::replace(&mut self.live, true) {
            self.tell_live();
        }
    }

    fn tell_live(&self) {
        self.tell(lifecycle(Lifecycle::Connected));
        let now = SystemTime::UNIX_EPOCH;
        self.tell(Event::Notification(Notification::resync(
            &Resource::my_drive(),
            now,
        )));
    }

    fn tell(&self, event: Event) {
        let _ = self.events.send(Ok(event));
    }

    /// The program ends, at any moment, and begins again where it has stored that it was.
    fn restart(&mut self) {
        let since = match &self.mirror.checkpoint {
            Some(checkpoint) => Since::Checkpoint(checkpoint.clone()),
            None => Since::Start,
        };
        (self.events, self.changes) = stream(&self.drive, &since);
        self.told.restarts += 1;
        if self.live {
            self.tell_live();
        }
    }

    async fn consume(&mut self) {
        let patience = Duration::from_millis(self.random.u64(0..20_000));
        while let Ok(batch) = timeout(patience, self.changes.next()).await {
            self.process(batch);
            if self.random.u32(0..4) == 0 {
                break;
            }
        }
    }

    fn process(&mut self, batch: Option<Result<crate::ChangeBatch, Error>>) {
        let batch = batch.expect("it does not end").expect("nor fail");
        self.told.batches += 1;
        self.told.enumerations += u64::from(batch.resync_code.is_some());
        self.mirror.apply(&batch);
        // Who crashes in between has the items, and not their checkpoint.
        if self.random.u32(0..5) > 0 {
            self.mirror.checkpoint = Some(batch.checkpoint);
        }
    }

    /// Everything is well again, and there is time.
    async fn settle(&mut self) {
        self.drive.0.lock().expect("whole").failures = 0;
        self.regain_push();
        while let Ok(batch) = timeout(Duration::from_secs(300), self.changes.next()).await {
            self.process(batch);
        }
    }
}

impl Life {
    pub(super) async fn run(seed: u64) -> Told {
        let mut random = Rng::with_seed(seed);
        let drive = Shared::default();
        drive.0.lock().expect("whole").page_size = random.usize(1..5);
        // On an empty drive these two are the same.
        let since = if random.bool() {
            Since::Start
        } else {
            Since::Now
        };
        let (events, changes) = stream(&drive, &since);
        let mut life = Life {
            seed,
            random,
            drive,
            mirror: Mirror::default(),
            told: Told::default(),
            live: false,
            events,
            changes,
        };
        if life.random.bool() {
            life.regain_push();
        }
        if since == Since::Now {
            // What changes before it has begun is not after "now".
            let first = life.changes.next().await;
            life.process(first);
        }
        life.live_through().await
    }
}

fn stream(drive: &Shared, since: &Since) -> (mpsc::UnboundedSender<Result<Event, Error>>, Changes) {
    let (send, mut receive) = mpsc::unbounded_channel();
    let events = futures_util::stream::poll_fn(move |cx| receive.poll_recv(cx));
    let changes = start(
        drive.clone(),
        events,
        Resource::my_drive(),
        since,
        &ChangesOptions::default(),
        &SessionOptions::default(),
    );
    (send, changes.expect("a checkpoint of ours"))
}

fn lifecycle(change: Lifecycle) -> Event {
    Event::Lifecycle {
        change,
        coalesced: 0,
    }
}
