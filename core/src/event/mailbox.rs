use std::collections::VecDeque;
use std::mem::discriminant;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::lock::lock;
use crate::{Error, Event, Lifecycle, Notification};

/// What passes from a session to its consumer.
pub(crate) type Item = Result<Event, Error>;

/// For so many events room is kept when they are gone.
const ROOM: usize = 32;

/// A bounded queue that never makes the session wait.
///
/// When it is full, a further notification merges into the last one waiting, which counts it, and
/// a lifecycle event takes the place of an earlier one of its kind that no notification separates
/// from it, and counts that: memory is bounded, and nothing is lost silently.
#[derive(Debug)]
pub(crate) struct Mailbox {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Item>,
    /// How many events were merged into others in all.
    coalesced: u64,
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
        self.add(event);
        self.wake();
    }

    /// Adds an event without waking the consumer: a batch ends with one [`wake`](Self::wake).
    pub(crate) fn add(&self, event: Event) {
        let mut state = lock(&self.state);
        if state.ended {
            return;
        }
        if state.queue.len() < self.capacity {
            state.queue.push_back(Ok(event));
        } else {
            state.coalesced += u64::from(merge(&mut state.queue, event));
        }
    }

    /// Wakes a consumer that waits although events are there.
    pub(crate) fn wake(&self) {
        let state = lock(&self.state);
        if !state.queue.is_empty() {
            wake_unlocked(state);
        }
    }

    /// How many events were merged, and how many wait.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let state = lock(&self.state);
        (state.coalesced, state.queue.len())
    }

    /// The session has failed: what waits is still handed out, then the error, then the end.
    pub(crate) fn fail(&self, error: Error) {
        let mut state = lock(&self.state);
        if state.ended {
            return;
        }
        state.ended = true;
        state.failure = Some(error.clone());
        state.queue.push_back(Err(error));
        wake_unlocked(state);
    }

    /// The consumer has closed: it wants nothing more.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.ended = true;
        state.queue.clear();
        wake_unlocked(state);
    }

    pub(crate) fn failure(&self) -> Option<Error> {
        lock(&self.state).failure.clone()
    }

    /// Moves everything that waits to the end of `items`; false once nothing will follow.
    pub(crate) fn drain(&self, items: &mut VecDeque<Item>) -> bool {
        let mut state = lock(&self.state);
        if items.is_empty() {
            // The room goes with them: there is one for both sides as a rule, and that of a burst
            // is not kept.
            if items.capacity() > ROOM {
                *items = VecDeque::new();
            }
            std::mem::swap(items, &mut state.queue);
        } else {
            items.append(&mut state.queue);
        }
        !state.ended
    }

    /// Ready when something waits, or nothing ever will.
    pub(crate) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if state.ended || !state.queue.is_empty() {
            return Poll::Ready(());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

/// Adds an event to a full queue; true if it took the place of another.
fn merge(queue: &mut VecDeque<Item>, event: Event) -> bool {
    match event {
        Event::Notification(note) => {
            if let Some(last) = last_notification(queue) {
                last.merge(&note);
                return true;
            }
            queue.push_back(Ok(Event::Notification(note)));
            false
        }
        Event::Lifecycle { change, coalesced } => {
            let replaced = take_last_of_kind(queue, &change);
            queue.push_back(Ok(Event::Lifecycle {
                change,
                coalesced: coalesced + replaced.map_or(0, |replaced| replaced + 1),
            }));
            replaced.is_some()
        }
    }
}

fn last_notification(queue: &mut VecDeque<Item>) -> Option<&mut Notification> {
    queue.iter_mut().rev().find_map(|item| match item {
        Ok(Event::Notification(note)) => Some(note),
        _ => None,
    })
}

/// Takes the lifecycle event of this kind out of those that wait behind the last notification, and
/// tells how many it stood for.
fn take_last_of_kind(queue: &mut VecDeque<Item>, kind: &Lifecycle) -> Option<u64> {
    let mut run = queue.iter().enumerate().rev().map_while(|(index, item)| {
        let Ok(Event::Lifecycle { change, coalesced }) = item else {
            return None;
        };
        Some((index, discriminant(change), *coalesced))
    });
    let (index, _, replaced) = run.find(|(_, known, _)| *known == discriminant(kind))?;
    queue.remove(index);
    Some(replaced)
}

/// Wakes after unlocking: the waker may be a stranger's code.
fn wake_unlocked(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DisconnectReason, ErrorKind, Resource};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::{Duration, SystemTime};

    fn note() -> Event {
        let argument = Some(r#"{"subscriptionId":"s"}"#);
        let mut notes = Notification::all_from_event(argument);
        Event::Notification(notes.remove(0))
    }

    fn lifecycle(change: Lifecycle) -> Event {
        Event::Lifecycle {
            change,
            coalesced: 0,
        }
    }

    fn drain(mailbox: &Mailbox) -> Vec<Item> {
        let mut items = VecDeque::new();
        mailbox.drain(&mut items);
        items.into()
    }

    #[test]
    fn a_full_mailbox_counts_what_it_merges() {
        let mailbox = Mailbox::new(3);
        mailbox.push(lifecycle(Lifecycle::Connected));
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

    fn disconnected(seconds: u64) -> Event {
        lifecycle(Lifecycle::Disconnected {
            reason: DisconnectReason::ConnectionReset,
            retry_in: Duration::from_secs(seconds),
        })
    }

    /// Each event's name, and how many more it stands for.
    fn shown(items: &[Item]) -> Vec<(&'static str, u64)> {
        let shown = items.iter().map(|item| match item {
            Ok(Event::Notification(note)) => (note.kind().as_str(), note.coalesced()),
            Ok(Event::Lifecycle { change, coalesced }) => (change.as_str(), *coalesced),
            Err(_) => ("error", 0),
        });
        shown.collect()
    }

    #[test]
    fn a_session_that_flaps_under_a_stalled_consumer_stays_bounded() {
        let mailbox = Mailbox::new(4);
        let resync = || Notification::resync(&Resource::my_drive(), SystemTime::UNIX_EPOCH);
        for round in 0..1_000 {
            mailbox.push(lifecycle(Lifecycle::Connected));
            mailbox.push(Event::Notification(resync()));
            mailbox.push(note());
            mailbox.push(disconnected(round));
        }
        let items = drain(&mailbox);
        assert_eq!(
            shown(&items),
            [
                ("connected", 0),
                ("resync", 0),
                ("resync", 2 * 999),
                ("connected", 998),
                ("disconnected", 999),
            ]
        );
        // The last of a kind is the one that is kept.
        let Ok(Event::Lifecycle {
            change: Lifecycle::Disconnected { retry_in, .. },
            ..
        }) = &items[4]
        else {
            panic!("{items:?}")
        };
        assert_eq!(*retry_in, Duration::from_secs(999));
        assert_eq!(mailbox.counts(), (2 * 999 + 998 + 999, 0));
    }

    #[test]
    fn a_mailbox_with_room_keeps_every_event() {
        let mailbox = Mailbox::new(100);
        for _ in 0..50 {
            mailbox.push(lifecycle(Lifecycle::Connected));
            mailbox.push(disconnected(0));
        }
        let items = drain(&mailbox);
        assert_eq!(items.len(), 100);
        assert!(shown(&items).iter().all(|(_, coalesced)| *coalesced == 0));
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
