use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyTzInfo};

/// The same object as the last time, if it is the same instant: all notifications of a subscription
/// carry one.
pub(crate) fn repeated_datetime(
    py: Python<'_>,
    instant: SystemTime,
) -> PyResult<Bound<'_, PyDateTime>> {
    // Held for moments, and by nobody who waits for the interpreter.
    static LAST: Mutex<Option<(SystemTime, Py<PyDateTime>)>> = Mutex::new(None);
    let known = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((last, object)) = &*known()
        && *last == instant
    {
        return Ok(object.bind(py).clone());
    }
    let object = datetime(py, instant)?;
    let before = known().replace((instant, object.clone().unbind()));
    drop(before);
    Ok(object)
}

/// In UTC. By its parts, because pyo3's own conversion adds a `timedelta` to an epoch, which takes
/// three times as long.
pub(crate) fn datetime(py: Python<'_>, instant: SystemTime) -> PyResult<Bound<'_, PyDateTime>> {
    let parts = Timestamp::try_from(instant).map(|instant| Offset::UTC.to_datetime(instant));
    let parts = parts.ok().filter(|parts| parts.year() >= 1);
    let parts = parts.ok_or_else(|| PyOverflowError::new_err("no datetime is so far away"))?;
    let part = |part: i8| u8::try_from(part).expect("of a calendar, and not below zero");
    PyDateTime::new(
        py,
        parts.year().into(),
        part(parts.month()),
        part(parts.day()),
        part(parts.hour()),
        part(parts.minute()),
        part(parts.second()),
        u32::try_from(parts.subsec_nanosecond() / 1_000).expect("not below zero"),
        Some(&PyTzInfo::utc(py)?.to_owned()),
    )
}
