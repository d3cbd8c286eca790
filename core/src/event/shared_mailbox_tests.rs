use std::task::Wake;
use std::time::Duration;

use super::super::notification::NotificationKind;
use super::super::samples::{
    WakeCounter, changed, coalesced, connected, disconnected, name, resync,
};
use super::*;
use crate::ErrorKind;

fn senders(count: usize) -> Vec<Arc<Sender<usize>>> {
    let sources = 0..count;
    sources
        .map(|source| Arc::new(Sender::new(source)))
        .collect()
}

fn error(text: &str) -> Error {
    Error::new(ErrorKind::NotFound, text.to_owned())
}

/// All waiting events: source, name, and how many were merged into it.
fn drain(mailbox: &SharedMailbox<usize>) -> Vec<(usize, &'static str, u64)> {
    std::iter::from_fn(|| mailbox.take())
        .map(|(sender, event)| (sender.source, name(&event), coalesced(&event)))
        .collect()
}

#[test]
fn a_mailbox_with_room_keeps_the_order_across_senders() {
    let mailbox = SharedMailbox::new(100);
    let all = senders(3);
    for round in 0..5 {
        mailbox.push(&all[round % 3], connected());
        mailbox.push(&all[(round + 1) % 3], changed());
    }
    let drained = drain(&mailbox);
    let expected: Vec<_> = (0..5)
        .flat_map(|round| [(round % 3, "connected", 0), ((round + 1) % 3, "changed", 0)])
        .collect();
    assert_eq!(drained, expected);
    assert!(all.iter().all(|sender| sender.counts() == (0, 0)));
}

#[test]
fn a_full_mailbox_merges_with_the_same_sender_only() {
    let mailbox = SharedMailbox::new(2);
    let all = senders(2);
    for _ in 0..10 {
        mailbox.push(&all[0], changed());
    }
    mailbox.push(&all[1], changed());
    mailbox.push(&all[1], resync());
    mailbox.push(&all[0], changed());
    assert_eq!(all[0].counts(), (9, 2));
    assert_eq!(all[1].counts(), (1, 1));
    assert_eq!(
        drain(&mailbox),
        [(0, "changed", 0), (0, "changed", 9), (1, "resync", 1)]
    );
    // A notification that arrives after the others were read is not merged.
    mailbox.push(&all[0], changed());
    assert_eq!(drain(&mailbox), [(0, "changed", 0)]);
}

#[test]
fn many_unstable_sessions_with_a_stalled_consumer_stay_bounded_and_lose_nothing() {
    const SENDERS: usize = 50;
    const ROUNDS: u64 = 200;
    let mailbox = SharedMailbox::new(20);
    let all = senders(SENDERS);
    for _ in 0..ROUNDS {
        for sender in &all {
            mailbox.push(sender, connected());
            mailbox.push(sender, resync());
            mailbox.push(sender, changed());
            mailbox.push(sender, disconnected(Duration::ZERO));
        }
        // Of each sender one notification, and both lifecycle kinds before and behind it.
        assert!(mailbox.len() <= 20 + 5 * SENDERS, "{}", mailbox.len());
    }
    let merged: u64 = all.iter().map(|sender| sender.counts().0).sum();
    let mut counts = [[0; 3]; SENDERS];
    let mut last = [""; SENDERS];
    let mut resyncs = [false; SENDERS];
    let mut coalesced_in_total = 0;
    while let Some((sender, event)) = mailbox.take() {
        let kind = match event {
            Event::Notification(_) => 0,
            Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            } => 1,
            _ => 2,
        };
        counts[sender.source][kind] += coalesced(&event) + 1;
        coalesced_in_total += coalesced(&event);
        last[sender.source] = name(&event);
        resyncs[sender.source] |=
            matches!(&event, Event::Notification(note) if note.kind() == NotificationKind::Resync);
    }
    assert!(
        counts
            .iter()
            .all(|each| *each == [2 * ROUNDS, ROUNDS, ROUNDS])
    );
    assert!(resyncs.iter().all(|resync| *resync));
    assert_eq!(coalesced_in_total, merged);
    // The last event of each session is the last that happened to it.
    assert!(last.iter().all(|name| *name == "disconnected"));
    assert!(all.iter().all(|sender| sender.counts().1 == 0));
}

#[test]
fn an_error_comes_last_and_the_other_senders_continue() {
    let mailbox = SharedMailbox::new(1);
    let all = senders(2);
    mailbox.push(&all[0], changed());
    mailbox.fail(&all[0], error("gone"));
    mailbox.push(&all[0], changed());
    mailbox.fail(&all[0], error("again"));
    mailbox.push(&all[1], connected());
    assert!(all[0].has_ended() && !all[1].has_ended());
    assert_eq!(
        drain(&mailbox),
        [(0, "changed", 0), (0, "ended", 0), (1, "connected", 0)]
    );
    assert!(!mailbox.is_closed());
}

/// Looks at a sender when it is woken, as a consumer on another thread may at that moment.
struct Looking {
    sender: Arc<Sender<usize>>,
    saw_end: AtomicBool,
}

impl Wake for Looking {
    fn wake(self: Arc<Self>) {
        self.saw_end.store(self.sender.has_ended(), Relaxed);
    }
}

#[test]
fn a_sender_has_ended_before_the_consumer_hears_of_it() {
    let mailbox = SharedMailbox::new(1);
    let sender = senders(1).remove(0);
    let looking = Arc::new(Looking {
        sender: Arc::clone(&sender),
        saw_end: AtomicBool::default(),
    });
    let waker = Waker::from(Arc::clone(&looking));
    assert!(
        mailbox
            .poll_waiting(&Context::from_waker(&waker))
            .is_pending()
    );
    mailbox.fail(&sender, error("gone"));
    assert!(looking.saw_end.load(Relaxed));
}

#[test]
fn a_sender_that_is_replaced_again_and_again_stays_bounded() {
    let mailbox = SharedMailbox::new(1);
    let mut sender = Arc::new(Sender::new(0));
    mailbox.push(&sender, connected());
    for round in 0..1_000 {
        mailbox.fail(&sender, error(&round.to_string()));
        sender = Arc::new(Sender::replacing(0, &sender));
    }
    assert_eq!(mailbox.len(), 2);
    mailbox.take();
    let Some((_, event)) = mailbox.take() else {
        panic!("the error waits")
    };
    assert_eq!((name(&event), coalesced(&event)), ("ended", 999));
    assert!(format!("{event:?}").contains("999"), "{event:?}");
}

#[test]
fn the_events_of_a_removed_sender_are_discarded() {
    let mailbox = SharedMailbox::new(10);
    let all = senders(2);
    for _ in 0..3 {
        mailbox.push(&all[0], changed());
        mailbox.push(&all[1], changed());
    }
    mailbox.remove(&all[0]);
    mailbox.push(&all[0], changed());
    assert_eq!(all[0].counts(), (0, 0));
    assert_eq!(drain(&mailbox), [(1, "changed", 0); 3]);
}

#[test]
fn the_consumer_is_woken_once_per_edge_and_at_the_end() {
    let mailbox = SharedMailbox::new(10);
    let all = senders(3);
    let counter = Arc::new(WakeCounter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let cx = Context::from_waker(&waker);

    mailbox.push(&all[0], changed());
    assert!(mailbox.poll_waiting(&cx).is_ready());
    drain(&mailbox);
    assert!(mailbox.poll_waiting(&cx).is_pending());
    for sender in &all {
        mailbox.push(sender, changed());
    }
    assert_eq!(counter.count(), 1);

    drain(&mailbox);
    assert!(mailbox.poll_waiting(&cx).is_pending());
    mailbox.close();
    assert_eq!(counter.count(), 2);
    assert!(mailbox.poll_waiting(&cx).is_ready());
    mailbox.push(&all[0], changed());
    assert!(drain(&mailbox).is_empty());
}

#[test]
fn long_events_of_many_senders_are_bounded_by_their_bytes() {
    let long = || {
        let argument = format!(
            r#"{{"value":[{{"siteUrl":"{}"}}]}}"#,
            "x".repeat(1024 * 1024)
        );
        let mut notes = crate::event::notification::Notification::all_from_event(Some(&argument));
        Event::Notification(notes.remove(0))
    };
    let mailbox = SharedMailbox::new(1_000_000);
    let all = senders(200);
    for _ in 0..3 {
        for sender in &all {
            mailbox.push(sender, long());
        }
    }
    assert!(lock(&mailbox.state).bytes < MAX_BYTES + 200 * 1024);
    // Beyond the budget, a hint is kept without what the service sent.
    let drained = drain(&mailbox);
    assert_eq!(drained.len(), 200);
    let resyncs = drained.iter().filter(|(_, name, _)| *name == "resync");
    assert_eq!(resyncs.count(), 137);
    assert_eq!(lock(&mailbox.state).bytes, 0);

    // A resync takes the payload of what it is merged into.
    let mailbox = SharedMailbox::new(1);
    mailbox.push(&all[0], long());
    mailbox.push(&all[0], resync());
    assert!(lock(&mailbox.state).bytes < 1024);
    mailbox.remove(&all[0]);
    assert_eq!(lock(&mailbox.state).bytes, 0);
}
