//! Waits for a store that is away.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::StoreError;

const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// A call that takes longer is made again.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// How often a failure is a warning. Thousands of drives may wait for one store.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// Asks the store until it answers.
pub(super) async fn until_answered<T, Call>(mut ask: impl FnMut() -> Call) -> T
where
    Call: Future<Output = Result<T, StoreError>>,
{
    let mut limit = SHORTEST;
    loop {
        let problem = match timeout(LONGEST_CALL, ask()).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(error)) => error,
            Err(_) => StoreError::new(format!("no answer after {LONGEST_CALL:?}")),
        };
        if is_time_to_warn() {
            tracing::warn!(%problem, "the checkpoint store is away: batches wait until what is done can be stored");
        } else {
            tracing::debug!(%problem, "the checkpoint store is away");
        }
        sleep(limit.mul_f64(fastrand::f64().mul_add(0.5, 0.5))).await;
        limit = (limit * 2).min(LONGEST);
    }
}

fn is_time_to_warn() -> bool {
    static WARNED: Mutex<Option<Instant>> = Mutex::new(None);
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    if warned.is_some_and(|at| now.saturating_duration_since(at) < BETWEEN_WARNINGS) {
        return false;
    }
    *warned = Some(now);
    true
}
