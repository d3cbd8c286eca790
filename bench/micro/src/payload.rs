//! From an event's argument to its notifications, which keep it: each time takes another copy.

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use drivebell::internals::{notifications, notifications_any};
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

fn read(argument: String, resource: &Resource, notes: &mut Vec<Notification>) {
    notifications(Some(argument), resource, RECEIVED_AT, |note| {
        notes.push(note)
    });
}

fn read_any(argument: String, resource: &Resource, notes: &mut Vec<Notification>) {
    notifications_any(argument, resource, RECEIVED_AT, |note| notes.push(note));
}

/// The notifications of one argument.
pub(crate) fn of(argument: &str) -> Vec<Notification> {
    let mut notes = Vec::new();
    read(argument.to_owned(), &Resource::my_drive(), &mut notes);
    assert!(
        notes
            .iter()
            .all(|note| note.kind() == NotificationKind::Changed)
    );
    notes
}

fn payload(
    times: u64,
    count: usize,
    read: impl Fn(String, &Resource, &mut Vec<Notification>),
) -> Duration {
    let argument = message::argument(count);
    assert_eq!(of(&argument).len(), count);
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
