//! The last records of many keys with few requests.
//!
//! Any server of a replicated bucket may answer, also one that lags behind. So the leader is asked first
//! how far the bucket has come, and answers from before that are asked for again.

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use async_nats::{Client, HeaderMap, Message, StatusCode};
use bytes::Bytes;
use drivebell_store::StoreError;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};

use super::error::chain;
use super::records::is_mark;

/// How many filters one request has. The keys of one are listed with the next by the server, so more
/// would not be faster.
const MOST_FILTERS: usize = 256;

/// A server returns no more records than this for one request.
const MOST_RECORDS: usize = 1000;

const NO_CONTENT: u16 = 204;
const NOT_FOUND: u16 = 404;
const TOO_MANY: u16 = 413;

/// How long to wait for a server that lags behind, before it is asked again.
const LAG: Duration = Duration::from_millis(20);

/// A record and its key.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) key: String,
    pub(super) revision: u64,
    pub(super) value: Bytes,
}

#[derive(Serialize)]
struct Request<'a> {
    multi_last: &'a [String],
    #[serde(skip_serializing_if = "is_zero")]
    seq: u64,
    #[serde(skip_serializing_if = "is_zero")]
    up_to_seq: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Reads from one bucket.
pub(super) struct Listing<'a> {
    pub(super) client: &'a Client,
    pub(super) bucket: &'a Store,
    /// A key that always has a record: the answer for it tells how far the server is.
    pub(super) anchor: &'a str,
    pub(super) deadline: Instant,
}

enum Answer {
    Records(Vec<Record>),
    TooMany,
    /// The server that answered has not stored everything yet.
    Behind,
}

impl Listing<'_> {
    /// The records of all keys that match one of the filters. They are as late as every write that has
    /// succeeded.
    pub(super) async fn records(&self, filters: &[String]) -> Result<Vec<Record>, StoreError> {
        let reached = self.leader_sequence().await?;
        let mut records = Vec::new();
        let mut open: Vec<Vec<String>> = filters
            .chunks(MOST_FILTERS)
            .map(<[String]>::to_vec)
            .collect();
        while let Some(filters) = open.pop() {
            match self.some(&filters, reached).await? {
                Answer::Records(found) => records.extend(found),
                Answer::TooMany => match filters.as_slice() {
                    [filter] => open.extend(self.keys_of(filter).await?),
                    filters => {
                        let (one, other) = filters.split_at(filters.len() / 2);
                        open.extend([one.to_vec(), other.to_vec()]);
                    }
                },
                Answer::Behind => {
                    if Instant::now() >= self.deadline {
                        return Err(self.error("its servers lag behind each other"));
                    }
                    sleep(LAG).await;
                    open.push(filters);
                }
            }
        }
        Ok(records)
    }

    async fn leader_sequence(&self) -> Result<u64, StoreError> {
        let info = timeout_at(self.deadline, self.bucket.stream.get_info()).await;
        match info {
            Ok(Ok(info)) => Ok(info.state.last_sequence),
            Ok(Err(error)) => Err(self.error(&chain(&error).to_string()).with_source(error)),
            Err(_) => Err(self.error("NATS does not answer in time")),
        }
    }

    /// The keys of a filter that matches too many, in groups.
    async fn keys_of(&self, filter: &str) -> Result<Vec<Vec<String>>, StoreError> {
        let subject = format!("{}{filter}", self.bucket.prefix);
        let failed =
            |error: &(dyn std::error::Error + 'static)| self.error(&chain(error).to_string());
        let subjects = self.bucket.stream.info_with_subjects(subject).await;
        let mut subjects = subjects.map_err(|error| failed(&error))?;
        let mut keys = Vec::new();
        while let Some(subject) = subjects.next().await {
            let (subject, _) = subject.map_err(|error| failed(&error))?;
            keys.extend(subject.strip_prefix(&self.bucket.prefix).map(str::to_owned));
        }
        let groups = keys.chunks(MOST_RECORDS - 1);
        Ok(groups.map(<[String]>::to_vec).collect())
    }

    /// One request, and more if the answer does not fit into one.
    async fn some(&self, filters: &[String], reached: u64) -> Result<Answer, StoreError> {
        let prefix = &self.bucket.prefix;
        let subjects: Vec<String> = filters
            .iter()
            .map(String::as_str)
            .chain([self.anchor])
            .map(|key| format!("{prefix}{key}"))
            .collect();
        let mut request = Request {
            multi_last: &subjects,
            seq: 0,
            up_to_seq: 0,
        };
        let mut records = Vec::new();
        loop {
            let end = match self.ask(&request, &mut records).await? {
                Ok(end) => end,
                Err(answer) => return Ok(answer),
            };
            let number = |name: &str| number(&end, name);
            let up_to = number("Nats-UpTo-Sequence").unwrap_or_default();
            if up_to < reached {
                return Ok(Answer::Behind);
            }
            if number("Nats-Num-Pending").unwrap_or_default() == 0 {
                return Ok(Answer::Records(records));
            }
            let last = number("Nats-Last-Sequence").unwrap_or_default();
            request.seq = last + 1;
            request.up_to_seq = up_to;
        }
    }

    /// Collects the records of one answer, and returns the headers of its end.
    async fn ask(
        &self,
        request: &Request<'_>,
        records: &mut Vec<Record>,
    ) -> Result<Result<HeaderMap, Answer>, StoreError> {
        let body = serde_json::to_vec(request).expect("texts and numbers serialize");
        let inbox = self.client.new_inbox();
        let failed = |text: String| self.error(&text);
        let mut answers = self
            .client
            .subscribe(inbox.clone())
            .await
            .map_err(|error| failed(chain(&error).to_string()))?;
        let subject = format!("$JS.API.DIRECT.GET.{}", self.bucket.stream_name);
        self.client
            .publish_with_reply(subject, inbox, body.into())
            .await
            .map_err(|error| failed(chain(&error).to_string()))?;
        loop {
            let message = match timeout_at(self.deadline, answers.next()).await {
                Ok(Some(message)) => message,
                Ok(None) => return Err(self.error("the connection to NATS was closed")),
                Err(_) => return Err(self.error("NATS does not answer in time")),
            };
            match message.status.map(|status| status.as_u16()) {
                None => records.extend(self.record(message)?),
                Some(NO_CONTENT) => return Ok(Ok(message.headers.unwrap_or_default())),
                Some(TOO_MANY) => return Ok(Err(Answer::TooMany)),
                // The anchor is missing there: the server has not stored it yet.
                Some(NOT_FOUND) => return Ok(Err(Answer::Behind)),
                Some(status) => {
                    let text = message.description.as_deref().unwrap_or_default();
                    let text = match StatusCode::NO_RESPONDERS.as_u16() {
                        code if code == status => "no server has it at present",
                        _ => text,
                    };
                    return Err(self.error(&format!("{status} {text}")));
                }
            }
        }
    }

    /// `None` for a mark of what was deleted, and for the anchor.
    fn record(&self, message: Message) -> Result<Option<Record>, StoreError> {
        let headers = message.headers.unwrap_or_default();
        let subject = headers
            .get("Nats-Subject")
            .map(async_nats::HeaderValue::as_str);
        let key = subject.and_then(|subject| subject.strip_prefix(&self.bucket.prefix));
        let (Some(key), Some(revision)) = (key, number(&headers, "Nats-Sequence")) else {
            return Err(self.error("an answer lacks its subject"));
        };
        let is_record = key != self.anchor && !is_mark(&headers);
        Ok(is_record.then(|| Record {
            key: key.to_owned(),
            revision,
            value: message.payload,
        }))
    }

    fn error(&self, text: &str) -> StoreError {
        StoreError::new(format!(
            "the bucket {} cannot be listed: {text}",
            self.bucket.name
        ))
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.as_str().parse().ok()
}
