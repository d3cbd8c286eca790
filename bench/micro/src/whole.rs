//! The whole way of a notification, from the frame to a consumer that drops it.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration;

use drivebell::internals::{Mailbox, SocketEvent, notifications};
use drivebell::{Event, Resource};

use crate::payload::RECEIVED_AT;
use crate::{Case, message, repeat};

pub(crate) const CASES: &[Case] = &[Case {
    name: "whole",
    run: whole,
}];

fn whole(times: u64) -> Duration {
    let (mailbox, resource) = (Mailbox::new(100), Resource::my_drive());
    let state = (message::frame(1), VecDeque::new());
    repeat(times, state, |(frame, items)| {
        let event = SocketEvent::read(black_box(frame)).expect("an event");
        notifications(event.into_argument(), &resource, RECEIVED_AT, |note| {
            mailbox.push(Event::Notification(note));
        });
        mailbox.drain(items);
        black_box(&mut *items).clear();
    })
}
