//! Brings a memo up to date with what the stream has of a drive.
//!
//! The fence stands already: nothing that is not read here can be stored later by an earlier owner.

use std::time::Duration;

use async_nats::header;
use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy, push};
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use async_nats::{Client, HeaderMap};
use drivebell_store::StoreError;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::memo::Memo;
use crate::nats::chain;

/// How long the next message may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Without a memo, not more of the stream than this is read, in messages of all drives.
const MOST_MESSAGES: u64 = 100_000;

pub(super) struct Replay<'a> {
    pub(super) client: &'a Client,
    pub(super) changes: &'a Stream,
    /// Of the drive's changes.
    pub(super) subject: &'a str,
}

impl Replay<'_> {
    /// The memo of a text, with everything that is in the stream.
    pub(super) async fn memo(&self, text: &str) -> Result<Memo, StoreError> {
        let known = Memo::of_text(text);
        if known.is_none() && !text.is_empty() {
            tracing::warn!(
                subject = self.subject,
                "the memo of a drive cannot be read: some of its last changes may come twice"
            );
        }
        self.catch_up(known, text.is_empty()).await
    }

    /// A memo with everything that is in the stream.
    pub(super) async fn catch_up(
        &self,
        known: Option<Memo>,
        is_beginning: bool,
    ) -> Result<Memo, StoreError> {
        let last = self.last_sequence().await?;
        if let Some(memo) = &known
            && memo.sequence == last
        {
            return Ok(memo.clone());
        }
        let start = match &known {
            Some(memo) if memo.sequence > 0 => memo.sequence,
            _ => last.saturating_sub(MOST_MESSAGES),
        };
        let messages = if last >= start && last > 0 {
            self.messages(start.max(1), last).await?
        } else {
            Vec::new()
        };
        // Higher than every turn that was ever given: those came from earlier sequences.
        let salt = self.stream_sequence().await?;
        Ok(merge(known, is_beginning, &messages, salt))
    }

    /// Of the last message of the drive; 0 if there is none. By the leader, which misses nothing.
    async fn last_sequence(&self) -> Result<u64, StoreError> {
        let last = self
            .changes
            .raw_message_builder()
            .last_by_subject(self.subject);
        match last.send().await {
            Ok(message) => Ok(message.sequence),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(0),
            Err(error) => {
                let text = chain(&error).to_string();
                Err(self.error(&text).with_source(error))
            }
        }
    }

    async fn stream_sequence(&self) -> Result<u64, StoreError> {
        match self.changes.get_info().await {
            Ok(info) => Ok(info.state.last_sequence),
            Err(error) => {
                let text = chain(&error).to_string();
                Err(self.error(&text).with_source(error))
            }
        }
    }

    /// The sequences and ids of the drive's messages, without their content.
    async fn messages(&self, start: u64, last: u64) -> Result<Vec<(u64, String)>, StoreError> {
        let failed =
            |error: &(dyn std::error::Error + 'static)| self.error(&chain(error).to_string());
        let config = push::OrderedConfig {
            deliver_subject: self.client.new_inbox(),
            description: Some("drivebell-fleet reads the last changes of a drive".to_owned()),
            filter_subject: self.subject.to_owned(),
            replay_policy: ReplayPolicy::Instant,
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: start,
            },
            headers_only: true,
            ..push::OrderedConfig::default()
        };
        let consumer = self.changes.create_consumer(config).await;
        let consumer = consumer.map_err(|error| failed(&error))?;
        let mut stream = consumer.messages().await.map_err(|error| failed(&error))?;
        let mut messages = Vec::new();
        loop {
            let message = match timeout(PATIENCE, stream.next()).await {
                Ok(Some(message)) => message.map_err(|error| failed(&error))?,
                Ok(None) => return Err(self.error("the consumer has ended")),
                Err(_) => return Err(self.error("the stream does not deliver them in time")),
            };
            let sequence = message
                .info()
                .map_err(|error| self.error(&error.to_string()))?
                .stream_sequence;
            let id = message.headers.as_ref().and_then(id).unwrap_or_default();
            messages.push((sequence, id));
            if sequence >= last {
                return Ok(messages);
            }
        }
    }

    fn error(&self, text: &str) -> StoreError {
        StoreError::new(format!(
            "the last messages of {} cannot be read: {text}",
            self.subject
        ))
    }
}

/// A memo with messages of its drive: those from its own last one on, as far as the stream has them.
pub(super) fn merge(
    known: Option<Memo>,
    is_beginning: bool,
    messages: &[(u64, String)],
    salt: u64,
) -> Memo {
    let first = messages.first().map(|(sequence, _)| *sequence);
    let mut memo = match known {
        Some(memo) if memo.sequence > 0 && first == Some(memo.sequence) => memo,
        // What was published since is unknown where the stream has dropped it.
        Some(memo) => memo.without_items(salt),
        None if is_beginning => Memo::beginning(salt),
        None => Memo::lost(salt),
    };
    for (sequence, id) in messages {
        memo.replay(*sequence, id);
    }
    memo
}

fn id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::NATS_MESSAGE_ID)?.as_str().to_owned())
}
