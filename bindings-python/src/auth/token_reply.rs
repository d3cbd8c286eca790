use std::sync::Mutex;

use drivebell::{AccessToken, BoxError, Credential, CredentialFailure};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::error::Raised;
use crate::runtime::lock;

pub(super) type Outcome = Result<AccessToken, BoxError>;

/// Takes the outcome of a `TokenRequest`, once, from any thread.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct TokenReply {
    sender: Mutex<Option<oneshot::Sender<Outcome>>>,
    on_cancel: Mutex<Option<Py<PyAny>>>,
}

/// What a credential raised or returned, as `drivebell._credential_failure.Failure` describes it.
#[derive(FromPyObject)]
pub(crate) struct Failure {
    class_names: Vec<String>,
    text: String,
    causes: Vec<String>,
    oauth_error: Option<String>,
    is_misuse: bool,
}

impl Failure {
    fn into_core(self, source: BoxError) -> CredentialFailure {
        CredentialFailure {
            class_names: self.class_names,
            text: self.text,
            causes: self.causes,
            oauth_error: self.oauth_error,
            is_misuse: self.is_misuse,
            source,
        }
    }
}

/// Whether a failure says that a person must sign in.
#[pyfunction]
pub(crate) fn is_refusal(failure: Failure) -> bool {
    failure.into_core("not shown".into()).is_refusal()
}

/// Whether one of these classes of azure-identity asks a person.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "pyo3 makes the list")]
pub(crate) fn asks_a_person(class_names: Vec<String>) -> bool {
    Credential::asks_a_person(&class_names)
}

#[pymethods]
impl TokenReply {
    /// Ends the request with a token. The times are in seconds since 1970, as in azure-identity.
    fn resolve(&self, token: &str, expires_on: Option<f64>, refresh_on: Option<f64>) {
        let token = AccessToken::from_unix(token, expires_on, refresh_on);
        self.send(token.map_err(BoxError::from));
    }

    /// Ends the request with the exception that the credential raised.
    fn reject(&self, py: Python<'_>, error: Bound<'_, PyAny>, failure: &Bound<'_, PyAny>) {
        let source = Box::new(Raised::new(py, PyErr::from_value(error)));
        self.send(Err(match failure.extract::<Failure>() {
            Ok(failure) => Box::new(failure.into_core(source)),
            Err(_) => source,
        }));
    }

    /// Sets the function to call, on the event loop, if the client gives up the request.
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
    pub(super) fn new(sender: oneshot::Sender<Outcome>) -> Self {
        Self {
            sender: Mutex::new(Some(sender)),
            on_cancel: Mutex::default(),
        }
    }

    fn send(&self, outcome: Outcome) {
        // The callback refers to this reply, in a cycle that the garbage collector cannot see.
        let callback = lock(&self.on_cancel).take();
        drop(callback);
        if let Some(sender) = lock(&self.sender).take() {
            let _ = sender.send(outcome);
        }
    }
}
