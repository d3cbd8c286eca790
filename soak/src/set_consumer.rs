//! What the members of a set have told its consumer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivebell::{Event, Lifecycle, Member, NotificationKind, SetEvent, SubscriptionSet};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Of one member.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    live: bool,
    pub(crate) gaps: u64,
    pub(crate) resyncs: u64,
    pub(crate) changes: u64,
    pub(crate) unavailable: u64,
}

/// All of them, while the consumer reads on.
#[derive(Debug)]
pub(crate) struct Crowd {
    tallies: Arc<Mutex<Vec<Tally>>>,
    live: watch::Receiver<usize>,
}

type Reader = JoinHandle<Result<(SubscriptionSet, Vec<Tally>), String>>;

impl Crowd {
    pub(crate) fn start(
        mut set: SubscriptionSet,
        indices: HashMap<Member, usize>,
        mut stop: watch::Receiver<bool>,
    ) -> (Self, Reader) {
        let tallies = Arc::new(Mutex::new(vec![Tally::default(); indices.len()]));
        let (live_now, live) = watch::channel(0);
        let crowd = Self {
            tallies: Arc::clone(&tallies),
            live,
        };
        let reader = tokio::spawn(async move {
            loop {
                let told = tokio::select! {
                    _ = stop.changed() => break,
                    told = set.next() => told.ok_or("the set has ended")?,
                };
                let tally = &mut lock(&tallies)[indices[&told.member]];
                let was = tally.live;
                tally.write(told)?;
                match (was, tally.live) {
                    (false, true) => live_now.send_modify(|live| *live += 1),
                    (true, false) => live_now.send_modify(|live| *live -= 1),
                    _ => {}
                }
            }
            let tallies = lock(&tallies).clone();
            Ok((set, tallies))
        });
        (crowd, reader)
    }

    pub(crate) fn live(&self) -> usize {
        *self.live.borrow()
    }

    /// Waits until every one of them is.
    pub(crate) async fn all_live(&self, patience: Duration) -> Result<(), String> {
        let count = lock(&self.tallies).len();
        let mut live = self.live.clone();
        match timeout(patience, live.wait_for(|live| *live == count)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err("the consumer has stopped".to_owned()),
            Err(_) => Err(format!(
                "{} of {count} are live after {patience:?}",
                self.live()
            )),
        }
    }

    /// How many changes each was told of.
    pub(crate) fn told(&self) -> Vec<u64> {
        let tallies = lock(&self.tallies);
        tallies.iter().map(|tally| tally.changes).collect()
    }

    pub(crate) fn all_told_since(&self, before: &[u64]) -> bool {
        let tallies = lock(&self.tallies);
        let mut both = tallies.iter().zip(before);
        both.all(|(tally, before)| tally.changes > *before)
    }
}

impl Tally {
    fn write(&mut self, told: SetEvent) -> Result<(), String> {
        match told.event {
            Event::Notification(note) => {
                let kind = match note.kind() {
                    NotificationKind::Resync => &mut self.resyncs,
                    _ => &mut self.changes,
                };
                *kind += 1 + note.coalesced();
            }
            Event::Lifecycle { change, coalesced } => match change {
                Lifecycle::Connected => self.live = true,
                Lifecycle::Disconnected { .. } => {
                    self.live = false;
                    self.gaps += 1 + coalesced;
                }
                Lifecycle::Unavailable { .. } => self.unavailable += 1 + coalesced,
                Lifecycle::Ended { error } => return Err(format!("one has ended: {error}")),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
