use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use drivebell::{AccessToken, BoxError, Credential};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::error::Raised;
use crate::runtime::call::call_soon;
use crate::runtime::{Runtime, lock};

type Outcome = Result<AccessToken, BoxError>;

/// What a credential function gets when drivebell needs a token.
#[pyclass(frozen, get_all, module = "drivebell")]
pub(crate) struct TokenRequest {
    /// The OAuth scopes, as passed to the client.
    scopes: Vec<String>,
    /// Whether Graph refused the last token: if so, return a new token and not a cached one.
    refresh: bool,
    /// The claims that Graph requires of the new token (Continuous Access Evaluation), as JSON to
    /// pass to the identity library; usually `None`.
    claims: Option<String>,
}

#[pymethods]
impl TokenRequest {
    fn __repr__(&self) -> String {
        let refresh = if self.refresh { "True" } else { "False" };
        format!("TokenRequest(scopes={:?}, refresh={refresh})", self.scopes)
    }
}

/// Takes the outcome of a `TokenRequest`, once.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct TokenReply {
    sender: Mutex<Option<oneshot::Sender<Outcome>>>,
    on_cancel: Mutex<Option<Py<PyAny>>>,
}

#[pymethods]
impl TokenReply {
    /// Ends the request with a token. `expires_on` is in seconds since 1970, as in azure-identity.
    fn resolve(&self, token: &str, expires_on: Option<f64>) {
        let expires_at = expires_on
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        let token = AccessToken::new(token);
        self.send(Ok(match expires_at {
            Some(expires_at) => token.with_expiry(expires_at),
            None => token,
        }));
    }

    /// Ends the request with the exception that the credential raised.
    fn reject(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        self.send(Err(Box::new(Raised::new(py, PyErr::from_value(error)))));
    }

    /// Sets the function to call, on the event loop, if the request is cancelled before it ends.
    fn on_cancel(&self, callback: Py<PyAny>) {
        // A request that ended at once can no longer be cancelled.
        if lock(&self.sender).is_some() {
            *lock(&self.on_cancel) = Some(callback);
        }
    }

    /// Called on the event loop when the client no longer needs the token.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        // Taken before the call, which may come back here.
        let callback = lock(&self.on_cancel).take();
        if let Some(callback) = callback {
            callback.call0(py)?;
        }
        Ok(())
    }
}

impl TokenReply {
    fn send(&self, outcome: Outcome) {
        // The callback refers to this reply, in a cycle that the garbage collector cannot see.
        let callback = lock(&self.on_cancel).take();
        drop(callback);
        if let Some(sender) = lock(&self.sender).take() {
            let _ = sender.send(outcome);
        }
    }
}

/// A request that was started on an event loop.
struct StartedRequest {
    event_loop: Py<PyAny>,
    reply: Py<TokenReply>,
}

/// Cancels its request when it is dropped before the request ends.
struct CancelOnDrop {
    runtime: Arc<Runtime>,
    /// Set by the thread that attaches to Python.
    started: Arc<Mutex<Option<StartedRequest>>>,
    ended: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let started = Arc::clone(&self.started);
        // Runs after the job that starts the request, and so finds what that job has set.
        self.runtime.attach(move |py| {
            let started = lock(&started).take();
            if let Some(StartedRequest { event_loop, reply }) = started
                && let Ok(cancel) = reply.getattr(py, "cancel")
            {
                call_soon(py, &event_loop, (cancel,));
            }
        });
    }
}

/// A credential in Python: the function that starts a token request, and the event loops that may
/// run it.
pub(crate) struct Provider {
    runtime: Arc<Runtime>,
    request_token: Py<PyAny>,
    /// The loop of the latest call comes last.
    event_loops: Mutex<Vec<Py<PyAny>>>,
}

impl Provider {
    pub(crate) fn new(runtime: Arc<Runtime>, request_token: Py<PyAny>) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            request_token,
            event_loops: Mutex::default(),
        })
    }

    /// Remembers the event loop of a call. A session lasts longer than the call that started it, and the
    /// loop of a later call may close before its own does: so every open loop is remembered.
    pub(crate) fn use_loop(&self, event_loop: &Bound<'_, PyAny>) {
        let py = event_loop.py();
        let mut known = self.known_loops(py);
        known.retain(|it| !it.bind(py).is(event_loop) && !is_closed(it.bind(py)));
        known.push(event_loop.clone().unbind());
        *lock(&self.event_loops) = known;
    }

    /// Copies the list, because the lock must not be held while Python runs.
    fn known_loops(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        let loops = lock(&self.event_loops);
        loops.iter().map(|it| it.clone_ref(py)).collect()
    }

    /// Starts the request on the latest loop that is still open; `None` if all are closed.
    fn start(
        &self,
        py: Python<'_>,
        request: TokenRequest,
        reply: Py<TokenReply>,
    ) -> Option<StartedRequest> {
        let request = Py::new(py, request).ok()?;
        let event_loop = self
            .known_loops(py)
            .into_iter()
            .rev()
            .find(|it| call_soon(py, it, (&self.request_token, &request, &reply)))?;
        Some(StartedRequest { event_loop, reply })
    }

    pub(crate) fn credential(self: &Arc<Self>) -> Credential {
        let provider = Arc::clone(self);
        Credential::from_fn(move |request| Arc::clone(&provider).request(request))
    }

    async fn request(self: Arc<Self>, request: drivebell::TokenRequest) -> Outcome {
        let (sender, outcome) = oneshot::channel();
        let runtime = Arc::clone(&self.runtime);
        let mut guard = CancelOnDrop {
            runtime: Arc::clone(&runtime),
            started: Arc::default(),
            ended: false,
        };
        let started = Arc::clone(&guard.started);
        runtime.attach(move |py| {
            let request = TokenRequest {
                scopes: request.scopes,
                refresh: request.refresh,
                claims: request.claims,
            };
            let reply = TokenReply {
                sender: Mutex::new(Some(sender)),
                on_cancel: Mutex::default(),
            };
            if let Ok(reply) = Py::new(py, reply) {
                *lock(&started) = self.start(py, request, reply);
            }
        });
        let outcome = outcome.await;
        guard.ended = true;
        outcome.unwrap_or_else(|_| Err("the event loop of the credential is closed".into()))
    }
}

fn is_closed(event_loop: &Bound<'_, PyAny>) -> bool {
    event_loop
        .call_method0("is_closed")
        .and_then(|closed| closed.is_truthy())
        .unwrap_or(false)
}
