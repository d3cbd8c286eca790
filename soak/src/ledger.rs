//! What one subscription has told its consumer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use drivebell::{DisconnectReason, Event, Lifecycle, NotificationKind, Subscription};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// Shared by the consumer and those who judge it.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// How often it was told to look: by a change or by a resync.
    hints: watch::Sender<u64>,
    pub(crate) gaps: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) renewals: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    /// When the server fell silent, until that is noticed.
    silent_since: std::sync::Mutex<Option<Instant>>,
    /// The longest that this took, in microseconds.
    pub(crate) longest_silence: AtomicU64,
}

impl Ledger {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            hints: watch::Sender::new(0),
            gaps: AtomicU64::new(0),
            resyncs: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            renewals: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
            silent_since: std::sync::Mutex::default(),
            longest_silence: AtomicU64::new(0),
        })
    }

    pub(crate) fn hints(&self) -> u64 {
        *self.hints.borrow()
    }

    /// Waits until it was told more than `seen` times.
    pub(crate) async fn told_since(&self, seen: u64, patience: Duration) -> bool {
        let mut hints = self.hints.subscribe();
        let told = hints.wait_for(|hints| *hints > seen);
        matches!(timeout(patience, told).await, Ok(Ok(_)))
    }

    /// From now on the server says nothing on its connection.
    pub(crate) fn fell_silent(&self) {
        let mut since = self.silent_since.lock().expect("whole");
        since.get_or_insert(Instant::now());
    }

    fn noticed(&self, reason: &DisconnectReason) {
        let since = self.silent_since.lock().expect("whole").take();
        if let (Some(since), DisconnectReason::HeartbeatTimeout) = (since, reason) {
            let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.longest_silence.fetch_max(micros, SeqCst);
        }
    }

    fn write(&self, event: &Event) {
        match event {
            Event::Notification(note) => {
                let kind = match note.kind() {
                    NotificationKind::Resync => &self.resyncs,
                    _ => &self.changes,
                };
                kind.fetch_add(1 + note.coalesced(), SeqCst);
                self.hints.send_modify(|hints| *hints += 1);
            }
            Event::Lifecycle { change, .. } => match change {
                Lifecycle::Disconnected { reason, .. } => {
                    self.gaps.fetch_add(1, SeqCst);
                    self.noticed(reason);
                }
                Lifecycle::Renewed => {
                    // The silent connection was replaced before anybody could notice.
                    self.silent_since.lock().expect("whole").take();
                    self.renewals.fetch_add(1, SeqCst);
                }
                Lifecycle::Unavailable { .. } => {
                    self.unavailable.fetch_add(1, SeqCst);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// Reads until the subscription is closed; an error is that it ended by itself.
pub(crate) async fn consume(
    mut subscription: Subscription,
    ledger: Arc<Ledger>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), String> {
    loop {
        tokio::select! {
            _ = stop.changed() => {
                subscription.close().await;
                return Ok(());
            }
            event = subscription.next() => match event {
                Some(Ok(event)) => ledger.write(&event),
                Some(Err(error)) => return Err(format!("a subscription has ended: {error}")),
                None => return Err("a subscription has ended without an error".to_owned()),
            }
        }
    }
}
