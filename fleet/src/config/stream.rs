use std::time::Duration;

use super::document::Section;
use super::{nats, values};
use crate::nats::{Discard, StreamOptions};

/// The stream of changes. A stream that exists already keeps its own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The most bytes that it keeps. No limit unless given.
    pub max_bytes: Option<u64>,
    /// How long it keeps a change. For ever unless given.
    pub max_age: Option<Duration>,
    /// What happens when it is full: `new` unless given.
    pub discard: Discard,
    /// How many servers keep it: as `nats.replicas` unless given.
    pub replicas: Option<u8>,
    /// For how long NATS drops a change that is published again: 10 minutes unless given.
    pub duplicate_window: Duration,
}

impl Stream {
    pub(super) fn of(section: Section<'_>) -> Self {
        let default = StreamOptions::default();
        let stream = Self {
            max_bytes: section.get("max_bytes", values::size),
            max_age: section.get("max_age", values::longer_than_zero),
            discard: section.get("discard", discard).unwrap_or(default.discard),
            replicas: section.get("replicas", nats::replicas),
            duplicate_window: section
                .get("duplicate_window", values::longer_than_zero)
                .unwrap_or(default.duplicate_window),
        };
        if let Some(age) = stream.max_age
            && age < stream.duplicate_window
        {
            // NATS refuses such a stream.
            section.refuse(
                "duplicate_window",
                "must not be longer than stream.max_age: shorten it",
            );
        }
        section.finish();
        stream
    }
}

fn discard(value: &toml::de::DeValue<'_>) -> Result<Discard, String> {
    match value.as_str() {
        Some("new") => Ok(Discard::New),
        Some("old") => Ok(Discard::Old),
        _ => Err(
            "must be \"new\" (refuse changes while the stream is full) or \"old\" (drop the oldest \
             changes)"
                .to_owned(),
        ),
    }
}
