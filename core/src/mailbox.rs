use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::{Error, Event};

/// What passes from a session to its consumer.
pub(crate) type Item = Result<Event, Error>;

/// A bounded queue that never makes the session wait.
///
/// When it is full, a further notification merges into the last one waiting, which counts it:
/// memory is bounded, and nothing is lost silently.
#[derive(Debug)]
pub(crate) struct Mailbox {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Item>,
    ended: bool,
    failure: Option<Error>,
    /// There is a waker only while the consumer waits on an empty queue, so that it is woken once
    /// for however many events arrive before it looks.
    waker: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, event: Event) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        match event {
            Event::Notification(note) if state.queue.len() >= self.capacity => {
                match last_notification(&mut state.queue) {
                    Some(Event::Notification(last)) => last.merge(&note),
                    _ => state.queue.push_back(Ok(Event::Notification(note))),
                }
            }
            event => state.queue.push_back(Ok(event)),
        }
        wake(state);
    }

    /// The session has failed: what waits is still handed out, then the error, then the end.
    pub(crate) fn fail(&self, error: Error) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        state.ended = true;
        state.failure = Some(error.clone());
        state.queue.push_back(Err(error));
        wake(state);
    }

    /// The consumer has closed: it wants nothing more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.queue.clear();
        wake(state);
    }

    pub(crate) fn failure(&self) -> Option<Error> {
        self.lock().failure.clone()
    }

    /// Moves everything that waits to the end of `items`; false once nothing will follow.
    pub(crate) fn drain(&self, items: &mut VecDeque<Item>) -> bool {
        let mut state = self.lock();
        items.append(&mut state.queue);
        !state.ended
    }

    /// Ready when something waits, or nothing ever will.
    pub(crate) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.ended || !state.queue.is_empty() {
            return Poll::Ready(());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last_notification(queue: &mut VecDeque<Item>) -> Option<&mut Event> {
    queue
        .iter_mut()
        .rev()
        .filter_map(|item| item.as_mut().ok())
        .find(|event| matches!(event, Event::Notification(_)))
}

/// Wakes after unlocking: the waker may be a stranger's code.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Lifecycle, Notification, Resource};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::SystemTime;

    fn note() -> Event {
        let argument = Some(r#"{"subscriptionId":"s"}"#);
        let mut notes =
            Notification::from_event(argument, &Resource::my_drive(), SystemTime::UNIX_EPOCH);
        Event::Notification(notes.remove(0))
    }

    fn drain(mailbox: &Mailbox) -> Vec<Item> {
        let mut items = VecDeque::new();
        mailbox.drain(&mut items);
        items.into()
    }

    #[test]
    fn a_full_mailbox_counts_what_it_merges() {
        let mailbox = Mailbox::new(3);
        mailbox.push(Event::Lifecycle(Lifecycle::Connected));
        for _ in 0..1_000 {
            mailbox.push(note());
        }
        let items = drain(&mailbox);
        assert_eq!(items.len(), 3);
        let told: u64 = items
            .iter()
            .map(|item| match item {
                Ok(Event::Notification(note)) => note.coalesced() + 1,
                _ => 0,
            })
            .sum();
        assert_eq!(told, 1_000);
    }

    #[test]
    fn a_failure_comes_after_what_waits_and_is_the_last() {
        let mailbox = Mailbox::new(1);
        mailbox.push(note());
        mailbox.fail(Error::new(ErrorKind::Timeout, "late"));
        mailbox.push(note());
        mailbox.fail(Error::new(ErrorKind::Timeout, "again"));
        let items = drain(&mailbox);
        assert_eq!(items.len(), 2);
        assert!(items[0].is_ok());
        assert_eq!(items[1].as_ref().unwrap_err().to_string(), "late");
    }

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_consumer_is_woken_once_per_edge() {
        let mailbox = Mailbox::new(10);
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        let mut cx = Context::from_waker(&waker);

        mailbox.push(note());
        assert!(mailbox.poll_waiting(&mut cx).is_ready());
        drain(&mailbox);
        assert!(mailbox.poll_waiting(&mut cx).is_pending());
        for _ in 0..5 {
            mailbox.push(note());
        }
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);

        mailbox.close();
        assert!(mailbox.poll_waiting(&mut cx).is_ready());
        assert!(drain(&mailbox).is_empty());
    }
}
