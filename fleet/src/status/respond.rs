use async_nats::Client;
use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::task::{AbortHandle, JoinSet};

use super::subject;
use super::view::{DriveView, DrivesWanted, Views, WorkerView};

/// So many drives with problems are told unasked.
const MAX_PROBLEMS: usize = 100;

/// So many drives are in one message: some 300 bytes each, and NATS takes a megabyte.
const DRIVES_IN_A_MESSAGE: usize = 1000;

/// The request on [`subject`].
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StatusRequest {
    /// Whether all drives are wanted.
    pub(super) drives: bool,
}

/// One message of an answer. The first has the worker, and says how many follow it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StatusReply {
    /// Whose answer it is.
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) worker: Option<WorkerView>,
    /// How many messages follow the first.
    #[serde(default)]
    pub(super) more: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) drives: Vec<DriveView>,
}

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Responder(AbortHandle);

impl Drop for Responder {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers requests for the status of this worker. The subscription outlives the connection: async-nats
/// makes it again.
///
/// # Errors
/// A client that is closed.
pub async fn respond(
    client: &Client,
    fleet: &str,
    views: Views,
) -> Result<Responder, async_nats::SubscribeError> {
    let mut requests = client.subscribe(subject(fleet)).await?;
    let client = client.clone();
    let task = tokio::spawn(async move {
        // At most one answer at a time for each who asks, and none of them delays the others.
        let mut answers = JoinSet::new();
        loop {
            let request = tokio::select! {
                request = requests.next() => request,
                Some(_) = answers.join_next() => continue,
            };
            let Some(request) = request else { break };
            let Some(reply) = request.reply else { continue };
            let wanted: StatusRequest =
                serde_json::from_slice(&request.payload).unwrap_or_default();
            let (client, views) = (client.clone(), views.clone());
            answers.spawn(async move {
                for message in answer(&views, wanted) {
                    // Who asked asks again if it does not arrive.
                    if client.publish(reply.clone(), message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(Responder(task.abort_handle()))
}

/// The messages of an answer.
fn answer(views: &Views, request: StatusRequest) -> Vec<Bytes> {
    let worker = views.worker();
    let id = worker.worker.clone();
    let drives = views.drives(if request.drives {
        DrivesWanted::All
    } else {
        DrivesWanted::Problems(MAX_PROBLEMS)
    });
    let chunks = drives.chunks(DRIVES_IN_A_MESSAGE);
    let first = StatusReply {
        id: id.clone(),
        worker: Some(worker),
        more: chunks.len(),
        drives: Vec::new(),
    };
    let others = chunks.map(|drives| StatusReply {
        id: id.clone(),
        worker: None,
        more: 0,
        drives: drives.to_vec(),
    });
    std::iter::once(first)
        .chain(others)
        .filter_map(|reply| serde_json::to_vec(&reply).ok().map(Bytes::from))
        .collect()
}
