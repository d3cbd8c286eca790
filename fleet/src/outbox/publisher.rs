use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::Stream;
use async_nats::{HeaderMap, HeaderValue, header};
use drivebell::ChangeBatch;
use drivebell_store::StoreError;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream::FuturesOrdered};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::event::{CONTENT_TYPE, Envelope};
use super::fence::{Fence, Fencer};
use super::memo::Memo;
use super::plan::{Limits, Message, Plan};
use super::replay::Replay;
use super::stats::{Counters, Open, OutboxStats, add};
use crate::nats::{Buckets, Connection, Fleet, chain, code, is_wrong_sequence};

/// How many messages of a drive wait for their acknowledgement at the same time.
const MOST_IN_FLIGHT: usize = 64;

/// How many batches are sent at the same time. The client lets this program wait for 5,000 messages, and
/// each batch must be able to finish.
const MOST_SENDING: usize = 64;

/// What the headers of a message need at most, in bytes.
const HEADERS: usize = 1024;

/// How often a message is sent again at once because another one is under way.
const MOST_TURNS: u32 = 20;

/// Between two of them, at first.
const TURN: Duration = Duration::from_millis(2);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A drive whose changes are published.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'a> {
    /// Its key in the bucket of drives.
    pub key: &'a str,
    /// What Graph calls it.
    pub resource: &'a str,
    /// What its user calls it.
    pub label: Option<&'a str>,
}

/// What has become of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The stream has stored all of it.
    Done {
        /// What to keep beside the checkpoint.
        memo: String,
    },
    /// Another worker has the partition.
    Fenced,
}

/// Publishes what changed to the stream of a fleet.
#[derive(Debug)]
pub struct Outbox {
    connection: Connection,
    fleet: Fleet,
    changes: Stream,
    fencer: Fencer,
    counters: Counters,
    sending: Semaphore,
    /// The stream is replicated: it takes one message at a time behind a fence.
    is_serial: AtomicBool,
    /// How many batches could not be stored at the first attempt, and wait.
    waiting: AtomicU64,
    /// Half of the time for which the stream recognizes repetitions.
    safe_time: Duration,
}

/// Why it is not known that the whole batch is stored.
#[derive(Debug)]
enum Doubt {
    /// The server refused a message because of the fence.
    Refused,
    /// Another message behind the same fence is under way.
    Busy,
    /// The stream has no space.
    Full(String),
    /// The server does not take a message of this size.
    TooLarge(Option<usize>),
    /// Whatever may pass.
    Outage(String),
}

impl Outbox {
    /// `worker`: what this worker's leases name as their owner.
    pub fn new(connection: &Connection, buckets: &Buckets, worker: &str) -> Self {
        let window = buckets.changes.cached_info().config.duplicate_window;
        Self {
            connection: connection.clone(),
            fleet: buckets.fleet.clone(),
            changes: buckets.changes.clone(),
            fencer: Fencer::new(connection, buckets, worker),
            counters: Counters::default(),
            sending: Semaphore::new(MOST_SENDING),
            is_serial: AtomicBool::new(buckets.changes.cached_info().config.num_replicas > 1),
            waiting: AtomicU64::new(0),
            safe_time: window / 2,
        }
    }

    /// Raises the fence of a partition: from then on nothing of its earlier owners is accepted. Waits for
    /// an outage to end. `None` if the lease is another worker's, or has another epoch.
    pub async fn raise(&self, partition: &str, epoch: u64) -> Option<Fence> {
        let subject = self.fleet.fence_subject(partition);
        self.until_answered(|| self.fencer.raise(subject.clone(), partition, epoch))
            .await
    }

    /// Brings the memo of a drive up to date with the stream, once its partition's fence stands. Pass an
    /// empty one if there is none. Waits for an outage to end.
    pub async fn adopt(&self, drive: &str, memo: &str) -> String {
        self.read_memo(drive, memo).await.to_text()
    }

    /// Publishes a batch, and returns when the stream has stored all of it. Waits as long as that takes:
    /// for an outage to end, and for space in a full stream.
    ///
    /// When it is cancelled, whether the batch is stored shows when its drive is adopted again.
    pub async fn publish(
        &self,
        drive: &Drive<'_>,
        fence: &Fence,
        batch: &ChangeBatch,
        memo: &str,
    ) -> Published {
        let _open = Open::new(&self.counters.open);
        let memo = match Memo::of_text(memo) {
            Some(memo) => memo,
            None => self.read_memo(drive.key, memo).await,
        };
        let Some(memo) = self.publish_all(drive, fence, batch, memo).await else {
            add(&self.counters.fenced, 1);
            return Published::Fenced;
        };
        Published::Done {
            memo: memo.to_text(),
        }
    }

    /// What was done so far.
    pub fn stats(&self) -> OutboxStats {
        self.counters.stats()
    }

    async fn read_memo(&self, drive: &str, memo: &str) -> Memo {
        let subject = self.fleet.changes_subject(drive);
        let replay = self.replay(&subject);
        self.until_answered(|| replay.memo(memo)).await
    }

    fn replay<'a>(&'a self, subject: &'a str) -> Replay<'a> {
        Replay {
            client: self.connection.client(),
            changes: &self.changes,
            subject,
        }
    }

    /// `None`: another worker has the partition.
    async fn publish_all(
        &self,
        drive: &Drive<'_>,
        fence: &Fence,
        batch: &ChangeBatch,
        mut memo: Memo,
    ) -> Option<Memo> {
        let subject = self.fleet.changes_subject(drive.key);
        let source = self.fleet.source(drive.key);
        let mut plan = Plan::of(&memo, drive.key, batch);
        let skipped = batch.items.len() - plan.items.len();
        let mut limits = Limits::default();
        let mut planned = Instant::now();
        let mut pause = Pause::new(&self.waiting);
        loop {
            self.connection.until_connected().await;
            if planned.elapsed() > self.safe_time {
                // The stream may soon take what it has stored for something new.
                let replay = self.replay(&subject);
                let known = memo.clone();
                memo = self
                    .until_answered(|| replay.catch_up(Some(known.clone()), false))
                    .await;
                plan = plan.again(memo.clone(), drive.key, batch);
                planned = Instant::now();
            }
            limits.bytes = self
                .connection
                .client()
                .max_payload()
                .saturating_sub(HEADERS);
            let fenced_by = fence.sequence()?;
            let attempt = Attempt {
                outbox: self,
                subject: &subject,
                fence,
                fenced_by,
                envelope: Envelope {
                    source: &source,
                    drive,
                    batch,
                    mark: plan.mark.as_deref(),
                },
                plan: &plan,
                limits: &limits,
            };
            let doubt = tokio::select! {
                done = self.attempt(&attempt) => match done {
                    Ok(sequence) => {
                        add(&self.counters.skipped, skipped as u64);
                        return Some(plan.done(sequence));
                    }
                    Err(doubt) => doubt,
                },
                () = self.connection.until_lost() => Doubt::Outage("the connection was lost".to_owned()),
            };
            add(&self.counters.retries, 1);
            match doubt {
                Doubt::Refused => {
                    let is_ours = self.until_answered(|| self.fencer.raise_again(fence, fenced_by));
                    if !is_ours.await {
                        return None;
                    }
                    if fence.sequence() != Some(fenced_by) {
                        continue;
                    }
                    pause.note(
                        drive.key,
                        "the server refuses messages although the fence stands",
                    );
                }
                Doubt::Busy if !self.is_serial.swap(true, Ordering::Relaxed) => continue,
                Doubt::Busy => {
                    pause.note(drive.key, "another message of its partition is under way");
                }
                Doubt::TooLarge(Some(item)) if limits.refused.insert(item) => continue,
                Doubt::TooLarge(_) => {
                    pause.note(drive.key, "the server takes no message of this size");
                }
                Doubt::Full(text) => {
                    add(&self.counters.full, 1);
                    pause.note(drive.key, &text);
                }
                Doubt::Outage(text) => pause.note(drive.key, &text),
            }
            pause.wait().await;
        }
    }

    async fn attempt(&self, attempt: &Attempt<'_>) -> Result<u64, Doubt> {
        // Never closed.
        let _slot = self.sending.acquire().await;
        attempt.run().await
    }

    /// Asks until there is an answer.
    async fn until_answered<T, F>(&self, mut ask: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            self.connection.until_connected().await;
            match ask().await {
                Ok(answer) => return answer,
                Err(error) => tracing::debug!(error = %error, "asking NATS again"),
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Between two attempts to publish a batch.
struct Pause<'a> {
    length: Duration,
    waiting: &'a AtomicU64,
    has_noted: bool,
}

impl<'a> Pause<'a> {
    fn new(waiting: &'a AtomicU64) -> Self {
        Self {
            length: Duration::ZERO,
            waiting,
            has_noted: false,
        }
    }

    /// Warns when the first drive has to wait: what keeps one from the stream keeps most of them.
    fn note(&mut self, drive: &str, problem: &str) {
        let is_first = !self.has_noted && self.waiting.fetch_add(1, Ordering::Relaxed) == 0;
        self.has_noted = true;
        if is_first {
            tracing::warn!(
                drive,
                problem,
                "changes wait: they are published again until the stream has stored them"
            );
        } else {
            tracing::debug!(drive, problem, "the changes of a drive wait");
        }
    }

    async fn wait(&mut self) {
        self.length = (self.length * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        sleep(jittered(self.length)).await;
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        if self.has_noted && self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            tracing::info!("no changes wait any more");
        }
    }
}

fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.75 + fastrand::f64() / 2.0)
}

/// One way through a plan, from its beginning.
struct Attempt<'a> {
    outbox: &'a Outbox,
    subject: &'a str,
    fence: &'a Fence,
    fenced_by: u64,
    envelope: Envelope<'a>,
    plan: &'a Plan,
    limits: &'a Limits,
}

impl Attempt<'_> {
    /// Returns the sequence of the last message. After a doubt the whole plan must be repeated.
    async fn run(&self) -> Result<u64, Doubt> {
        let mut last = 0;
        if let Some(id) = &self.plan.started {
            last = last.max(self.one(id, self.envelope.started(id)).await?);
        }
        if self.outbox.is_serial.load(Ordering::Relaxed) {
            last = last.max(self.items_in_turn().await?);
        } else {
            last = last.max(self.items().await?);
        }
        if let Some(id) = &self.plan.completed {
            last = last.max(self.one(id, self.envelope.completed(id)).await?);
        }
        Ok(last)
    }

    async fn items(&self) -> Result<u64, Doubt> {
        let mut last = 0;
        let mut open = FuturesOrdered::<BoxFuture<'_, Result<u64, Doubt>>>::new();
        for planned in &self.plan.items {
            if open.len() >= MOST_IN_FLIGHT
                && let Some(stored) = open.next().await
            {
                last = last.max(stored?);
            }
            let message = planned.message(&self.envelope, self.limits);
            open.push_back(self.send(message).await?);
        }
        while let Some(stored) = open.next().await {
            last = last.max(stored?);
        }
        Ok(last)
    }

    async fn items_in_turn(&self) -> Result<u64, Doubt> {
        let mut last = 0;
        for planned in &self.plan.items {
            let message = || planned.message(&self.envelope, self.limits);
            last = last.max(self.in_turn(message).await?);
        }
        Ok(last)
    }

    /// Sends a message until no other one is under way. That may be one that was sent before, and whose
    /// acknowledgement was lost.
    async fn in_turn(&self, message: impl Fn() -> Message) -> Result<u64, Doubt> {
        let _turn = self.fence.turn().await;
        for attempt in 1..=MOST_TURNS {
            match self.send(message()).await?.await {
                Err(Doubt::Busy) => sleep(jittered(TURN * attempt)).await,
                done => return done,
            }
        }
        Err(Doubt::Busy)
    }

    async fn one(&self, id: &str, body: Vec<u8>) -> Result<u64, Doubt> {
        self.in_turn(|| Message {
            id: id.to_owned(),
            body: body.clone(),
            item: None,
            is_truncated: false,
        })
        .await
    }

    /// Sends a message, and returns what waits until it is stored.
    async fn send(&self, message: Message) -> Result<BoxFuture<'_, Result<u64, Doubt>>, Doubt> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_MESSAGE_ID, message.id.as_str());
        headers.insert(
            header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
            HeaderValue::from(self.fenced_by),
        );
        headers.insert(
            "Nats-Expected-Last-Subject-Sequence-Subject",
            self.fence.subject(),
        );
        headers.insert(
            header::NATS_EXPECTED_STREAM,
            self.outbox.fleet.changes_stream(),
        );
        headers.insert("Content-Type", CONTENT_TYPE);
        let jetstream = self.outbox.connection.jetstream();
        let (item, is_truncated) = (message.item, message.is_truncated);
        let sent = jetstream
            .publish_with_headers(self.subject.to_owned(), headers, message.body.into())
            .await;
        let acknowledged = sent.map_err(|error| doubt(&error, item))?;
        Ok(Box::pin(async move {
            match acknowledged.await {
                Ok(ack) => Ok(self.stored(&ack, is_truncated)),
                Err(error) => Err(doubt(&error, item)),
            }
        }))
    }

    fn stored(&self, ack: &PublishAck, is_truncated: bool) -> u64 {
        let counters = &self.outbox.counters;
        if ack.duplicate {
            add(&counters.repeated, 1);
        } else {
            add(&counters.published, 1);
            if is_truncated {
                add(&counters.truncated, 1);
                tracing::warn!(
                    drive = self.envelope.drive.key,
                    "an event would be larger than NATS allows, and was published without its item: \
                     raise max_payload of the servers"
                );
            }
        }
        ack.sequence
    }
}

fn doubt(error: &PublishError, item: Option<usize>) -> Doubt {
    if code(error) == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT) {
        return Doubt::Busy;
    }
    if is_wrong_sequence(error) {
        return Doubt::Refused;
    }
    if error.kind() == PublishErrorKind::MaxPayloadExceeded {
        return Doubt::TooLarge(item);
    }
    let text = chain(error).to_string();
    match code(error) {
        Some(
            ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM | ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM,
        ) => Doubt::TooLarge(item),
        Some(
            ErrorCode::STREAM_STORE_FAILED
            | ErrorCode::STORAGE_RESOURCES_EXCEEDED
            | ErrorCode::MEMORY_RESOURCES_EXCEEDED
            | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
            | ErrorCode::INSUFFICIENT_RESOURCES,
        ) => Doubt::Full(text),
        _ => Doubt::Outage(text),
    }
}
