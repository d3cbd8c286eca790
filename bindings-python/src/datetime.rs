use std::sync::Mutex;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyTzInfo};

use crate::runtime::lock;

/// Like [`datetime`], but returns the last object again if the instant is the same, as it is in all
/// notifications of a subscription.
pub(crate) fn repeated_datetime(
    py: Python<'_>,
    instant: SystemTime,
) -> PyResult<Bound<'_, PyDateTime>> {
    // Never held while waiting for the interpreter.
    static LAST: Mutex<Option<(SystemTime, Py<PyDateTime>)>> = Mutex::new(None);
    let cached = || lock(&LAST);
    if let Some((last, object)) = &*cached()
        && *last == instant
    {
        return Ok(object.bind(py).clone());
    }
    let object = datetime(py, instant)?;
    let previous = cached().replace((instant, object.clone().unbind()));
    // Dropped without the lock.
    drop(previous);
    Ok(object)
}

/// Converts to a `datetime` in UTC. It is built from its parts, because pyo3's own conversion adds a
/// `timedelta` to an epoch and takes three times as long.
pub(crate) fn datetime(py: Python<'_>, instant: SystemTime) -> PyResult<Bound<'_, PyDateTime>> {
    let parts = Timestamp::try_from(instant).map(|instant| Offset::UTC.to_datetime(instant));
    let parts = parts.ok().filter(|parts| parts.year() >= 1);
    let parts = parts
        .ok_or_else(|| PyOverflowError::new_err("the instant is outside the range of datetime"))?;
    let part = |part: i8| u8::try_from(part).expect("a calendar field is not negative");
    PyDateTime::new(
        py,
        parts.year().into(),
        part(parts.month()),
        part(parts.day()),
        part(parts.hour()),
        part(parts.minute()),
        part(parts.second()),
        u32::try_from(parts.subsec_nanosecond() / 1_000)
            .expect("a fraction of a second is not negative"),
        Some(&PyTzInfo::utc(py)?.to_owned()),
    )
}
