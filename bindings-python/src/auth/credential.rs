use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use drivebell::{AccessToken, BoxError, Credential};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::error::Raised;
use crate::runtime::call::call_soon;
use crate::runtime::{Runtime, lock};

type Answer = Result<AccessToken, BoxError>;

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

/// Where the answer to a `TokenRequest` goes, once.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct TokenReply {
    sender: Mutex<Option<oneshot::Sender<Answer>>>,
    given_up: Mutex<Option<Py<PyAny>>>,
}

#[pymethods]
impl TokenReply {
    /// `expires_on` is in seconds since 1970, as azure-identity tells it.
    fn resolve(&self, token: &str, expires_on: Option<f64>) {
        let expires_at = expires_on
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        let token = AccessToken::new(token);
        self.answer(Ok(match expires_at {
            Some(expires_at) => token.with_expiry(expires_at),
            None => token,
        }));
    }

    fn reject(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        self.answer(Err(Box::new(Raised::new(py, PyErr::from_value(error)))));
    }

    /// What to call, on the loop, if the request is given up before it is answered.
    fn on_given_up(&self, callback: Py<PyAny>) {
        // One that was answered at once is under way no more.
        if lock(&self.sender).is_some() {
            *lock(&self.given_up) = Some(callback);
        }
    }

    /// Nobody waits for the answer any more.
    fn give_up(&self, py: Python<'_>) -> PyResult<()> {
        // Taken first: what is called may come back here.
        let callback = lock(&self.given_up).take();
        if let Some(callback) = callback {
            callback.call0(py)?;
        }
        Ok(())
    }
}

impl TokenReply {
    fn answer(&self, answer: Answer) {
        // The callback leads back here, in a circle that the garbage collector cannot see.
        let callback = lock(&self.given_up).take();
        drop(callback);
        if let Some(sender) = lock(&self.sender).take() {
            let _ = sender.send(answer);
        }
    }
}

/// A request on its event loop.
struct Started {
    event_loop: Py<PyAny>,
    reply: Py<TokenReply>,
}

/// A request that is under way; dropped before it is answered, it is given up.
struct UnderWay {
    runtime: Arc<Runtime>,
    /// Set by the thread that attaches.
    started: Arc<Mutex<Option<Started>>>,
    answered: bool,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let started = Arc::clone(&self.started);
        // Behind the job that starts the request, so that it finds what that has left.
        self.runtime.attach(move |py| {
            let started = lock(&started).take();
            if let Some(Started { event_loop, reply }) = started
                && let Ok(give_up) = reply.getattr(py, "give_up")
            {
                call_soon(py, &event_loop, (give_up,));
            }
        });
    }
}

/// The Python function that starts a token request, and the event loops it may run on.
pub(crate) struct Provider {
    runtime: Arc<Runtime>,
    ask: Py<PyAny>,
    /// The loop of the latest call comes last.
    event_loops: Mutex<Vec<Py<PyAny>>>,
}

impl Provider {
    pub(crate) fn new(runtime: Arc<Runtime>, ask: Py<PyAny>) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            ask,
            event_loops: Mutex::default(),
        })
    }

    /// A session outlives the call that started it, and the loop of a later call may be closed
    /// before its own: every loop that is open is remembered.
    pub(crate) fn use_loop(&self, event_loop: &Bound<'_, PyAny>) {
        let py = event_loop.py();
        let mut known = self.known_loops(py);
        known.retain(|it| !it.bind(py).is(event_loop) && !is_closed(it.bind(py)));
        known.push(event_loop.clone().unbind());
        *lock(&self.event_loops) = known;
    }

    /// The lock is not held while Python runs.
    fn known_loops(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        let loops = lock(&self.event_loops);
        loops.iter().map(|it| it.clone_ref(py)).collect()
    }

    /// Starts the request on the latest loop that is still open, and tells on which.
    fn start(
        &self,
        py: Python<'_>,
        request: TokenRequest,
        reply: Py<TokenReply>,
    ) -> Option<Started> {
        let request = Py::new(py, request).ok()?;
        let event_loop = self
            .known_loops(py)
            .into_iter()
            .rev()
            .find(|it| call_soon(py, it, (&self.ask, &request, &reply)))?;
        Some(Started { event_loop, reply })
    }

    pub(crate) fn credential(self: &Arc<Self>) -> Credential {
        let provider = Arc::clone(self);
        Credential::from_fn(move |request| Arc::clone(&provider).request(request))
    }

    async fn request(self: Arc<Self>, request: drivebell::TokenRequest) -> Answer {
        let (sender, answer) = oneshot::channel();
        let runtime = Arc::clone(&self.runtime);
        let mut under_way = UnderWay {
            runtime: Arc::clone(&runtime),
            started: Arc::default(),
            answered: false,
        };
        let started = Arc::clone(&under_way.started);
        runtime.attach(move |py| {
            let request = TokenRequest {
                scopes: request.scopes,
                refresh: request.refresh,
                claims: request.claims,
            };
            let reply = TokenReply {
                sender: Mutex::new(Some(sender)),
                given_up: Mutex::default(),
            };
            if let Ok(reply) = Py::new(py, reply) {
                *lock(&started) = self.start(py, request, reply);
            }
        });
        let answer = answer.await;
        under_way.answered = true;
        answer.unwrap_or_else(|_| Err("the event loop of the credential is closed".into()))
    }
}

fn is_closed(event_loop: &Bound<'_, PyAny>) -> bool {
    event_loop
        .call_method0("is_closed")
        .and_then(|closed| closed.is_truthy())
        .unwrap_or(false)
}
