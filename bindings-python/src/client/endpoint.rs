use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::value::{Reduced, instant_text, pydantic_schema, quoted, reduced};
use crate::{error, json};

/// Graph's response to "Get websocket endpoint". Its `repr` omits the notification URL, as `to_dict`
/// does. So does pickle: a copy in another process has all but the `notification_url`.
#[pyclass(frozen, eq, hash, module = "drivebell")]
#[derive(PartialEq, Eq)]
pub(crate) struct Endpoint {
    core: drivebell::Endpoint,
    has_secret: bool,
}

impl Hash for Endpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.core.id().hash(state);
        self.core.expires_at().hash(state);
    }
}

impl From<drivebell::Endpoint> for Endpoint {
    fn from(core: drivebell::Endpoint) -> Self {
        Self {
            core,
            has_secret: true,
        }
    }
}

#[pymethods]
impl Endpoint {
    /// The subscription's id.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.core.id()
    }

    /// The Socket.IO URL, for use with another client. **It is a secret**: do not log it.
    ///
    /// Raises `StateError` on a copy that pickle made, which does not have it.
    #[getter]
    fn notification_url(&self, py: Python<'_>) -> PyResult<&str> {
        if !self.has_secret {
            return Err(error::state(
                py,
                "this endpoint was pickled, and pickle leaves out the notification_url because it \
                 is a secret: ask for another endpoint here",
            ));
        }
        Ok(self.core.notification_url())
    }

    /// The host of the notification URL. Safe to log.
    #[getter]
    fn host(&self) -> &str {
        self.core.host()
    }

    /// When the URL stops working (UTC): one hour after the request if Graph sent no readable
    /// expiry.
    #[getter]
    fn expires_at(&self) -> SystemTime {
        self.core.expires_at()
    }

    /// `clientState`, which is the same for every user as far as we know.
    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.core.client_state()
    }

    /// The other fields of the response, by their names in Graph.
    #[getter]
    fn additional_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = self.core.additional_json();
        json::parse(py, &json)
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("host", "expires_at");

    /// All fields but the `notification_url`, as a dictionary that JSON knows.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("id", self.id())?;
        dict.set_item("host", self.host())?;
        dict.set_item("expires_at", instant_text(self.expires_at()))?;
        dict.set_item("client_state", self.client_state())?;
        dict.set_item("additional_data", self.additional_data(py)?)?;
        Ok(dict)
    }

    #[staticmethod]
    fn _without_secret(py: Python<'_>, json: &str) -> PyResult<Self> {
        let core = drivebell::Endpoint::from_json(json);
        Ok(Self {
            core: core.map_err(|error| error::to_python(py, &error))?,
            has_secret: false,
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let json = self.core.json_without_secret();
        reduced::<Self>(py, Some("_without_secret"), (json,), None)
    }

    // Nothing in it changes, and a copy in this process needs no other secret.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    #[classmethod]
    #[pyo3(signature = (*_arguments))]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        _arguments: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pydantic_schema(class)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let id = self.id().map(|id| format!(" id={}", quoted(py, id)));
        let expires_at = instant_text(self.expires_at()).unwrap_or_default();
        let (host, id) = (self.host(), id.unwrap_or_default());
        format!("<drivebell.Endpoint {host}{id} expires_at={expires_at}>")
    }
}
