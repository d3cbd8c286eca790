use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::respond::{StatusReply, StatusRequest};
use super::subject;
use super::view::{DriveState, DriveView, WorkerView};

/// The status of a fleet: what its workers have answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FleetStatus {
    /// The workers, by their ids.
    pub workers: Vec<WorkerView>,
    /// The drives that were told: those with problems, or all.
    pub drives: Vec<DriveView>,
    /// The workers whose answers did not arrive as a whole.
    pub cut_short: Vec<String>,
}

#[derive(Default)]
struct Answer {
    worker: Option<WorkerView>,
    expected: usize,
    arrived: usize,
    drives: Vec<DriveView>,
}

/// Asks all workers, and waits for so long for their answers. Nobody knows how many there are.
///
/// # Errors
/// A request that could not be sent.
pub async fn gather(
    client: &Client,
    fleet: &str,
    drives: bool,
    wait: Duration,
) -> Result<FleetStatus, async_nats::Error> {
    let inbox = client.new_inbox();
    let mut replies = client.subscribe(inbox.clone()).await?;
    let request = serde_json::to_vec(&StatusRequest { drives })?;
    client
        .publish_with_reply(subject(fleet), inbox, request.into())
        .await?;
    client.flush().await?;
    let deadline = Instant::now() + wait;
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    while let Ok(Some(reply)) = timeout_at(deadline, replies.next()).await {
        // Nobody listens: NATS says so at once.
        if reply.status == Some(async_nats::StatusCode::NO_RESPONDERS) {
            break;
        }
        // What is no answer is of another program, or of another version.
        let Ok(reply) = serde_json::from_slice::<StatusReply>(&reply.payload) else {
            continue;
        };
        let answer = answers.entry(reply.id).or_default();
        if let Some(worker) = reply.worker {
            answer.worker = Some(worker);
            answer.expected = reply.more;
        } else {
            answer.arrived += 1;
            answer.drives.extend(reply.drives);
        }
    }
    Ok(FleetStatus::of(answers))
}

impl FleetStatus {
    fn of(answers: BTreeMap<String, Answer>) -> Self {
        let mut status = Self::default();
        for (id, answer) in answers {
            if answer.worker.is_none() || answer.arrived < answer.expected {
                status.cut_short.push(id.clone());
            }
            status.workers.extend(answer.worker);
            let drives = answer.drives.into_iter().map(|drive| DriveView {
                worker: id.clone(),
                ..drive
            });
            status.drives.extend(drives);
        }
        status.drives.sort_by(|a, b| a.drive.cmp(&b.drive));
        // Every worker knows the entries that cannot be used, which nobody follows.
        status.drives.dedup_by(|a, b| {
            let is_invalid = a.state == DriveState::Invalid && b.state == DriveState::Invalid;
            is_invalid && a.drive == b.drive
        });
        status
    }
}
