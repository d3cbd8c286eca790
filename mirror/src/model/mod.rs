//! Replay is the tree: random lives of drives on an unkind Graph, in paused time. The changes, applied in
//! order to an empty table of paths, give exactly the drive's.

mod counts;
mod filters;
mod life;
mod member;
mod replay;
mod rows;

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use counts::Counts;
use life::Life;

/// `DRIVEBELL_MODEL_SEQUENCES` runs another number of them.
const LIVES: u64 = 2_000;

/// What more failures would show is seldom new.
const MOST_FAILURES: usize = 10;

/// `DRIVEBELL_MODEL_FIRST` begins with another seed.
fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[test]
fn the_changes_applied_in_order_give_the_tree() {
    let lives = setting("DRIVEBELL_MODEL_SEQUENCES", LIVES);
    let first = setting("DRIVEBELL_MODEL_FIRST", 0);
    let next = AtomicU64::new(first);
    let done = Mutex::new((Counts::default(), Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + lives || lock(&done).1.len() >= MOST_FAILURES {
                break;
            }
            let counts = catch_unwind(AssertUnwindSafe(|| live(seed)));
            let mut done = lock(&done);
            match counts {
                Ok(counts) => done.0 += counts,
                Err(_) => done.1.push(seed),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let (counts, failed) = &*lock(&done);
    assert!(
        failed.is_empty(),
        "seeds that failed, as DRIVEBELL_MODEL_FIRST: {failed:?}"
    );
    // A life in which nothing happens proves nothing.
    if lives >= LIVES {
        counts.check();
    }
}

fn live(seed: u64) -> Counts {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(Life::run(seed))
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
