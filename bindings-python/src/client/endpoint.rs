use std::time::SystemTime;

use pyo3::prelude::*;

use crate::json;

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
        json::parse(py, &json)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
