//! Remembers the requests that arrived, so that a test can assert what went out exactly.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;

use crate::clock;
use crate::control;
use crate::service::{Shared, lock};

const KEPT: usize = 1000;

/// Of their times alone.
const ENDPOINT_CALLS_KEPT: usize = 100_000;

/// A request as it arrived.
///
/// Its `Debug` output and its serialized form contain secrets: the bearer token and the token of
/// the notification URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path with its query, not decoded.
    pub path: String,
    /// Names in lower case, in the order of arrival; a repeated header is repeated.
    pub headers: Vec<(String, String)>,
    /// When its head had arrived, in microseconds since the Unix epoch.
    pub received_at_micros: i64,
}

impl RecordedRequest {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

#[derive(Default)]
pub(crate) struct Recorder {
    requests: Mutex<VecDeque<RecordedRequest>>,
    endpoint_calls: Mutex<VecDeque<i64>>,
}

impl Recorder {
    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        lock(&self.requests).iter().cloned().collect()
    }

    /// When they arrived, in microseconds since the Unix epoch.
    pub(crate) fn endpoint_calls(&self) -> Vec<i64> {
        lock(&self.endpoint_calls).iter().copied().collect()
    }

    fn record(&self, request: RecordedRequest) {
        if request.path.ends_with("/subscriptions/socketIo") {
            let at = request.received_at_micros;
            keep(&self.endpoint_calls, at, ENDPOINT_CALLS_KEPT);
        }
        keep(&self.requests, request, KEPT);
    }
}

fn keep<T>(all: &Mutex<VecDeque<T>>, latest: T, most: usize) {
    let mut all = lock(all);
    if all.len() == most {
        all.pop_front();
    }
    all.push_back(latest);
}

pub(crate) async fn record(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    // A test that polls the control routes would push out what it looks for.
    if !request.uri().path().starts_with(control::PREFIX) {
        shared.recorder.record(RecordedRequest {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes());
                    (name.to_string(), value.into_owned())
                })
                .collect(),
            received_at_micros: clock::unix_microseconds(),
        });
    }
    next.run(request).await
}
