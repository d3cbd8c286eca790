//! Parsing an event's argument into notifications. They keep the argument, so every repetition needs
//! a copy.

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use drivebell::internals::{Argument, SocketEvent, notifications, notifications_any};
use drivebell::{Notification, NotificationKind, Resource};

use crate::{BATCH, Case, message, repeat_prepared};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "payload",
        run: |times| payload(times, 1, read),
    },
    Case {
        name: "payload-any",
        run: |times| payload(times, 1, read_any),
    },
    Case {
        name: "payload-of-100",
        run: |times| payload(times, 100, read),
    },
];

pub(crate) const RECEIVED_AT: SystemTime = UNIX_EPOCH;

fn read(argument: Argument, resource: &Resource, notes: &mut Vec<Notification>) {
    notifications(Some(argument), resource, RECEIVED_AT, |note| {
        notes.push(note)
    });
}

fn read_any(argument: Argument, resource: &Resource, notes: &mut Vec<Notification>) {
    let text = argument.into_text();
    notifications_any(text, resource, RECEIVED_AT, |note| notes.push(note));
}

/// `count` notifications of one event.
pub(crate) fn of(count: usize) -> Vec<Notification> {
    let mut notes = Vec::with_capacity(count);
    read(argument(count), &Resource::my_drive(), &mut notes);
    assert!(
        notes
            .iter()
            .all(|note| note.kind() == NotificationKind::Changed)
    );
    notes
}

fn argument(notifications: usize) -> Argument {
    let event = SocketEvent::read(&message::frame(notifications)).expect("an event");
    event.into_argument().expect("it has one")
}

fn payload(
    times: u64,
    count: usize,
    read: impl Fn(Argument, &Resource, &mut Vec<Notification>),
) -> Duration {
    let argument = argument(count);
    assert_eq!(of(count).len(), count);
    let resource = Resource::my_drive();
    repeat_prepared(
        times,
        (Vec::new(), Vec::with_capacity(count)),
        |(arguments, _)| arguments.resize(BATCH, argument.clone()),
        |(arguments, notes)| {
            let argument = arguments.pop().expect("there is one for each time");
            read(argument, black_box(&resource), notes);
            black_box(&mut *notes).clear();
        },
    )
}
