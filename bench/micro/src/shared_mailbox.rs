//! The queue of a set of subscriptions, with as many senders as events.

use std::hint::black_box;
use std::time::Duration;

use drivebell::Event;
use drivebell::internals::{Sender, SharedMailbox};

use crate::mailbox::events;
use crate::{BATCH, Case, repeat_prepared};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "shared-push",
        run: push,
    },
    Case {
        name: "shared-merge",
        run: merge,
    },
    Case {
        name: "shared-take",
        run: take,
    },
];

/// Events to send, or taken, with their senders.
type Sent = Vec<(Sender, Event)>;

fn sent() -> Sent {
    events(BATCH).map(|event| (Sender::new(), event)).collect()
}

fn push_one(mailbox: &SharedMailbox, sent: &mut Sent) {
    let (sender, event) = sent.pop().expect("there is one for each time");
    mailbox.push(&sender, event);
}

fn push(times: u64) -> Duration {
    let mailbox = SharedMailbox::new(BATCH);
    repeat_prepared(
        times,
        sent(),
        |sent| sent.extend(std::iter::from_fn(|| mailbox.take())),
        |sent| push_one(&mailbox, sent),
    )
}

/// Pushes into a full mailbox, where an event of every sender waits already.
fn merge(times: u64) -> Duration {
    let mailbox = SharedMailbox::new(BATCH);
    let senders: Vec<_> = (0..BATCH).map(|_| Sender::new()).collect();
    let event = events(1).next().expect("there is one");
    let each = || senders.iter().map(|sender| (sender.clone(), event.clone()));
    each().for_each(|(sender, event)| mailbox.push(&sender, event));
    repeat_prepared(
        times,
        Sent::new(),
        |sent| sent.extend(each()),
        |sent| push_one(&mailbox, sent),
    )
}

fn take(times: u64) -> Duration {
    let mailbox = SharedMailbox::new(BATCH);
    repeat_prepared(
        times,
        sent(),
        |sent| (0..sent.len()).for_each(|_| push_one(&mailbox, sent)),
        |sent| sent.extend(black_box(mailbox.take())),
    )
}
