//! How the consumer of a mailbox waits for events, and is woken by them.

use std::task::{Context, Poll, Waker};

use crate::lock::{Mutex, MutexGuard, lock};

/// What a mailbox keeps behind its lock.
pub(super) trait MailboxState {
    /// Events wait, or no more will follow.
    fn is_ready(&self) -> bool;

    /// The waker of a consumer, only while it waits: however many events arrive before the consumer
    /// reads them, they wake it once.
    fn waker(&mut self) -> &mut Option<Waker>;
}

/// Ready when the state is. Otherwise the waker of `cx` is stored for [`wake`].
pub(super) fn poll_waiting<S: MailboxState>(state: &Mutex<S>, cx: &Context<'_>) -> Poll<()> {
    let mut state = lock(state);
    if state.is_ready() {
        return Poll::Ready(());
    }
    match state.waker() {
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
    Poll::Pending
}

/// Wakes a consumer that waits, after unlocking, because a waker may run foreign code.
pub(super) fn wake<S: MailboxState>(mut state: MutexGuard<'_, S>) {
    let waker = state.waker().take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
