//! Who waits for a mailbox.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Notify;

/// A waker that a thread of the model waits for. Without a wake-up it waits for ever, which is a
/// deadlock.
pub(crate) struct Bell(Notify);

impl Bell {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Notify::new()))
    }

    pub(crate) fn wait(&self) {
        self.0.wait();
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// Waits until `poll` is ready, as a task does.
pub(crate) fn wait_for(mut poll: impl FnMut(&Context<'_>) -> Poll<()>) {
    let bell = Bell::new();
    let waker = Waker::from(Arc::clone(&bell));
    while poll(&Context::from_waker(&waker)).is_pending() {
        bell.wait();
    }
}
