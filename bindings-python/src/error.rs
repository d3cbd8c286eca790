use std::error::Error as StdError;
use std::fmt;

use drivebell::ErrorCause;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::runtime::ReleaseSoon;

/// A Python exception as the source of a core error, so that it can be raised again as itself.
///
/// It can be formatted without attaching to Python, which the formatting threads must not do.
pub(crate) struct Raised {
    error: PyErr,
    type_name: String,
    _release: ReleaseSoon,
}

impl Raised {
    pub(crate) fn new(py: Python<'_>, error: PyErr) -> Self {
        let type_name = error
            .get_type(py)
            .name()
            .map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
        Self {
            error,
            type_name,
            _release: ReleaseSoon,
        }
    }
}

impl Raised {
    /// The name of the exception's class.
    pub(crate) fn type_name(&self) -> &str {
        &self.type_name
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The message of another package's exception may contain a token. The type is enough here,
        // because the exception itself is the cause.
        write!(f, "it raised {}", self.type_name)
    }
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raised({})", self.type_name)
    }
}

impl StdError for Raised {}

/// The classes of exceptions by the core's kinds; `""` is that of all others.
///
/// They are kept from the beginning: at the end of the interpreter nothing can be imported any more, and
/// an object that is collected then may still call.
fn classes(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES.get_or_try_init(py, || {
        let classes = py.import("drivebell._errors")?.getattr("BY_KIND")?;
        PyResult::Ok(classes.cast_into::<PyDict>()?.unbind())
    })?;
    Ok(classes.bind(py))
}

/// Called when the module is imported.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    classes(py).map(drop)
}

fn class_of<'py>(py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyAny>> {
    let classes = classes(py)?;
    match classes.get_item(kind)? {
        Some(class) => Ok(class),
        // A kind of a newer core.
        None => classes.as_any().get_item(""),
    }
}

/// The exception for `error`.
pub(crate) fn to_python(py: Python<'_>, error: &drivebell::Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

/// A `drivebell.StateError`.
pub(crate) fn state(py: Python<'_>, message: &str) -> PyErr {
    let exception = class_of(py, "state").and_then(|class| class.call1((message,)));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

/// For failures that no caller can cause, such as a panic.
pub(crate) fn internal(py: Python<'_>, problem: &str) -> PyErr {
    let message = format!("{problem}, which is a bug in drivebell; please report it");
    let exception = class_of(py, "").and_then(|class| {
        let parts = PyDict::new(py);
        parts.set_item("help_url", ErrorCause::Internal.help_url())?;
        class.call((message,), Some(&parts))
    });
    exception.map_or_else(|failure| failure, PyErr::from_value)
}

fn build(py: Python<'_>, error: &drivebell::Error) -> PyResult<PyErr> {
    let parts = PyDict::new(py);
    parts.set_item("retryable", error.retryable())?;
    parts.set_item("status", error.status())?;
    parts.set_item("code", error.code())?;
    parts.set_item("request_id", error.request_id())?;
    parts.set_item("client_request_id", error.client_request_id())?;
    parts.set_item(
        "retry_after",
        error.retry_after().map(|pause| pause.as_secs_f64()),
    )?;
    parts.set_item("reason", error.reason_name())?;
    parts.set_item("host", error.host())?;
    parts.set_item("port", error.port())?;
    parts.set_item("label", error.label())?;
    parts.set_item("argument", error.argument())?;
    parts.set_item("help_url", error.help_url())?;
    let class = class_of(py, error.kind().as_str())?;
    let exception = class.call((error.message(),), Some(&parts))?;
    let exception = PyErr::from_value(exception);
    let cause = error.cause().map(|cause| cause_of(py, cause));
    let Some(failure) = error.network_failure() else {
        exception.set_cause(py, cause);
        return Ok(exception);
    };
    let known = py
        .import("drivebell._network_failure")?
        .getattr("as_os_error")?
        .call1((
            failure.as_str(),
            failure.code(),
            error.os_error(),
            error.message(),
        ))?;
    let known = PyErr::from_value(known);
    known.set_cause(py, cause);
    exception.set_cause(py, Some(known));
    Ok(exception)
}

fn cause_of(py: Python<'_>, cause: &(dyn StdError + 'static)) -> PyErr {
    if let Some(raised) = cause.downcast_ref::<Raised>() {
        return raised.error.clone_ref(py);
    }
    let exception = PyException::new_err(drivebell::Error::message_of(cause));
    if let Some(deeper) = cause.source() {
        exception.set_cause(py, Some(cause_of(py, deeper)));
    }
    exception
}
