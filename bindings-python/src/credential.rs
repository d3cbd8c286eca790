use std::sync::{Arc, Mutex};

use drivebell::{BoxError, Credential};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::call::call_soon;
use crate::error::Raised;
use crate::runtime::{Runtime, lock};

type Answer = Result<String, BoxError>;

/// What a token is asked for with.
#[pyclass(frozen, get_all, module = "drivebell")]
pub(crate) struct TokenRequest {
    /// The OAuth scopes, as given to the client.
    scopes: Vec<String>,
    /// Graph refused the token given last: a cached one will not do.
    refresh: bool,
    /// What the new token has to satisfy, as JSON for the identity library.
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
pub(crate) struct TokenReply(Mutex<Option<oneshot::Sender<Answer>>>);

#[pymethods]
impl TokenReply {
    fn resolve(&self, token: String) {
        self.answer(Ok(token));
    }

    fn reject(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        self.answer(Err(Box::new(Raised::new(py, PyErr::from_value(error)))));
    }
}

impl TokenReply {
    fn answer(&self, answer: Answer) {
        if let Some(sender) = lock(&self.0).take() {
            let _ = sender.send(answer);
        }
    }
}

/// The Python function that starts a token request, and the event loop it belongs to.
pub(crate) struct Provider {
    runtime: Arc<Runtime>,
    ask: Py<PyAny>,
    event_loop: Mutex<Option<Py<PyAny>>>,
}

impl Provider {
    pub(crate) fn new(runtime: Arc<Runtime>, ask: Py<PyAny>) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            ask,
            event_loop: Mutex::new(None),
        })
    }

    /// The loop of the latest call is the one that is still running.
    pub(crate) fn use_loop(&self, event_loop: Py<PyAny>) {
        *lock(&self.event_loop) = Some(event_loop);
    }

    pub(crate) fn credential(self: &Arc<Self>) -> Credential {
        let provider = Arc::clone(self);
        Credential::from_fn(move |request| Arc::clone(&provider).request(request))
    }

    async fn request(self: Arc<Self>, request: drivebell::TokenRequest) -> Answer {
        let (sender, answer) = oneshot::channel();
        let runtime = Arc::clone(&self.runtime);
        runtime.attach(move |py| {
            let request = TokenRequest {
                scopes: request.scopes,
                refresh: request.refresh,
                claims: request.claims,
            };
            let reply = TokenReply(Mutex::new(Some(sender)));
            let event_loop = lock(&self.event_loop).as_ref().map(|it| it.clone_ref(py));
            if let Some(event_loop) = event_loop {
                call_soon(py, &event_loop, (&self.ask, request, reply));
            }
        });
        answer
            .await
            .unwrap_or_else(|_| Err("the event loop of the credential is closed".into()))
    }
}
