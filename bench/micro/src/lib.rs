//! The hot path of notifications and the reading of changes in pieces, each a [`Case`]. Times and
//! instructions are measured on the same code.

mod delta;
mod event;
mod mailbox;
mod message;
mod payload;
mod shared_mailbox;
mod whole;

use std::time::{Duration, Instant};

/// A step that runs for every message or notification.
pub struct Case {
    pub name: &'static str,
    /// Runs it this many times and returns how long that took, without the preparation.
    pub run: fn(u64) -> Duration,
}

/// All cases, in the order of a message's way from the socket to the consumer.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let groups = [
        event::CASES,
        payload::CASES,
        mailbox::CASES,
        shared_mailbox::CASES,
        whole::CASES,
        delta::CASES,
    ];
    groups.into_iter().flatten()
}

/// How many repetitions are prepared at once: enough for the clock, and few enough to stay in the
/// processor's cache.
const BATCH: usize = 100;

fn repeat<S>(times: u64, mut state: S, op: impl Fn(&mut S)) -> Duration {
    let began = Instant::now();
    measured(times, &mut state, op);
    began.elapsed()
}

/// The same for an `op` that consumes its input: `prepare` provides the input of one batch.
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

/// Callgrind counts only inside this function, which the driver names.
#[inline(never)]
fn measured<S>(times: u64, state: &mut S, op: impl Fn(&mut S)) {
    for _ in 0..times {
        op(state);
    }
}
