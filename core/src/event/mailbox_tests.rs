use std::sync::Arc;
use std::time::Duration;

use super::super::samples::{
    WakeCounter, changed, coalesced, connected, disconnected, name, resync,
};
use super::*;
use crate::ErrorKind;

fn drain(mailbox: &Mailbox) -> Vec<Item> {
    let mut items = VecDeque::new();
    mailbox.drain(&mut items);
    items.into()
}

#[test]
fn a_full_mailbox_counts_what_it_merges() {
    let mailbox = Mailbox::new(3);
    mailbox.push(connected());
    for _ in 0..1_000 {
        mailbox.push(changed());
    }
    let items = drain(&mailbox);
    assert_eq!(items.len(), 3);
    let notifications: u64 = items
        .iter()
        .map(|item| match item {
            Ok(Event::Notification(note)) => note.coalesced() + 1,
            _ => 0,
        })
        .sum();
    assert_eq!(notifications, 1_000);
}

/// The name of each event, and how many were merged into it.
fn names_and_counts(items: &[Item]) -> Vec<(&'static str, u64)> {
    let events = items.iter().map(|item| match item {
        Ok(event) => (name(event), coalesced(event)),
        Err(_) => ("error", 0),
    });
    events.collect()
}

#[test]
fn an_unstable_session_with_a_stalled_consumer_stays_bounded() {
    let mailbox = Mailbox::new(4);
    for round in 0..1_000 {
        mailbox.push(connected());
        mailbox.push(resync());
        mailbox.push(changed());
        mailbox.push(disconnected(Duration::from_secs(round)));
    }
    let items = drain(&mailbox);
    assert_eq!(
        names_and_counts(&items),
        [
            ("connected", 0),
            ("resync", 0),
            ("resync", 2 * 999),
            ("connected", 998),
            ("disconnected", 999),
        ]
    );
    // The last event of a kind is the one that remains.
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
        mailbox.push(connected());
        mailbox.push(disconnected(Duration::ZERO));
    }
    let items = drain(&mailbox);
    assert_eq!(items.len(), 100);
    assert!(
        names_and_counts(&items)
            .iter()
            .all(|(_, coalesced)| *coalesced == 0)
    );
}

#[test]
fn a_failure_comes_last_after_the_waiting_events() {
    let mailbox = Mailbox::new(1);
    mailbox.push(changed());
    mailbox.fail(Error::new(ErrorKind::Timeout, "late"));
    mailbox.push(changed());
    mailbox.fail(Error::new(ErrorKind::Timeout, "again"));
    let items = drain(&mailbox);
    assert_eq!(items.len(), 2);
    assert!(items[0].is_ok());
    assert_eq!(items[1].as_ref().unwrap_err().message(), "late");
}

#[test]
fn the_consumer_is_woken_once_per_edge() {
    let mailbox = Mailbox::new(10);
    let counter = Arc::new(WakeCounter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let cx = Context::from_waker(&waker);

    mailbox.push(changed());
    assert!(mailbox.poll_waiting(&cx).is_ready());
    drain(&mailbox);
    assert!(mailbox.poll_waiting(&cx).is_pending());
    for _ in 0..5 {
        mailbox.push(changed());
    }
    assert_eq!(counter.count(), 1);

    mailbox.close();
    assert!(mailbox.poll_waiting(&cx).is_ready());
    assert!(drain(&mailbox).is_empty());
}

fn long(bytes: usize) -> Event {
    let argument = format!(r#"{{"value":[{{"siteUrl":"{}"}}]}}"#, "x".repeat(bytes));
    let note = Notification::all_from_event(Some(&argument)).remove(0);
    Event::Notification(note)
}

#[test]
fn long_events_fill_a_mailbox_by_their_bytes() {
    let mailbox = Mailbox::new(1_000_000);
    for _ in 0..100 {
        mailbox.push(long(1024 * 1024));
    }
    let (coalesced, waiting) = mailbox.counts();
    assert_eq!((coalesced, waiting), (93, 7));
    drain(&mailbox);
    mailbox.push(long(1024 * 1024));
    assert_eq!(mailbox.counts(), (93, 1));
}

#[test]
fn an_event_over_the_budget_waits_alone_or_without_its_payload() {
    let mailbox = Mailbox::new(1_000_000);
    mailbox.push(long(20 * 1024 * 1024));
    mailbox.push(connected());
    let items = drain(&mailbox);
    assert_eq!(names_and_counts(&items), [("changed", 0), ("connected", 0)]);

    mailbox.push(connected());
    mailbox.push(long(20 * 1024 * 1024));
    let items = drain(&mailbox);
    assert_eq!(names_and_counts(&items), [("connected", 0), ("resync", 0)]);
}
