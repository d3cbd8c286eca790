//! Against a real nats-server, which the variable `NATS_SERVER` names. `tests/extra` runs these tests:
//! `cargo test -p drivebell-fleet --test nats`.

#![allow(
    clippy::unwrap_used,
    clippy::large_futures,
    reason = "clippy does not recognize a function that two tests share as a test, and a test has stack enough"
)]

mod buckets;
mod budgets;
mod cluster;
mod command;
mod connection;
mod consumer;
mod contract;
mod control;
mod drive_commands;
mod drive_list;
mod fence;
mod fixture;
mod outbox;
mod pauses;
mod relay;
mod server;
mod store;
mod tokens;
mod worker_commands;

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Long enough for a busy machine. Only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(120);

/// Awaits `future`, and fails at the deadline.
async fn within<F: Future>(future: F) -> F::Output {
    let done = timeout(DEADLINE, future).await;
    done.expect("done before the deadline")
}

/// Polls until `condition` is true.
async fn until(condition: impl AsyncFn() -> bool) {
    within(async {
        while !condition().await {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
