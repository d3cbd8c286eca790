use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::status::Status;
use crate::latch::Latch;
use crate::session::Handle;
use crate::{Error, ErrorKind};

/// What the holders of a stream of changes share with its task.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) status: Status,
    closed: Latch,
    hint: AtomicBool,
    hinted: Notify,
}

impl Control {
    pub(super) fn new(status: Status) -> Self {
        Self {
            status,
            closed: Latch::default(),
            hint: AtomicBool::new(false),
            hinted: Notify::new(),
        }
    }

    /// Passes on that something has changed.
    ///
    /// # Errors
    /// `State` if the stream has ended.
    pub(super) fn hint(&self) -> Result<(), Error> {
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

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_set()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.is_closed() || self.status.has_ended()
    }

    pub(super) async fn closed(&self) {
        self.closed.wait().await;
    }
}

impl Handle for Control {
    fn start_close(&self) {
        self.closed.set();
    }
}
