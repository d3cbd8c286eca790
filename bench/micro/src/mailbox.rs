//! The queue of a subscription.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration;

use drivebell::internals::Mailbox;
use drivebell::{Error, Event};

use crate::{BATCH, Case, payload, repeat_prepared};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "mailbox-push",
        run: push,
    },
    Case {
        name: "mailbox-merge",
        run: merge,
    },
    Case {
        name: "mailbox-drain",
        run: |times| drain(times, 1),
    },
    Case {
        name: "mailbox-drain-10",
        run: |times| drain(times, 10),
    },
];

type Items = VecDeque<Result<Event, Error>>;

/// `count` events, each with its own notification.
pub(crate) fn events(count: usize) -> impl Iterator<Item = Event> {
    let notes = payload::of(count);
    notes.into_iter().map(Event::Notification)
}

fn push(times: u64) -> Duration {
    let mailbox = Mailbox::new(BATCH);
    let items: Items = events(BATCH).map(Ok).collect();
    repeat_prepared(
        times,
        items,
        |items| {
            mailbox.drain(items);
        },
        |items| push_one(&mailbox, items),
    )
}

fn push_one(mailbox: &Mailbox, items: &mut Items) {
    if let Some(Ok(event)) = items.pop_front() {
        mailbox.push(event);
    }
}

/// Pushes into a full mailbox, which only counts the event.
fn merge(times: u64) -> Duration {
    let mailbox = Mailbox::new(1);
    events(1).for_each(|event| mailbox.push(event));
    let event = events(1).next().expect("there is one");
    repeat_prepared(
        times,
        Vec::new(),
        |waiting: &mut Vec<_>| waiting.resize_with(BATCH, || event.clone()),
        |waiting| mailbox.push(waiting.pop().expect("there is one for each time")),
    )
}

/// Drains a mailbox in which `waiting` events wait.
fn drain(times: u64, waiting: usize) -> Duration {
    let mailboxes: Vec<_> = (0..BATCH).map(|_| Mailbox::new(waiting)).collect();
    let items: Items = events(BATCH * waiting).map(Ok).collect();
    repeat_prepared(
        times,
        (items, 0),
        |(items, next)| {
            for mailbox in &mailboxes {
                (0..waiting).for_each(|_| push_one(mailbox, items));
            }
            *next = 0;
        },
        |(items, next)| {
            mailboxes[*next].drain(black_box(items));
            *next += 1;
        },
    )
}
