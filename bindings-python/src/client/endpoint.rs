use std::time::SystemTime;

use pyo3::prelude::*;

/// The answer of Graph's "Get websocket endpoint".
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Endpoint(pub(crate) drivebell::Endpoint);

#[pymethods]
impl Endpoint {
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    #[getter]
    fn notification_url(&self) -> &str {
        self.0.notification_url()
    }

    #[getter]
    fn host(&self) -> &str {
        self.0.host()
    }

    #[getter]
    fn expires_at(&self) -> SystemTime {
        self.0.expires_at()
    }

    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.0.client_state()
    }

    #[getter]
    fn additional_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = serde_json::Value::Object(self.0.additional_data().clone()).to_string();
        parse_json(py, &json)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Parsed by the standard library, so that users get the types they know from `json`.
pub(crate) fn parse_json<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((json,))
}
