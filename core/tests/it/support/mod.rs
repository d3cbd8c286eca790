//! Shared by all test files.

pub(crate) mod graph;
pub(crate) mod log;
pub(crate) mod mirror;
pub(crate) mod raw_server;
pub(crate) mod raw_socket;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod watched;

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

/// Long enough for a busy machine. Only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// Awaits `future`, and fails at the deadline.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("done before the deadline")
}

/// Polls until `condition` is true.
pub(crate) async fn until(condition: impl AsyncFn() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
