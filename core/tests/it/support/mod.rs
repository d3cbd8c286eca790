//! What the topics share.

pub(crate) mod graph;
pub(crate) mod log;
pub(crate) mod raw_server;
pub(crate) mod raw_socket;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod watched;

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

/// Long enough for a busy machine; nothing waits for it unless it fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a test waits for, which must come about.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("it comes about before the deadline")
}

/// Waits for a state that announces itself by nothing.
pub(crate) async fn until(condition: impl AsyncFn() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
