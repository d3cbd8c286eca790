//! Options from Python: a loop over those that were given, which follows the core's declaration of
//! each.

use std::path::PathBuf;
use std::time::Duration;

use drivebell::Error;
use drivebell::declarations::{OptionKind, OptionSpec, OptionValue};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::error;

/// Hands each option that was given to `set`.
pub(crate) fn read(
    tables: &[&'static [OptionSpec]],
    given: &Bound<'_, PyDict>,
    mut set: impl FnMut(&OptionSpec, OptionValue) -> Result<(), Error>,
) -> PyResult<()> {
    let specs = tables.iter().flat_map(|table| table.iter());
    for (name, value) in given {
        let name: String = name.extract()?;
        let Some(spec) = specs.clone().find(|spec| spec.name == name) else {
            return Err(PyTypeError::new_err(format!("there is no option {name}")));
        };
        convert(spec.kind, &value)
            .map_err(|problem| spec.refuse(problem))
            .and_then(|value| set(spec, value))
            .map_err(|error| error::to_python(given.py(), &error))?;
    }
    Ok(())
}

fn convert(kind: OptionKind, value: &Bound<'_, PyAny>) -> Result<OptionValue, String> {
    Ok(match kind {
        OptionKind::OptionalDuration if value.is_none() => OptionValue::None,
        OptionKind::Duration | OptionKind::OptionalDuration => {
            OptionValue::Duration(seconds(value)?)
        }
        OptionKind::Durations => OptionValue::Durations(list(value, seconds)?),
        OptionKind::Count => OptionValue::Count(count(value)?),
        OptionKind::Text | OptionKind::Choice(_) => OptionValue::Text(text(value)?),
        OptionKind::Texts => OptionValue::Texts(list(value, text)?),
        OptionKind::Path => OptionValue::Path(path(value)?),
        OptionKind::Flag => OptionValue::Flag(flag(value)?),
    })
}

/// The core checks for zero, because it knows which options give it a meaning.
fn seconds(value: &Bound<'_, PyAny>) -> Result<Duration, String> {
    let is_number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>();
    if value.is_instance_of::<PyBool>() || !is_number {
        return Err(format!("{} is not a number of seconds", repr(value)));
    }
    // An integer that no float can hold is as good as infinity.
    let seconds: f64 = value.extract().unwrap_or(f64::INFINITY);
    if seconds.is_nan() || value.lt(0).unwrap_or(true) {
        return Err(format!(
            "{} is not a duration: give a number of seconds, not below 0",
            repr(value)
        ));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn count(value: &Bound<'_, PyAny>) -> Result<u64, String> {
    if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
        return Err(format!("{} is not a whole number", repr(value)));
    }
    match value.extract::<u32>() {
        Ok(count) => Ok(count.into()),
        Err(_) => Err(format!("{} is not between 1 and {}", repr(value), u32::MAX)),
    }
}

fn flag(value: &Bound<'_, PyAny>) -> Result<bool, String> {
    match value.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => Err(format!("{} is neither True nor False", repr(value))),
    }
}

/// The text itself may be a secret, and is not repeated.
pub(crate) fn text(value: &Bound<'_, PyAny>) -> Result<String, String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(format!("must be a string, not {}", type_name(value)));
    };
    // A lone surrogate has no UTF-8.
    text.extract()
        .map_err(|_| "holds a character that cannot be encoded".to_owned())
}

pub(crate) fn path(value: &Bound<'_, PyAny>) -> Result<PathBuf, String> {
    value
        .extract()
        .map_err(|_| format!("must be a path, not {}", type_name(value)))
}

fn list<T>(
    value: &Bound<'_, PyAny>,
    element: impl Fn(&Bound<'_, PyAny>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let is_text = value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>();
    let refuse = || format!("must be a list, not {}", type_name(value));
    if is_text {
        return Err(refuse());
    }
    let elements = value.try_iter().map_err(|_| refuse())?;
    elements
        .map(|each| element(&each.map_err(|error| error.to_string())?))
        .collect()
}

fn repr(value: &Bound<'_, PyAny>) -> String {
    value
        .repr()
        .map_or_else(|_| type_name(value), |text| text.to_string())
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    value
        .get_type()
        .name()
        .map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
