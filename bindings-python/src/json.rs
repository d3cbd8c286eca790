use pyo3::prelude::*;

/// Parses with Python's `json`, so that users get the types that they know from it.
pub(crate) fn parse<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((json,))
}
