//! What the follower asks of a fleet: the drives of a partition, fences, and to publish what changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivebell::{Error, Since};
use drivebell_store::{Delivered, Delivery, DriveSource, FollowedDrive, Host, Lease};
use tokio::time::{Instant, sleep};

use super::clients::Clients;
use super::roster::Roster;
use crate::drives::{Drive, DriveList, StartAt};
use crate::outbox::{Drive as PublishedDrive, Fence, Outbox, Published};

/// Before the bucket of drives is asked again.
const WAIT: Duration = Duration::from_secs(1);

pub(crate) struct FleetHost {
    pub(super) list: DriveList,
    pub(super) roster: Arc<Roster>,
    pub(super) clients: Clients,
    pub(super) outbox: Outbox,
    /// Since when a batch of a drive has been waiting for the stream.
    waiting: Mutex<HashMap<Arc<str>, Instant>>,
    /// When a change was published last.
    last_change: Mutex<Option<Instant>>,
}

impl FleetHost {
    pub(super) fn new(
        list: DriveList,
        roster: Arc<Roster>,
        clients: Clients,
        outbox: Outbox,
    ) -> Self {
        Self {
            list,
            roster,
            clients,
            outbox,
            waiting: Mutex::default(),
            last_change: Mutex::default(),
        }
    }

    /// How long a batch of the drive has been waiting for the stream.
    pub(super) fn waits_for(&self, key: &str) -> Option<Duration> {
        self.waiting().get(key).map(Instant::elapsed)
    }

    pub(super) fn since_last_change(&self) -> Option<Duration> {
        let last = self
            .last_change
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(Instant::elapsed)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Arc<str>, Instant>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drive(&self, key: &str, drive: &Drive) -> FollowedDrive {
        let since = match drive.since {
            StartAt::Start => Some(Since::Start),
            StartAt::Now => Some(Since::Now),
            StartAt::Checkpoint => self.since(key).await,
        };
        let client = self.clients.get(&drive.tenant, &drive.user);
        FollowedDrive {
            key: key.into(),
            source: client.map(|client| DriveSource {
                client,
                resource: drive.resource.clone(),
                since: since.unwrap_or(Since::Start),
            }),
        }
    }

    /// `None` if the drive was removed meanwhile.
    async fn since(&self, key: &str) -> Option<Since> {
        loop {
            match self.list.since(key).await {
                Ok(since) => return since,
                Err(error) => {
                    tracing::debug!(drive = key, %error, "trying again");
                    sleep(WAIT).await;
                }
            }
        }
    }
}

impl Host for FleetHost {
    type Fence = Fence;

    async fn drives(&self, partition: &str) -> Vec<FollowedDrive> {
        let mut drives = Vec::new();
        for key in self.roster.keys(partition) {
            if let Some(drive) = self.list.get(&key) {
                drives.push(self.drive(&key, &drive).await);
            }
        }
        drives
    }

    async fn raise_fence(&self, lease: &Lease) -> Option<Fence> {
        self.outbox.raise(&lease.partition, lease.epoch).await
    }

    async fn adopt(&self, drive: &str, _fence: &Fence, memo: String) -> Option<String> {
        Some(self.outbox.adopt(drive, &memo).await)
    }

    async fn deliver(&self, delivery: Delivery<'_, Fence>) -> Delivered {
        let _waiting = Waiting::begin(self, delivery.drive);
        let resource = delivery.resource.to_string();
        let label = self.list.get(delivery.drive).and_then(|drive| drive.label);
        let drive = PublishedDrive {
            key: delivery.drive,
            resource: &resource,
            label: label.as_deref(),
        };
        let published = self
            .outbox
            .publish(&drive, delivery.fence, delivery.batch, delivery.memo)
            .await;
        match published {
            Published::Done { memo } => {
                if !delivery.batch.items.is_empty() {
                    let mut last = self
                        .last_change
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    *last = Some(Instant::now());
                }
                Delivered::Done { memo }
            }
            Published::Fenced => Delivered::Fenced,
        }
    }

    fn refused(&self, drive: &str, error: &Error) {
        tracing::warn!(
            drive,
            error = error.message(),
            kind = error.kind().as_str(),
            "a drive is refused: it is tried again later"
        );
    }
}

/// A batch that waits, until it is dropped.
struct Waiting<'a> {
    host: &'a FleetHost,
    drive: &'a Arc<str>,
}

impl<'a> Waiting<'a> {
    fn begin(host: &'a FleetHost, drive: &'a Arc<str>) -> Self {
        host.waiting().insert(Arc::clone(drive), Instant::now());
        Self { host, drive }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.host.waiting().remove(self.drive);
    }
}
