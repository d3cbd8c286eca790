use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::status::{ChangesState, ChangesStats, Status};
use crate::label::Label;
use crate::latch::Latch;
use crate::session::Handle;
use crate::{Error, ErrorKind};

/// What the holders of a stream of changes share with its task.
#[derive(Debug)]
pub(crate) struct Control {
    pub(super) status: Status,
    closed: Latch,
    pub(super) label: Label,
    hint: AtomicBool,
    hinted: Notify,
}

impl Control {
    pub(super) fn new(status: Status, label: Label) -> Self {
        Self {
            status,
            closed: Latch::default(),
            label,
            hint: AtomicBool::new(false),
            hinted: Notify::new(),
        }
    }

    /// Passes on that something has changed.
    ///
    /// # Errors
    /// `State` if the stream has ended.
    pub(crate) fn hint(&self) -> Result<(), Error> {
        if self.has_ended() {
            return Err(Error::new(
                ErrorKind::State,
                "this stream of changes has ended: start another from its last checkpoint",
            ));
        }
        self.hint.store(true, Ordering::SeqCst);
        self.hinted.notify_one();
        Ok(())
    }

    /// Waits for a hint. Cancel-safe; hints that come together are one.
    pub(super) async fn hinted(&self) {
        while !self.hint.swap(false, Ordering::SeqCst) {
            self.hinted.notified().await;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.is_set()
    }

    /// Whether it was closed, or has failed.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_closed() || self.status.has_ended()
    }

    pub(crate) fn state(&self) -> ChangesState {
        if self.is_closed() {
            return ChangesState::Closed;
        }
        self.status.state()
    }

    pub(crate) fn stats(&self) -> ChangesStats {
        self.status.stats()
    }

    pub(crate) async fn closed(&self) {
        self.closed.wait().await;
    }
}

impl Handle for Control {
    fn start_close(&self) {
        self.closed.set();
    }
}
