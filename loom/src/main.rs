//! All interleavings of the mailboxes and of what waits for them, with loom.
//!
//! The mailboxes are the files of the core, with the mutex of loom. Events are small stand-ins. A lost
//! wake-up is a deadlock, which loom reports with its interleaving.
//!
//! `drivebell-loom [--full] [NAME]`: without `--full`, a model is tried with at most three
//! interruptions of its threads. `NAME` is a part of the names of the models to try.

mod consumer;
mod event;
mod lock;
mod models;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The error that a session ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Error;

/// How often threads are interrupted, in the short form.
const PREEMPTIONS: usize = 3;

fn main() {
    let is_full = env::args().any(|argument| argument == "--full");
    let part = env::args().skip(1).find(|argument| argument != "--full");
    let part = part.unwrap_or_default();
    let chosen = models::ALL
        .into_iter()
        .filter(|(name, _)| name.contains(&part));
    for (name, model) in chosen {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = (!is_full).then_some(PREEMPTIONS);
        let count = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&count);
        let start = Instant::now();
        builder.check(move || {
            counter.fetch_add(1, Relaxed);
            model();
        });
        println!(
            "{name:52} {:8} interleavings in {:4.1} s",
            count.load(Relaxed),
            start.elapsed().as_secs_f64()
        );
    }
}
