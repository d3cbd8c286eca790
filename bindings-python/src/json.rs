use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Parses with Python's `json`, so that users get the types that they know from it.
pub(crate) fn parse<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((json,))
}
