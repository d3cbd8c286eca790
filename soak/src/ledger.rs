//! The events of one subscription, counted and checked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell::{DisconnectReason, Event, Lifecycle, NotificationKind, Subscription};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// The number of events that an error shows.
const HISTORY: usize = 12;

/// The connection, as its events and the faults describe it.
#[derive(Debug)]
struct Connection {
    live: bool,
    /// When the server fell silent, until the session notices.
    silent_since: Option<Instant>,
    expected: Resync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resync {
    NotExpected,
    /// Possible: if the replaced connection did not answer the goodbye, notifications may be lost.
    AfterRenewal,
    AfterGap,
}

/// Written by the consumer, and read by the checks.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The number of notifications of either kind.
    notifications: watch::Sender<u64>,
    pub(crate) gaps: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    /// Resyncs after a renewal, because the replaced connection may have been dead.
    pub(crate) resyncs_after_renewal: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) renewals: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    connection: Mutex<Connection>,
    /// The last events, to explain a missing notification.
    history: Mutex<VecDeque<(Instant, String)>>,
    /// The longest time from the server's silence to `disconnected`, in microseconds.
    pub(crate) longest_silence: AtomicU64,
}

impl Ledger {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            notifications: watch::Sender::new(0),
            gaps: AtomicU64::new(0),
            resyncs: AtomicU64::new(0),
            resyncs_after_renewal: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            renewals: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
            connection: Mutex::new(Connection {
                live: true,
                silent_since: None,
                expected: Resync::NotExpected,
            }),
            history: Mutex::default(),
            longest_silence: AtomicU64::new(0),
        })
    }

    pub(crate) fn notifications(&self) -> u64 {
        *self.notifications.borrow()
    }

    /// Waits until there are more than `before` notifications. `false`: not within `limit`.
    pub(crate) async fn notified_since(&self, before: u64, limit: Duration) -> bool {
        let mut notifications = self.notifications.subscribe();
        let notified = notifications.wait_for(|count| *count > before);
        matches!(timeout(limit, notified).await, Ok(Ok(_)))
    }

    /// The server sends nothing from now on.
    pub(crate) fn silence_begins(&self) {
        let mut connection = self
            .connection
            .lock()
            .expect("no panic while it was locked");
        if connection.live {
            connection.silent_since.get_or_insert(Instant::now());
        }
    }

    /// There is a new connection, or none. Returns when the old one fell silent.
    fn set_live(&self, live: bool) -> Option<Instant> {
        let mut connection = self
            .connection
            .lock()
            .expect("no panic while it was locked");
        connection.live = live;
        connection.silent_since.take()
    }

    fn disconnected(&self, reason: &DisconnectReason) {
        let since = self.set_live(false);
        if let (Some(since), DisconnectReason::HeartbeatTimeout) = (since, reason) {
            let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.longest_silence.fetch_max(micros, SeqCst);
        }
    }

    /// Each cause allows one resync. The check of the totals finds any further one.
    fn resynced(&self) {
        let mut connection = self
            .connection
            .lock()
            .expect("no panic while it was locked");
        if connection.expected == Resync::AfterRenewal {
            self.resyncs_after_renewal.fetch_add(1, SeqCst);
        }
        connection.expected = Resync::NotExpected;
    }

    fn expect(&self, resync: Resync) {
        let mut connection = self
            .connection
            .lock()
            .expect("no panic while it was locked");
        connection.expected = resync;
    }

    /// The last events, each with its age.
    pub(crate) fn history(&self) -> String {
        let history = self.history.lock().expect("no panic while it was locked");
        let lines = history
            .iter()
            .map(|(at, text)| format!("{:.1} s ago: {text}", at.elapsed().as_secs_f64()));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn add(&self, event: &Event) {
        let text = match event {
            Event::Notification(note) => note.kind().to_string(),
            Event::Lifecycle { change, .. } => format!("{change:?}"),
            other => format!("{other:?}"),
        };
        let mut history = self.history.lock().expect("no panic while it was locked");
        history.push_back((Instant::now(), text));
        if history.len() > HISTORY {
            history.pop_front();
        }
        drop(history);
        match event {
            Event::Notification(note) => {
                let kind = match note.kind() {
                    NotificationKind::Resync => {
                        self.resynced();
                        &self.resyncs
                    }
                    _ => &self.changes,
                };
                kind.fetch_add(1 + note.coalesced(), SeqCst);
                self.notifications.send_modify(|count| *count += 1);
            }
            Event::Lifecycle { change, .. } => match change {
                Lifecycle::Disconnected { reason, .. } => {
                    self.gaps.fetch_add(1, SeqCst);
                    self.expect(Resync::AfterGap);
                    self.disconnected(reason);
                }
                Lifecycle::Renewed => {
                    self.set_live(true);
                    self.expect(Resync::AfterRenewal);
                    self.renewals.fetch_add(1, SeqCst);
                }
                Lifecycle::Connected => {
                    self.set_live(true);
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

/// Reads until `stop`, and closes the subscription then. An error if it ends before.
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
                Some(Ok(event)) => ledger.add(&event),
                Some(Err(error)) => return Err(format!("a subscription has ended: {error}")),
                None => return Err("a subscription has ended without an error".to_owned()),
            }
        }
    }
}
