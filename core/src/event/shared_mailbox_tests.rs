//! One queue for many, filled by sessions that flap while nobody looks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::{Duration, SystemTime};

use super::*;
use crate::{DisconnectReason, ErrorKind, Notification, NotificationKind, Resource};

type Who = usize;

fn senders(count: usize) -> Vec<Arc<Sender<Who>>> {
    (0..count).map(|who| Arc::new(Sender::new(who))).collect()
}

fn note() -> Event {
    let argument = Some(r#"{"subscriptionId":"s"}"#);
    let mut notes = Notification::all_from_event(argument);
    Event::Notification(notes.remove(0))
}

fn resync() -> Event {
    let note = Notification::resync(&Resource::my_drive(), SystemTime::UNIX_EPOCH);
    Event::Notification(note)
}

fn lifecycle(change: Lifecycle) -> Event {
    let coalesced = 0;
    Event::Lifecycle { change, coalesced }
}

fn connected() -> Event {
    lifecycle(Lifecycle::Connected)
}

fn disconnected() -> Event {
    lifecycle(Lifecycle::Disconnected {
        reason: DisconnectReason::ConnectionReset,
        retry_in: Duration::ZERO,
    })
}

fn error(text: &str) -> Error {
    Error::new(ErrorKind::NotFound, text.to_owned())
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Notification(note) => note.kind().as_str(),
        Event::Lifecycle { change, .. } => change.as_str(),
    }
}

/// How many further events this one stands for.
fn coalesced(event: &Event) -> u64 {
    match event {
        Event::Notification(note) => note.coalesced(),
        Event::Lifecycle { coalesced, .. } => *coalesced,
    }
}

/// Everything that waits: whose, its name, and how many more it stands for.
fn drain(mailbox: &SharedMailbox<Who>) -> Vec<(Who, &'static str, u64)> {
    std::iter::from_fn(|| mailbox.take())
        .map(|(sender, event)| (sender.who, name(&event), coalesced(&event)))
        .collect()
}

#[test]
fn what_has_room_keeps_its_order_across_senders() {
    let mailbox = SharedMailbox::new(100);
    let all = senders(3);
    for round in 0..5 {
        mailbox.push(&all[round % 3], connected());
        mailbox.push(&all[(round + 1) % 3], note());
    }
    let told = drain(&mailbox);
    let expected: Vec<_> = (0..5)
        .flat_map(|round| [(round % 3, "connected", 0), ((round + 1) % 3, "changed", 0)])
        .collect();
    assert_eq!(told, expected);
    assert!(all.iter().all(|sender| sender.counts() == (0, 0)));
}

#[test]
fn a_full_mailbox_merges_with_the_same_sender_only() {
    let mailbox = SharedMailbox::new(2);
    let all = senders(2);
    for _ in 0..10 {
        mailbox.push(&all[0], note());
    }
    mailbox.push(&all[1], note());
    mailbox.push(&all[1], resync());
    mailbox.push(&all[0], note());
    assert_eq!(all[0].counts(), (9, 2));
    assert_eq!(all[1].counts(), (1, 1));
    assert_eq!(
        drain(&mailbox),
        [(0, "changed", 0), (0, "changed", 9), (1, "resync", 1)]
    );
    // Once it has been looked at, the next one is an event of its own.
    mailbox.push(&all[0], note());
    assert_eq!(drain(&mailbox), [(0, "changed", 0)]);
}

#[test]
fn many_that_flap_under_a_stalled_consumer_stay_bounded_and_lose_nothing() {
    const SENDERS: usize = 50;
    const ROUNDS: u64 = 200;
    let mailbox = SharedMailbox::new(20);
    let all = senders(SENDERS);
    for _ in 0..ROUNDS {
        for sender in &all {
            mailbox.push(sender, connected());
            mailbox.push(sender, resync());
            mailbox.push(sender, note());
            mailbox.push(sender, disconnected());
        }
        // A notification, and the two kinds of event before and behind it.
        assert!(mailbox.len() <= 20 + 5 * SENDERS, "{}", mailbox.len());
    }
    let merged: u64 = all.iter().map(|sender| sender.counts().0).sum();
    let mut told = [[0; 3]; SENDERS];
    let mut last = [""; SENDERS];
    let mut resyncs = [false; SENDERS];
    let mut counted = 0;
    while let Some((sender, event)) = mailbox.take() {
        let kind = match event {
            Event::Notification(_) => 0,
            Event::Lifecycle {
                change: Lifecycle::Connected,
                ..
            } => 1,
            _ => 2,
        };
        told[sender.who][kind] += coalesced(&event) + 1;
        counted += coalesced(&event);
        last[sender.who] = name(&event);
        resyncs[sender.who] |=
            matches!(&event, Event::Notification(note) if note.kind() == NotificationKind::Resync);
    }
    assert!(
        told.iter()
            .all(|each| *each == [2 * ROUNDS, ROUNDS, ROUNDS])
    );
    assert!(resyncs.iter().all(|told| *told));
    assert_eq!(counted, merged);
    // The last thing that is told of a session is the last that happened to it.
    assert!(last.iter().all(|name| *name == "disconnected"));
    assert!(all.iter().all(|sender| sender.counts().1 == 0));
}

#[test]
fn one_that_fails_is_told_last_and_the_others_go_on() {
    let mailbox = SharedMailbox::new(1);
    let all = senders(2);
    mailbox.push(&all[0], note());
    mailbox.fail(&all[0], error("gone"));
    mailbox.push(&all[0], note());
    mailbox.fail(&all[0], error("again"));
    mailbox.push(&all[1], connected());
    assert!(all[0].is_over() && !all[1].is_over());
    assert_eq!(
        drain(&mailbox),
        [(0, "changed", 0), (0, "ended", 0), (1, "connected", 0)]
    );
    assert!(!mailbox.is_closed());
}

#[test]
fn one_that_is_tried_again_and_again_stays_bounded() {
    let mailbox = SharedMailbox::new(1);
    let mut sender = Arc::new(Sender::new(0));
    mailbox.push(&sender, connected());
    for round in 0..1_000 {
        mailbox.fail(&sender, error(&round.to_string()));
        sender = Arc::new(Sender::succeeding(0, &sender));
    }
    assert_eq!(mailbox.len(), 2);
    mailbox.take();
    let Some((_, event)) = mailbox.take() else {
        panic!("something waits")
    };
    assert_eq!((name(&event), coalesced(&event)), ("ended", 999));
    assert!(format!("{event:?}").contains("999"), "{event:?}");
}

#[test]
fn what_waits_of_one_that_leaves_is_discarded() {
    let mailbox = SharedMailbox::new(10);
    let all = senders(2);
    for _ in 0..3 {
        mailbox.push(&all[0], note());
        mailbox.push(&all[1], note());
    }
    mailbox.leave(&all[0]);
    mailbox.push(&all[0], note());
    assert_eq!(all[0].counts(), (0, 0));
    assert_eq!(drain(&mailbox), [(1, "changed", 0); 3]);
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_consumer_is_woken_once_per_edge_and_at_the_end() {
    let mailbox = SharedMailbox::new(10);
    let all = senders(3);
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let mut cx = Context::from_waker(&waker);

    mailbox.push(&all[0], note());
    assert!(mailbox.poll_waiting(&mut cx).is_ready());
    drain(&mailbox);
    assert!(mailbox.poll_waiting(&mut cx).is_pending());
    for sender in &all {
        mailbox.push(sender, note());
    }
    assert_eq!(counter.0.load(Ordering::SeqCst), 1);

    drain(&mailbox);
    assert!(mailbox.poll_waiting(&mut cx).is_pending());
    mailbox.close();
    assert_eq!(counter.0.load(Ordering::SeqCst), 2);
    assert!(mailbox.poll_waiting(&mut cx).is_ready());
    mailbox.push(&all[0], note());
    assert!(drain(&mailbox).is_empty());
}
