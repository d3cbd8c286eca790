//! The task of a partition: takes it, follows its drives, and gives it back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use drivebell::{Error, Since};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::adoption::{Fenced, adopt, listed, update};
use super::follower::{Order, Shared};
use super::hold::Hold;
use super::host::{DriveSource, FollowedDrive, Host};
use super::registry::{Entry, Followed, Stage};
use crate::Checkpoint;

/// How many checkpoints of a partition are taken at the same time.
const ADOPTIONS: usize = 16;

pub(super) async fn run<H: Host>(
    shared: Arc<Shared<H>>,
    hold: Arc<Hold>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    take_and_give_back(&shared, &hold, &mut orders).await;
    shared.ended(&hold.lease);
}

async fn take_and_give_back<H: Host>(
    shared: &Arc<Shared<H>>,
    hold: &Arc<Hold>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) {
    let followed = tokio::select! {
        biased;
        () = hold.lost() => Ok(()),
        followed = follow(shared, hold, orders) => followed,
    };
    shared.stop_all(hold);
    if let Err(Fenced(newer)) = followed {
        shared.keeper.fenced(hold.lease.clone(), newer);
        return;
    }
    tokio::select! {
        biased;
        () = hold.lost() => {}
        () = hold.finish() => shared.keeper.released(hold.lease.clone()),
    }
}

/// Until the partition is to be given back.
async fn follow<H: Host>(
    shared: &Arc<Shared<H>>,
    hold: &Arc<Hold>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> Result<(), Fenced> {
    let mut retries = interval_at(
        Instant::now() + shared.options.refused_retry,
        shared.options.refused_retry,
    );
    retries.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let turn = shared.takeovers.acquire().await;
    let fence = shared.host.raise_fence(&hold.lease).await;
    let fence = fence.ok_or(Fenced(None))?;
    let mut taking = Taking {
        shared,
        hold,
        fence,
        known: listed(&*shared.store, &hold.lease.partition).await,
    };
    taking.refresh().await?;
    hold.followed();
    drop(turn);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Refresh) => {}
                Some(Order::Retry(drive)) => shared.forget_refused(hold, Some(&drive)),
                Some(Order::Release) | None => return Ok(()),
            },
            _ = retries.tick() => shared.forget_refused(hold, None),
        }
        taking.refresh().await?;
    }
}

/// A partition of which this worker takes the drives.
struct Taking<'a, H: Host> {
    shared: &'a Arc<Shared<H>>,
    hold: &'a Arc<Hold>,
    fence: H::Fence,
    /// What was listed when the lease began, of drives that are not taken yet.
    known: HashMap<String, Checkpoint>,
}

impl<H: Host> Taking<'_, H> {
    /// Follows what the host has now.
    async fn refresh(&mut self) -> Result<(), Fenced> {
        let drives = self.shared.host.drives(&self.hold.lease.partition).await;
        let mut gone = self.shared.stop_others(self.hold, &drives);
        if !self.shared.host.removed_for_all() {
            gone.clear();
        }
        for key in gone {
            self.forget(&key).await?;
        }
        let new = self.shared.enter(self.hold, drives);
        let known = new
            .iter()
            .map(|(key, _)| self.known.remove(&**key))
            .collect::<Vec<_>>();
        let this = &*self;
        stream::iter(new.into_iter().zip(known))
            .map(|((key, source), known)| this.take(key, source, known))
            .buffer_unordered(ADOPTIONS)
            .try_collect()
            .await
    }

    /// Takes a drive's checkpoint, and follows it.
    async fn take(
        &self,
        key: Arc<str>,
        source: DriveSource,
        known: Option<Checkpoint>,
    ) -> Result<(), Fenced> {
        let shared = self.shared;
        let lease = &self.hold.lease;
        let mut checkpoint = adopt(&*shared.store, lease, &key, known).await?;
        let memo = std::mem::take(&mut checkpoint.memo);
        let memo = shared.host.adopt(&key, &self.fence, memo).await;
        checkpoint.memo = memo.ok_or(Fenced(None))?;
        let since = if checkpoint.checkpoint.is_empty() {
            source.since.clone()
        } else {
            Since::Checkpoint(checkpoint.checkpoint.clone())
        };
        let followed = Followed {
            key,
            source,
            hold: Arc::clone(self.hold),
            fence: self.fence.clone(),
            checkpoint: Mutex::new(checkpoint),
            abandoned: AtomicBool::new(false),
        };
        shared.add(followed, &since);
        Ok(())
    }

    /// The drive begins anew if it is added again.
    async fn forget(&self, key: &str) -> Result<(), Fenced> {
        let store = &*self.shared.store;
        let lease = &self.hold.lease;
        let known = listed(store, &lease.partition).await.remove(key);
        let Some(known) = known else {
            return Ok(());
        };
        if known.epoch > lease.epoch {
            return Err(Fenced(Some(known.epoch)));
        }
        let empty = Checkpoint {
            checkpoint: String::new(),
            memo: String::new(),
            sequence: known.sequence + 1,
            epoch: lease.epoch,
            ..known
        };
        update(store, empty).await?;
        Ok(())
    }
}

impl<H: Host> Shared<H> {
    /// Ends the streams of a partition.
    pub(super) fn stop_all(&self, hold: &Hold) {
        self.stop_others(hold, &[]);
    }

    /// Ends the streams of those drives of the partition that are not among these, are different now, or
    /// hand out nothing any more: these begin again at their checkpoints.
    /// Returns the keys of those that are gone.
    fn stop_others(&self, hold: &Hold, drives: &[FollowedDrive]) -> Vec<Arc<str>> {
        let wanted: HashMap<&str, &FollowedDrive> =
            drives.iter().map(|drive| (&*drive.key, drive)).collect();
        let mut inner = self.registry.lock();
        let stopped = inner
            .entries(&hold.lease.partition)
            .filter(|(_, entry)| entry.lease == hold.lease)
            .filter(|(key, entry)| {
                inner.is_deaf(entry)
                    || wanted
                        .get(&***key)
                        .is_none_or(|wanted| !is_same(&wanted.source, &entry.drive.source))
            })
            .map(|(key, _)| Arc::clone(key))
            .collect::<Vec<_>>();
        for key in &stopped {
            if let Some(Entry {
                stage: Stage::Followed(member),
                ..
            }) = inner.remove(&hold.lease.partition, key)
            {
                inner.members.remove(&member);
                self.members.remove(member.client(), member.resource());
            }
        }
        drop(inner);
        stopped
            .into_iter()
            .filter(|key| !wanted.contains_key(&**key))
            .collect()
    }

    /// Enters those that are not followed yet. Returns those that can be.
    fn enter(&self, hold: &Hold, drives: Vec<FollowedDrive>) -> Vec<(Arc<str>, DriveSource)> {
        if drives.is_empty() {
            return Vec::new();
        }
        let mut inner = self.registry.lock();
        let entries = inner.entries_mut(&hold.lease.partition);
        let mut new = Vec::new();
        for drive in drives {
            if entries
                .get(&drive.key)
                .is_some_and(|entry| entry.lease == hold.lease)
            {
                continue;
            }
            let stage = match &drive.source {
                Ok(source) => {
                    new.push((Arc::clone(&drive.key), source.clone()));
                    Stage::Starting
                }
                Err(error) => Stage::Refused(error.clone()),
            };
            let entry = Entry {
                lease: hold.lease.clone(),
                stage,
                drive,
            };
            entries.insert(Arc::clone(&entry.drive.key), entry);
        }
        new
    }

    fn add(&self, followed: Followed<H::Fence>, since: &Since) {
        let DriveSource {
            client, resource, ..
        } = &followed.source;
        let mut inner = self.registry.lock();
        let known = self.members.get(client, resource);
        if let Some(other) = known.and_then(|member| inner.members.get(&member)) {
            let problem = format!("{resource} is followed already, by the name {}", other.key);
            let error = Error::invalid_argument("resource", problem);
            inner.refuse(&followed, error);
            return;
        }
        let added = self
            .members
            .add_for(client, resource, since)
            .or_else(|error| {
                if error.argument() != Some("since") || *since == followed.source.since {
                    return Err(error);
                }
                // The entry has another resource now.
                tracing::warn!(drive = &*followed.key, %error, "the stored checkpoint cannot be used: the drive is followed from its beginning");
                self.members
                    .add_for(client, resource, &followed.source.since)
            });
        let Some(entry) = inner.entry_mut(&followed) else {
            return;
        };
        match added {
            Ok(member) => {
                entry.stage = Stage::Followed(member.clone());
                inner.members.insert(member, Arc::new(followed));
            }
            Err(error) => {
                entry.stage = Stage::Refused(error.clone());
                drop(inner);
                self.host.refused(&followed.key, &error);
            }
        }
    }

    /// So that they are tried again: all, or one of them.
    fn forget_refused(&self, hold: &Hold, only: Option<&str>) {
        let mut inner = self.registry.lock();
        let refused: Vec<_> = inner
            .entries(&hold.lease.partition)
            .filter(|(key, entry)| {
                entry.lease == hold.lease
                    && only.is_none_or(|only| *only == ***key)
                    && matches!(entry.stage, Stage::Refused(_))
            })
            .map(|(key, _)| Arc::clone(key))
            .collect();
        for key in refused {
            inner.remove(&hold.lease.partition, &key);
        }
    }
}

fn is_same(a: &Result<DriveSource, Error>, b: &Result<DriveSource, Error>) -> bool {
    matches!((a, b), (Ok(a), Ok(b)) if a == b)
}
