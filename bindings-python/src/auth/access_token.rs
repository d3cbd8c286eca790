use std::time::SystemTime;

use pyo3::prelude::*;

use crate::error;

/// A token with its expiry, for credential functions to return. The client uses it until shortly
/// before it expires.
///
/// `expires_on` is in seconds since 1970. `refresh_on`, if given, is when the identity service wants
/// the token to be replaced; it is used until it expires if that fails. The `repr` does not show the
/// token.
///
/// Raises `InvalidArgumentError` for a token that is empty, contains white space or begins with
/// `Bearer `, and for an expiry in the past or in milliseconds.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct AccessToken {
    token: String,
    expires_on: f64,
    refresh_on: Option<f64>,
}

#[pymethods]
impl AccessToken {
    #[new]
    #[pyo3(signature = (token, expires_on, *, refresh_on = None))]
    fn new(
        py: Python<'_>,
        token: String,
        expires_on: f64,
        refresh_on: Option<f64>,
    ) -> PyResult<Self> {
        drivebell::AccessToken::from_unix(&token, Some(expires_on), refresh_on)
            .and_then(|checked| checked.check(SystemTime::now()))
            .map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            token,
            expires_on,
            refresh_on,
        })
    }

    /// The token itself.
    #[getter]
    fn token(&self) -> &str {
        &self.token
    }

    /// When it expires, in seconds since 1970.
    #[getter]
    fn expires_on(&self) -> f64 {
        self.expires_on
    }

    /// When it is to be replaced, in seconds since 1970, if the identity service says so.
    #[getter]
    fn refresh_on(&self) -> Option<f64> {
        self.refresh_on
    }

    fn __repr__(&self) -> String {
        format!("AccessToken('[redacted]', expires_on={})", self.expires_on)
    }
}
