//! Counts the token requests, without their secrets.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

use crate::clock;
use crate::lock::lock;
use crate::recent::Recent;

const MAX_REQUESTS: usize = 1000;
/// What requests without one of the known grant types count as.
const OTHER: &str = "other";

/// A token request and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRequest {
    /// Without the prefix `urn:ietf:params:oauth:grant-type:`.
    #[serde(rename = "grant_type")]
    grant_type: &'static str,
    /// `issued`, an error's code, or the status of a response that has none.
    outcome: String,
    /// Whether the client asked for a token with continuous access evaluation.
    cae: bool,
    /// When the response was made, in microseconds since the Unix epoch.
    at_micros: i64,
}

/// How many token requests had the same grant type and outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRequestCount {
    #[serde(rename = "grant_type")]
    grant_type: &'static str,
    outcome: String,
    count: u64,
}

pub(super) struct TokenLog {
    recent: Recent<TokenRequest>,
    counts: Mutex<BTreeMap<(&'static str, String), u64>>,
}

impl TokenLog {
    pub(super) fn new() -> Self {
        Self {
            recent: Recent::new(MAX_REQUESTS),
            counts: Mutex::default(),
        }
    }

    pub(super) fn record(&self, grant_type: Option<&'static str>, outcome: String, cae: bool) {
        let grant_type = grant_type.unwrap_or(OTHER);
        *lock(&self.counts)
            .entry((grant_type, outcome.clone()))
            .or_default() += 1;
        self.recent.push(TokenRequest {
            grant_type,
            outcome,
            cae,
            at_micros: clock::unix_microseconds(),
        });
    }

    pub(super) fn recent(&self) -> Vec<TokenRequest> {
        self.recent.all()
    }

    pub(super) fn counts(&self) -> Vec<TokenRequestCount> {
        let counts = lock(&self.counts);
        let counts = counts
            .iter()
            .map(|((grant_type, outcome), count)| TokenRequestCount {
                grant_type,
                outcome: outcome.clone(),
                count: *count,
            });
        counts.collect()
    }
}
