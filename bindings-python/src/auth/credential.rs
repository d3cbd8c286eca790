use std::sync::{Arc, Mutex};

use drivebell::Credential;
use pyo3::prelude::*;
use tokio::sync::oneshot;

use super::token_reply::{Outcome, TokenReply};
use super::token_request::TokenRequest;
use crate::error;
use crate::runtime::call::call_soon;
use crate::runtime::{FirstUse, ReleaseSoon, lock};

/// What `drivebell._credential.prepare` returns.
#[derive(FromPyObject)]
pub(crate) enum CredentialArgument {
    Token(String),
    Prepared {
        request_token: Py<PyAny>,
        class_names: Vec<String>,
    },
}

impl CredentialArgument {
    pub(crate) fn prepare(
        self,
        py: Python<'_>,
        first_use: &FirstUse,
    ) -> PyResult<(Credential, Option<Arc<Provider>>)> {
        match self {
            Self::Token(token) => {
                let credential = Credential::token(token);
                let credential = credential.map_err(|error| error::to_python(py, &error))?;
                Ok((credential, None))
            }
            Self::Prepared {
                request_token,
                class_names,
            } => {
                let provider = Provider::new(first_use.clone(), request_token);
                let credential = provider.credential().recognized(&class_names);
                Ok((credential, Some(provider)))
            }
        }
    }
}

/// A request that was started on an event loop.
struct StartedRequest {
    event_loop: Py<PyAny>,
    reply: Py<TokenReply>,
    _release: ReleaseSoon,
}

/// A credential in Python: the function that starts a token request, and the event loops that may
/// run it.
pub(crate) struct Provider {
    first_use: FirstUse,
    request_token: Py<PyAny>,
    /// The loop of the latest call comes last.
    event_loops: Mutex<Vec<Py<PyAny>>>,
    _release: ReleaseSoon,
}

impl Provider {
    fn new(first_use: FirstUse, request_token: Py<PyAny>) -> Arc<Self> {
        Arc::new(Self {
            first_use,
            request_token,
            event_loops: Mutex::default(),
            _release: ReleaseSoon,
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
        request: drivebell::TokenRequest,
        sender: oneshot::Sender<Outcome>,
    ) -> Option<StartedRequest> {
        let request = Py::new(py, TokenRequest(request)).ok()?;
        let reply = Py::new(py, TokenReply::new(sender)).ok()?;
        let event_loop = self
            .known_loops(py)
            .into_iter()
            .rev()
            .find(|it| call_soon(py, it, (&self.request_token, &request, &reply)))?;
        Some(StartedRequest {
            event_loop,
            reply,
            _release: ReleaseSoon,
        })
    }

    fn credential(self: &Arc<Self>) -> Credential {
        let provider = Arc::clone(self);
        Credential::from_fn(move |request| Arc::clone(&provider).request(request)).outliving_drop()
    }

    async fn request(self: Arc<Self>, request: drivebell::TokenRequest) -> Outcome {
        let (sender, mut outcome) = oneshot::channel();
        let runtime = self.first_use.get();
        let runtime = Arc::clone(runtime.expect("a request comes with a use"));
        let started = Arc::<Mutex<Option<StartedRequest>>>::default();
        let starting = Arc::clone(&started);
        let of_python = request.clone();
        runtime.attach(move |py| {
            let request = self.start(py, of_python, sender);
            *lock(&starting) = request;
        });
        let outcome = tokio::select! {
            biased;
            outcome = &mut outcome => outcome,
            () = request.cancelled() => {
                // Runs after the job that starts the request, and so finds what that job has set.
                runtime.attach(move |py| {
                    let started = lock(&started).take();
                    if let Some(StartedRequest {
                        event_loop, reply, ..
                    }) = started
                        && let Ok(cancel) = reply.getattr(py, "cancel")
                    {
                        call_soon(py, &event_loop, (cancel,));
                    }
                });
                outcome.await
            }
        };
        outcome.unwrap_or_else(|_| Err("the event loop of the credential is closed".into()))
    }
}

fn is_closed(event_loop: &Bound<'_, PyAny>) -> bool {
    event_loop
        .call_method0("is_closed")
        .and_then(|closed| closed.is_truthy())
        .unwrap_or(false)
}
