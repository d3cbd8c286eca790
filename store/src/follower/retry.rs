//! Waits for a store that is away.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::StoreError;

const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// A call that takes longer is made again.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Asks the store until it answers.
pub(super) async fn until_answered<T, Call>(mut ask: impl FnMut() -> Call) -> T
where
    Call: Future<Output = Result<T, StoreError>>,
{
    let mut limit = SHORTEST;
    loop {
        match timeout(LONGEST_CALL, ask()).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(error)) => tracing::debug!(%error, "the checkpoint store is away"),
            Err(_) => tracing::debug!("the checkpoint store does not answer"),
        }
        sleep(limit.mul_f64(fastrand::f64().mul_add(0.5, 0.5))).await;
        limit = (limit * 2).min(LONGEST);
    }
}
