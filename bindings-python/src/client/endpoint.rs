use std::time::SystemTime;

use pyo3::prelude::*;

use crate::json;

/// Graph's response to "Get websocket endpoint". Its `repr` omits the notification URL.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Endpoint(pub(crate) drivebell::Endpoint);

#[pymethods]
impl Endpoint {
    /// The subscription's id.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// The Socket.IO URL, for use with another client. **It is a secret**: do not log it.
    #[getter]
    fn notification_url(&self) -> &str {
        self.0.notification_url()
    }

    /// The host of the notification URL. Safe to log.
    #[getter]
    fn host(&self) -> &str {
        self.0.host()
    }

    /// When the URL stops working (UTC): one hour after the request if Graph sent no readable
    /// expiry.
    #[getter]
    fn expires_at(&self) -> SystemTime {
        self.0.expires_at()
    }

    /// `clientState`, which is the same for every user as far as we know.
    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.0.client_state()
    }

    /// The other fields of the response, by their names in Graph.
    #[getter]
    fn additional_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = self.0.additional_json();
        json::parse(py, &json)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
