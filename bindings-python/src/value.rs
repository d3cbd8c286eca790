//! What the classes of values share: texts of `repr`, copies in other processes, JSON, pydantic.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

/// A text as Python shows it.
pub(crate) fn quoted(py: Python<'_>, text: &str) -> String {
    let quoted = PyString::new(py, text).repr();
    quoted.map_or_else(|_| format!("{text:?}"), |quoted| quoted.to_string())
}

/// What `__reduce__` returns: pickle calls the first with the second.
pub(crate) type Reduced<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>);

/// `class.method(*arguments, **keywords)` makes the value again.
pub(crate) fn reduced<'py, T: PyTypeInfo>(
    py: Python<'py>,
    method: Option<&str>,
    arguments: impl IntoPyObject<
        'py,
        Target = PyTuple,
        Output = Bound<'py, PyTuple>,
        Error: Into<PyErr>,
    >,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Reduced<'py>> {
    let mut make = py.get_type::<T>().into_any();
    if let Some(method) = method {
        make = make.getattr(method)?;
    }
    if let Some(keywords) = keywords {
        let partial = py.import("functools")?.getattr("partial")?;
        make = partial.call((make,), Some(keywords))?;
    }
    Ok((make, arguments.into_pyobject(py).map_err(Into::into)?))
}

/// An instant as JSON writes it.
pub(crate) fn instant_text(instant: SystemTime) -> Option<String> {
    Some(Timestamp::try_from(instant).ok()?.to_string())
}

/// JSON text out of a text, or of what `json.dumps` accepts.
pub(crate) fn json_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    let dumps = value.py().import("json")?.getattr("dumps")?;
    dumps.call1((value,))?.extract()
}

/// The entry of a dictionary that `to_dict` has made.
pub(crate) fn entry<'py>(
    dictionary: &Bound<'py, PyDict>,
    name: &'static str,
) -> PyResult<Bound<'py, PyAny>> {
    let value = dictionary.get_item(name)?;
    value.ok_or_else(|| PyValueError::new_err(format!("the dictionary has no {name:?}")))
}

/// Reads what [`instant_text`] has written.
pub(crate) fn instant(text: &str) -> PyResult<SystemTime> {
    let refuse = || PyValueError::new_err(format!("{text:?} is no instant since 1970"));
    let instant: Timestamp = text.parse().map_err(|_| refuse())?;
    let since_epoch = Duration::try_from(instant.as_duration()).map_err(|_| refuse())?;
    Ok(SystemTime::UNIX_EPOCH + since_epoch)
}

/// `class[parameters]`, for type checkers' sake.
pub(crate) fn generic_alias<'py>(
    class: &Bound<'py, PyType>,
    parameters: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let alias = class.py().import("types")?.getattr("GenericAlias")?;
    alias.call1((class, parameters))
}

/// How pydantic validates and serializes a class.
pub(crate) fn pydantic_schema<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let schema = class
        .py()
        .import("drivebell._pydantic")?
        .getattr("schema")?;
    schema.call1((class,))
}
