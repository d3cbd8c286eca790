use std::fmt::Write as _;
use std::time::Duration;

use drivebell::DisconnectReason;
use pyo3::prelude::*;

use crate::error;
use crate::resource::Resource;

/// A change in the session behind a subscription or a stream of changes, such as a lost connection.
#[pyclass(frozen, get_all, module = "drivebell")]
pub(crate) struct Lifecycle {
    /// What happened.
    ///
    /// - `"connected"`: from now on, notifications arrive.
    /// - `"disconnected"`: the connection ended. The service announces nothing until the session is
    ///   connected again; then a notification of kind `"resync"` follows.
    /// - `"signing_in"`: a person is asked to sign in, and the subscription waits for that.
    /// - `"renewed"`: a new endpoint replaced one that was about to expire, without a gap.
    /// - `"unavailable"`: an attempt to connect or to renew failed; another one follows.
    /// - `"query_failed"`: a delta query failed; another attempt follows. Only of `Client.changes`.
    /// - `"push_refused"`: Graph serves delta queries, but no notifications. The stream polls, and
    ///   subscribes again later. Only of `Client.changes`, once for each refusal.
    /// - `"ended"`: the session of one resource ended for good; the others continue. Only of
    ///   `Client.subscribe_all`. Or the stream of `Client.changes` ended with an error.
    kind: &'static str,
    /// The resource that it is about.
    resource: Py<Resource>,
    /// The client that subscribed to the resource, and so the user, in a stream of
    /// `Client.subscribe_all`; `None` in one of `Client.subscribe`.
    client: Option<Py<PyAny>>,
    /// Why the connection ended, on `"disconnected"`.
    ///
    /// - `"namespace_disconnect"`: the server disconnected the client from the namespace
    ///   (Socket.IO packet `41`).
    /// - `"engine_close"`: the server closed the Engine.IO session (packet `1`).
    /// - `"websocket_close"`: the server sent a WebSocket close frame.
    /// - `"connection_closed"`: the stream ended without a close frame.
    /// - `"connection_reset"`: the TCP connection was reset, or failed in another way.
    /// - `"heartbeat_timeout"`: nothing arrived for `pingInterval` + `pingTimeout`, or the server
    ///   no longer reads.
    /// - `"server_disconnect"`: the service announced the end with an event of that name.
    /// - `"endpoint_expired"`: the endpoint expired before a new one could replace it.
    /// - `"deaf"`: a delta query found a change that was minutes old, and that no notification had
    ///   announced although the connection counted as live. Only of `Client.changes`.
    /// - `"protocol_error"`: the server sent what the protocol does not allow, or a message over
    ///   the size limit.
    reason: Option<&'static str>,
    /// The reason as a sentence.
    message: Option<String>,
    /// How many seconds the client must wait, if the service requested a pause when it ended the
    /// connection.
    retry_after: Option<f64>,
    /// In how many seconds the next attempt starts, on `"disconnected"`, `"unavailable"`,
    /// `"query_failed"` and `"push_refused"`; zero if an attempt is running.
    retry_in: Option<f64>,
    /// Why the attempt failed, on `"unavailable"`, `"query_failed"` and `"push_refused"`; why the
    /// session or the stream ended, on `"ended"`.
    error: Option<Py<PyAny>>,
    /// How many earlier events of this kind were merged into this one because the consumer was
    /// slow; usually 0.
    coalesced: u64,
}

#[pymethods]
impl Lifecycle {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("<drivebell.Lifecycle {}", self.kind);
        // The consumer of a single subscription knows the resource.
        if self.client.is_some() {
            let _ = write!(text, " {}", self.resource.get().0);
        }
        if let Some(reason) = self.reason {
            let _ = write!(text, " reason={reason}");
        }
        if let Some(error) = &self.error {
            let _ = write!(text, " error={}", error.bind(py).repr()?);
        }
        if let Some(retry_in) = self.retry_in {
            let _ = write!(text, " retry_in={retry_in:.3}");
        }
        if self.coalesced > 0 {
            let _ = write!(text, " coalesced={}", self.coalesced);
        }
        text.push('>');
        Ok(text)
    }
}

impl Lifecycle {
    pub(super) fn new(
        py: Python<'_>,
        change: &drivebell::Lifecycle,
        coalesced: u64,
        resource: &drivebell::Resource,
        client: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let reason = change.reason();
        let error = change.error().map(|error| error::to_python(py, error));
        let seconds = |duration: Duration| duration.as_secs_f64();
        Ok(Self {
            kind: change.as_str(),
            resource: Py::new(py, Resource(resource.clone()))?,
            client,
            reason: reason.map(DisconnectReason::as_str),
            message: reason.map(DisconnectReason::to_string),
            retry_after: reason.and_then(DisconnectReason::retry_after).map(seconds),
            retry_in: change.retry_in().map(seconds),
            error: error.map(|error| error.into_value(py).into_any()),
            coalesced,
        })
    }
}
