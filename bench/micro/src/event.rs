//! Reading the event of a frame.

use std::hint::black_box;
use std::time::Duration;

use drivebell::internals::{Argument, SocketEvent};

use crate::{Case, message, repeat};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "ping",
        run: ping,
    },
    Case {
        name: "event",
        run: |times| event(times, 1, SocketEvent::read),
    },
    Case {
        name: "event-any",
        run: |times| event(times, 1, SocketEvent::read_any),
    },
    Case {
        name: "event-of-100",
        run: |times| event(times, 100, SocketEvent::read),
    },
];

fn ping(times: u64) -> Duration {
    let frame = message::PING.to_owned();
    repeat(times, frame, |frame| {
        black_box(SocketEvent::read(black_box(frame)));
    })
}

fn event(times: u64, notifications: usize, read: impl Fn(&str) -> Option<SocketEvent>) -> Duration {
    let frame = message::frame(notifications);
    let argument = read(&frame).and_then(SocketEvent::into_argument);
    let text = argument.map(Argument::into_text);
    assert_eq!(text, Some(message::argument(notifications)));
    repeat(times, frame, |frame| {
        black_box(read(black_box(frame)));
    })
}
