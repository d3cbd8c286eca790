//! Many sessions in one process.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::number;

/// How many connections are opened at once: drivebell's default, for every client.
const HANDSHAKES: usize = 100;

/// Permission to open a connection. Dropping it lets the next session connect.
pub type Turn = OwnedSemaphorePermit;

/// How many sessions the driver asks for.
pub fn sessions() -> u64 {
    number("SESSIONS", 1)
}

/// Starts every session in its own task, and at most 100 handshakes at once.
pub fn start_sessions<S, F>(session: S) -> Vec<JoinHandle<F::Output>>
where
    S: Fn(Turn) -> F + Clone + Send + 'static,
    F: Future<Output: Send> + Send + 'static,
{
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    (0..sessions())
        .map(|_| {
            let handshakes = Arc::clone(&handshakes);
            let session = session.clone();
            tokio::spawn(async move {
                let turn = handshakes.acquire_owned().await.expect("never closed");
                session(turn).await
            })
        })
        .collect()
}
