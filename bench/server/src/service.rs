use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};

/// What a session has to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// Send this many events, as fast as the socket takes them.
    Flood(u64),
    /// Send one event with the current time.
    Event,
    /// Send one event of this many bytes.
    Big(usize),
}

/// The state that all connections share.
pub(crate) struct Service {
    url: String,
    pub(crate) ping_interval: Duration,
    pub(crate) pongs: AtomicU64,
    /// Events of floods, in all sessions together.
    pub(crate) sent: AtomicU64,
    /// A session has joined, or a flood has been sent.
    pub(crate) changed: Notify,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    joined: HashMap<u64, mpsc::UnboundedSender<Command>>,
    next: u64,
    /// When the first connection arrived, or when all were cut.
    began: Option<Instant>,
}

impl Service {
    pub(crate) fn new(url: String, ping_interval: Duration) -> Self {
        Self {
            url,
            ping_interval,
            pongs: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            changed: Notify::new(),
            sessions: Mutex::default(),
        }
    }

    /// The response to an endpoint call, each with its own URL.
    pub(crate) fn endpoint(&self) -> String {
        thread_local!(static CALLS: Cell<u64> = const { Cell::new(0) });
        let call = CALLS.replace(CALLS.get() + 1);
        serde_json::json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "clientState": "system-managed:8082D436-D8DA-458D-96AD-34C902B73F37",
            "expirationDateTime": "2099-01-01T00:00:00.0000000Z",
            "id": "f267729a-51a1-4e7b-a65d-fe76017a5b81",
            "notificationUrl": format!("{}/notifications?token=t{call}&applicationId=bench", self.url),
        })
        .to_string()
    }

    /// A connection is being upgraded.
    pub(crate) fn connecting(&self) {
        let mut sessions = self.sessions.lock().expect("no panic under it");
        sessions.began.get_or_insert_with(Instant::now);
    }

    pub(crate) fn join(&self) -> (u64, mpsc::UnboundedReceiver<Command>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut sessions = self.sessions.lock().expect("no panic under it");
        let id = sessions.next;
        sessions.next += 1;
        sessions.joined.insert(id, sender);
        self.changed.notify_waiters();
        (id, receiver)
    }

    pub(crate) fn leave(&self, id: u64) {
        let mut sessions = self.sessions.lock().expect("no panic under it");
        sessions.joined.remove(&id);
    }

    /// How many sessions have joined, and the seconds since the first connection.
    pub(crate) fn joined(&self) -> (usize, f64) {
        let sessions = self.sessions.lock().expect("no panic under it");
        let seconds = sessions
            .began
            .map_or(0.0, |began| began.elapsed().as_secs_f64());
        (sessions.joined.len(), seconds)
    }

    pub(crate) fn send_to_all(&self, command: Command) {
        let sessions = self.sessions.lock().expect("no panic under it");
        for session in sessions.joined.values() {
            let _ = session.send(command);
        }
    }

    pub(crate) fn all(&self) -> Vec<mpsc::UnboundedSender<Command>> {
        let sessions = self.sessions.lock().expect("no panic under it");
        sessions.joined.values().cloned().collect()
    }

    /// Drops every connection: a session whose channel has closed ends without a close frame.
    pub(crate) fn cut(&self) {
        let mut sessions = self.sessions.lock().expect("no panic under it");
        sessions.joined.clear();
        sessions.began = Some(Instant::now());
    }

    pub(crate) fn count_pong(&self) {
        self.pongs.fetch_add(1, Relaxed);
    }
}
