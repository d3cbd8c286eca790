use pyo3::prelude::*;
use pyo3::types::PyList;

/// What a credential function gets when drivebell needs a token.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct TokenRequest(pub(super) drivebell::TokenRequest);

#[pymethods]
impl TokenRequest {
    /// The OAuth scopes, as passed to the client.
    #[getter]
    fn scopes(&self) -> Vec<String> {
        self.0.scopes.clone()
    }

    /// Whether Graph refused the last token: if so, return a new token and not a cached one.
    #[getter]
    fn refresh(&self) -> bool {
        self.0.refresh
    }

    /// The claims that Graph requires of the new token (Continuous Access Evaluation), as JSON to
    /// pass to the identity library; usually `None`.
    #[getter]
    fn claims(&self) -> Option<&str> {
        self.0.claims.as_deref()
    }

    /// Whether the client has given up this request: it was closed, or `credential_timeout` is over.
    /// A function that blocks should check this, and return.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Call this when you ask a person to sign in. The function may then take `sign_in_timeout`
    /// (15 minutes) instead of `credential_timeout`, and subscriptions report `"signing_in"`.
    fn signing_in(&self) {
        self.0.signing_in();
    }

    /// For drivebell itself: a person may be asked from now on.
    #[pyo3(name = "_may_sign_in")]
    fn may_sign_in(&self) {
        self.0.may_sign_in();
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let refresh = if self.0.refresh { "True" } else { "False" };
        let scopes = PyList::new(py, &self.0.scopes)?.repr()?;
        Ok(format!("TokenRequest(scopes={scopes}, refresh={refresh})"))
    }
}
