//! A worker that is asked to hand over and end, from elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, Subject};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::view::Views;
use crate::signals::Shutdown;

/// How often a worker that drains says how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// What a worker that was asked to drain tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainProgress {
    /// Its id.
    pub worker: String,
    /// The partitions that it still owns.
    pub partitions: u64,
    /// Whether it has handed everything over, and ends.
    pub done: bool,
}

/// Where a worker is asked.
fn subject(fleet: &str, worker: &str) -> String {
    format!("{fleet}.drain.{worker}")
}

/// Answers requests to drain this worker, until it is dropped.
#[derive(Debug)]
pub struct DrainResponder {
    client: Client,
    worker: String,
    /// Who wants to know when it is done.
    waiting: Arc<Mutex<Vec<Subject>>>,
    tasks: Vec<AbortHandle>,
}

impl DrainResponder {
    /// Listens for requests.
    ///
    /// # Errors
    /// A client that is closed.
    pub async fn listen(
        client: &Client,
        fleet: &str,
        views: Views,
        shutdown: Shutdown,
    ) -> Result<Self, async_nats::SubscribeError> {
        let worker = views.worker().worker;
        let mut requests = client.subscribe(subject(fleet, &worker)).await?;
        let waiting = Arc::<Mutex<Vec<Subject>>>::default();
        let (all, asked) = (Arc::clone(&waiting), shutdown.clone());
        let listening = tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                if let Some(reply) = request.reply {
                    all.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(reply);
                }
                tracing::info!("asked to hand over and end");
                asked.drain();
            }
        });
        let (all, teller) = (Arc::clone(&waiting), client.clone());
        let telling = tokio::spawn(async move {
            shutdown.drain_requested().await;
            loop {
                let worker = views.worker();
                let progress = DrainProgress {
                    worker: worker.worker,
                    partitions: worker.partitions,
                    done: false,
                };
                tell(&teller, &all, &progress).await;
                tokio::time::sleep(PROGRESS_INTERVAL).await;
            }
        });
        Ok(Self {
            client: client.clone(),
            worker,
            waiting,
            tasks: vec![listening.abort_handle(), telling.abort_handle()],
        })
    }

    /// Tells those who have asked that everything was handed over. Call it last, before the connection
    /// is closed.
    pub async fn finish(self) {
        let progress = DrainProgress {
            worker: self.worker.clone(),
            partitions: 0,
            done: true,
        };
        tell(&self.client, &self.waiting, &progress).await;
        // Who asked sees that the worker is gone, otherwise.
        let _ = self.client.flush().await;
    }
}

impl Drop for DrainResponder {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn tell(client: &Client, waiting: &Mutex<Vec<Subject>>, progress: &DrainProgress) {
    let all = waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let Ok(message) = serde_json::to_vec(progress) else {
        return;
    };
    for reply in all {
        let _ = client.publish(reply, message.clone().into()).await;
    }
}

/// How a request to drain has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drained {
    /// The worker has handed everything over.
    Done,
    /// No worker has this id.
    NoSuchWorker,
    /// It is not done in time. The last that it told.
    Late(Option<DrainProgress>),
}

/// Asks the worker of this id to hand over and end, and waits until it has. `progress` hears how far it is.
///
/// # Errors
/// A request that could not be sent.
pub async fn drain(
    client: &Client,
    fleet: &str,
    worker: &str,
    wait: Duration,
    mut progress: impl FnMut(&DrainProgress),
) -> Result<Drained, async_nats::Error> {
    let inbox = client.new_inbox();
    let mut replies = client.subscribe(inbox.clone()).await?;
    client
        .publish_with_reply(subject(fleet, worker), inbox, Vec::new().into())
        .await?;
    client.flush().await?;
    let deadline = Instant::now() + wait;
    let mut last = None;
    while let Ok(Some(reply)) = timeout_at(deadline, replies.next()).await {
        if reply.status == Some(async_nats::StatusCode::NO_RESPONDERS) {
            return Ok(Drained::NoSuchWorker);
        }
        let Ok(told) = serde_json::from_slice::<DrainProgress>(&reply.payload) else {
            continue;
        };
        progress(&told);
        if told.done {
            return Ok(Drained::Done);
        }
        last = Some(told);
    }
    Ok(Drained::Late(last))
}
