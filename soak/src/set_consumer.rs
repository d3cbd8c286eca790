//! The consumer of a set, which counts the events of each member.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivebell::{Event, Lifecycle, Member, NotificationKind, SetEvent, SubscriptionSet};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The events of one member.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemberCounts {
    live: bool,
    pub(crate) gaps: u64,
    pub(crate) resyncs: u64,
    pub(crate) changes: u64,
    pub(crate) unavailable: u64,
}

/// The counts of all members, while a task reads the set.
#[derive(Debug)]
pub(crate) struct SetConsumer {
    counts: Arc<Mutex<Vec<MemberCounts>>>,
    live: watch::Receiver<usize>,
}

type ReadTask = JoinHandle<Result<(SubscriptionSet, Vec<MemberCounts>), String>>;

impl SetConsumer {
    pub(crate) fn start(
        mut set: SubscriptionSet,
        indices: HashMap<Member, usize>,
        mut stop: watch::Receiver<bool>,
    ) -> (Self, ReadTask) {
        let counts = Arc::new(Mutex::new(vec![MemberCounts::default(); indices.len()]));
        let (live_count, live) = watch::channel(0);
        let consumer = Self {
            counts: Arc::clone(&counts),
            live,
        };
        let task = tokio::spawn(async move {
            loop {
                let event = tokio::select! {
                    _ = stop.changed() => break,
                    event = set.next() => event.ok_or("the set has ended")?,
                };
                let member = &mut lock(&counts)[indices[&event.member]];
                let was_live = member.live;
                member.add(event)?;
                match (was_live, member.live) {
                    (false, true) => live_count.send_modify(|live| *live += 1),
                    (true, false) => live_count.send_modify(|live| *live -= 1),
                    _ => {}
                }
            }
            let counts = lock(&counts).clone();
            Ok((set, counts))
        });
        (consumer, task)
    }

    pub(crate) fn live(&self) -> usize {
        *self.live.borrow()
    }

    /// Waits until all members are live.
    pub(crate) async fn all_live(&self, limit: Duration) -> Result<(), String> {
        let count = lock(&self.counts).len();
        let mut live = self.live.clone();
        match timeout(limit, live.wait_for(|live| *live == count)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err("the consumer has stopped".to_owned()),
            Err(_) => Err(format!(
                "only {} of {count} members are live after {limit:?}",
                self.live()
            )),
        }
    }

    /// The number of `changed` notifications of each member.
    pub(crate) fn changes(&self) -> Vec<u64> {
        let counts = lock(&self.counts);
        counts.iter().map(|member| member.changes).collect()
    }

    /// Whether each member has got another one since.
    pub(crate) fn all_notified_since(&self, before: &[u64]) -> bool {
        let counts = lock(&self.counts);
        let mut both = counts.iter().zip(before);
        both.all(|(member, before)| member.changes > *before)
    }
}

impl MemberCounts {
    fn add(&mut self, event: SetEvent) -> Result<(), String> {
        match event.event {
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
                Lifecycle::Ended { error } => return Err(format!("a member has ended: {error}")),
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
