//! The hot path in pieces, each a [`Case`]: what is timed and what is counted is the same code.

mod event;
mod mailbox;
mod message;
mod payload;
mod shared_mailbox;
mod whole;

use std::time::{Duration, Instant};

/// Something that is done for every message or notification.
pub struct Case {
    pub name: &'static str,
    /// Does it so often, and tells how long that took without what was prepared for it.
    pub run: fn(u64) -> Duration,
}

/// All of them, along the way from the socket to the consumer.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let groups = [
        event::CASES,
        payload::CASES,
        mailbox::CASES,
        shared_mailbox::CASES,
        whole::CASES,
    ];
    groups.into_iter().flatten()
}

/// How often a thing is done to what was prepared for it: enough for the clock, and few enough to
/// stay in the processor's cache.
const BATCH: usize = 100;

fn repeat<S>(times: u64, mut state: S, op: impl Fn(&mut S)) -> Duration {
    let began = Instant::now();
    measured(times, &mut state, op);
    began.elapsed()
}

/// The same for what uses something up, of which `prepare` has to provide for one batch.
fn repeat_prepared<S>(
    times: u64,
    mut state: S,
    prepare: impl Fn(&mut S),
    op: impl Fn(&mut S),
) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let count = left.min(BATCH as u64);
        prepare(&mut state);
        let began = Instant::now();
        measured(count, &mut state, &op);
        took += began.elapsed();
        left -= count;
    }
    took
}

/// What callgrind counts: the driver tells it so by this name.
#[inline(never)]
fn measured<S>(times: u64, state: &mut S, op: impl Fn(&mut S)) {
    for _ in 0..times {
        op(state);
    }
}
