//! Records the requests that arrived, so that a test can assert what the client sent.

use axum::http::{HeaderMap, Method, Uri};
use serde::Serialize;

use crate::clock;
use crate::recent::Recent;

const MAX_REQUESTS: usize = 1000;
const MAX_ENDPOINT_CALLS: usize = 100_000;

/// A request as it arrived.
///
/// Its `Debug` output and its serialized form contain secrets: the bearer token and the token of
/// the notification URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path and the query, not decoded.
    pub path: String,
    /// Names in lower case and values, in the order of arrival. A repeated header is repeated.
    pub headers: Vec<(String, String)>,
    /// When the request's head had arrived, in microseconds since the Unix epoch.
    pub received_at_micros: i64,
}

impl RecordedRequest {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

pub(crate) struct Recorder {
    requests: Recent<RecordedRequest>,
    endpoint_calls: Recent<i64>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            requests: Recent::new(MAX_REQUESTS),
            endpoint_calls: Recent::new(MAX_ENDPOINT_CALLS),
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.all()
    }

    /// When endpoint requests arrived, in microseconds since the Unix epoch.
    pub(crate) fn endpoint_calls(&self) -> Vec<i64> {
        self.endpoint_calls.all()
    }

    pub(crate) fn record(&self, method: &Method, uri: &Uri, headers: &HeaderMap) {
        let headers = headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        });
        let request = RecordedRequest {
            method: method.to_string(),
            path: uri.to_string(),
            headers: headers.collect(),
            received_at_micros: clock::unix_microseconds(),
        };
        if request.path.ends_with("/subscriptions/socketIo") {
            self.endpoint_calls.push(request.received_at_micros);
        }
        self.requests.push(request);
    }
}
