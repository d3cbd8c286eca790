use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::Origin;
use crate::error;
use crate::resource::Resource;

/// The event for `change`: `drivebell._lifecycle` has a class for each kind. `None` for a kind of a
/// newer core.
pub(super) fn to_python(
    py: Python<'_>,
    change: &drivebell::Lifecycle,
    coalesced: u64,
    origin: Origin<'_>,
) -> PyResult<Option<Py<PyAny>>> {
    static FROM_PARTS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let parts = PyDict::new(py);
    let seconds = |duration: Duration| duration.as_secs_f64();
    if let Some(reason) = change.reason() {
        parts.set_item("reason", reason.as_str())?;
        parts.set_item("message", reason.to_string())?;
        parts.set_item("help_url", reason.help_url())?;
        parts.set_item("retry_after", reason.retry_after().map(seconds))?;
    }
    if let Some(retry_in) = change.retry_in() {
        parts.set_item("retry_in", seconds(retry_in))?;
    }
    if let Some(error) = change.error() {
        parts.set_item("error", error::to_python(py, error).into_value(py))?;
    }
    parts.set_item("client", origin.client)?;
    parts.set_item("label", origin.label)?;
    parts.set_item("coalesced", coalesced)?;
    let from_parts = FROM_PARTS.import(py, "drivebell._lifecycle", "from_parts")?;
    let event = from_parts.call(
        (change.as_str(), Resource(origin.resource.clone())),
        Some(&parts),
    )?;
    Ok((!event.is_none()).then(|| event.unbind()))
}
