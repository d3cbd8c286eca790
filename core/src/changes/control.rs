use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::batch::ChangeBatch;
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
    /// The consumer has taken the end of the first enumeration.
    ready: Latch,
    ended: Latch,
    /// Why it has ended, if it failed.
    failure: OnceLock<Error>,
    pub(super) label: Label,
    hint: AtomicBool,
    hinted: Notify,
}

impl Control {
    /// `ready`: the stream begins after the first enumeration.
    pub(super) fn new(status: Status, label: Label, ready: bool) -> Self {
        let control = Self {
            status,
            closed: Latch::default(),
            ready: Latch::default(),
            ended: Latch::default(),
            failure: OnceLock::new(),
            label,
            hint: AtomicBool::new(false),
            hinted: Notify::new(),
        };
        if ready {
            control.ready.set();
        }
        control
    }

    /// The consumer has taken a batch.
    pub(super) fn taken(&self, batch: &ChangeBatch) {
        if !batch.initial || batch.caught_up {
            self.ready.set();
        }
    }

    /// The stream's task has ended. Only the first end counts.
    pub(super) fn end(&self, error: Option<Error>) {
        if self.ended.is_set() {
            return;
        }
        if let Some(error) = error {
            let _ = self.failure.set(error);
        }
        self.ended.set();
    }

    /// Waits until the consumer has taken the end of the first enumeration.
    ///
    /// # Errors
    /// The error that has ended the stream before, or `State` if it was closed.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        tokio::select! {
            biased;
            () = self.ready.wait() => return Ok(()),
            () = self.closed.wait() => {}
            () = self.ended.wait() => {}
        }
        let closed = || {
            let message =
                "this stream of changes was closed before its first enumeration was complete";
            Error::new(ErrorKind::State, message).with_label(&self.label)
        };
        Err(self.failure.get().cloned().unwrap_or_else(closed))
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
