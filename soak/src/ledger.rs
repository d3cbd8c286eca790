//! What one subscription has told its consumer.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell::{DisconnectReason, Event, Lifecycle, NotificationKind, Subscription};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

const HISTORY: usize = 12;

/// What is known of the connection.
#[derive(Debug)]
struct Connection {
    live: bool,
    /// When the server fell silent on it, until that is noticed.
    silent_since: Option<Instant>,
    /// What a resync would be about.
    untold: Untold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untold {
    Nothing,
    /// Whether the connection that was replaced has told all that it had to.
    Doubt,
    Gap,
}

/// Shared by the consumer and those who judge it.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// How often it was told to look: by a change or by a resync.
    hints: watch::Sender<u64>,
    pub(crate) gaps: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    /// Renewals after which a resync was told, because the server gave no sign of life on the
    /// connection that was replaced.
    pub(crate) doubts: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) renewals: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    connection: Mutex<Connection>,
    /// The last events, for who wants to know how it came to be deaf.
    history: Mutex<VecDeque<(Instant, String)>>,
    /// The longest that this took, in microseconds.
    pub(crate) longest_silence: AtomicU64,
}

impl Ledger {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            hints: watch::Sender::new(0),
            gaps: AtomicU64::new(0),
            resyncs: AtomicU64::new(0),
            doubts: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            renewals: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
            connection: Mutex::new(Connection {
                live: true,
                silent_since: None,
                untold: Untold::Nothing,
            }),
            history: Mutex::default(),
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
        let mut connection = self.connection.lock().expect("whole");
        if connection.live {
            connection.silent_since.get_or_insert(Instant::now());
        }
    }

    /// The connection is another one, or none.
    fn replaced(&self, live: bool) -> Option<Instant> {
        let mut connection = self.connection.lock().expect("whole");
        connection.live = live;
        connection.silent_since.take()
    }

    fn noticed(&self, reason: &DisconnectReason) {
        let since = self.replaced(false);
        if let (Some(since), DisconnectReason::HeartbeatTimeout) = (since, reason) {
            let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.longest_silence.fetch_max(micros, SeqCst);
        }
    }

    /// A further one for the same reason is counted by nobody, and so found in the end.
    fn resynced(&self) {
        let mut connection = self.connection.lock().expect("whole");
        if connection.untold == Untold::Doubt {
            self.doubts.fetch_add(1, SeqCst);
        }
        connection.untold = Untold::Nothing;
    }

    fn untold(&self, untold: Untold) {
        self.connection.lock().expect("whole").untold = untold;
    }

    /// The last events, and how long ago they were.
    pub(crate) fn history(&self) -> String {
        let history = self.history.lock().expect("whole");
        let lines = history
            .iter()
            .map(|(at, text)| format!("{:.1} s ago: {text}", at.elapsed().as_secs_f64()));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn write(&self, event: &Event) {
        let text = match event {
            Event::Notification(note) => note.kind().to_string(),
            Event::Lifecycle { change, .. } => format!("{change:?}"),
            other => format!("{other:?}"),
        };
        let mut history = self.history.lock().expect("whole");
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
                self.hints.send_modify(|hints| *hints += 1);
            }
            Event::Lifecycle { change, .. } => match change {
                Lifecycle::Disconnected { reason, .. } => {
                    self.gaps.fetch_add(1, SeqCst);
                    self.untold(Untold::Gap);
                    self.noticed(reason);
                }
                Lifecycle::Renewed => {
                    self.replaced(true);
                    self.untold(Untold::Doubt);
                    self.renewals.fetch_add(1, SeqCst);
                }
                Lifecycle::Connected => {
                    self.replaced(true);
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
