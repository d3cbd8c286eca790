use std::sync::Mutex;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDateTime;

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

/// Converts to a `datetime` in UTC. Python reads it from its text: that takes half the time of
/// building it from numbers, each of which becomes an object first, and a sixth of pyo3's own
/// conversion, which adds a `timedelta` to an epoch.
pub(crate) fn datetime(py: Python<'_>, instant: SystemTime) -> PyResult<Bound<'_, PyDateTime>> {
    static FROM_ISO_FORMAT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let parts = Timestamp::try_from(instant).map(|instant| Offset::UTC.to_datetime(instant));
    let parts = parts.ok().filter(|parts| parts.year() >= 1);
    let parts = parts
        .ok_or_else(|| PyOverflowError::new_err("the instant is outside the range of datetime"))?;
    let from_iso_format = FROM_ISO_FORMAT.get_or_try_init(py, || {
        let class = py.get_type::<PyDateTime>();
        class.getattr("fromisoformat").map(Bound::unbind)
    })?;
    let mut text = *b"0000-00-00T00:00:00.000000+00:00";
    for (end, number) in [
        (4, i32::from(parts.year())),
        (7, parts.month().into()),
        (10, parts.day().into()),
        (13, parts.hour().into()),
        (16, parts.minute().into()),
        (19, parts.second().into()),
        (26, parts.subsec_nanosecond() / 1_000),
    ] {
        write_digits(&mut text[..end], number);
    }
    let text = std::str::from_utf8(&text).expect("ASCII");
    Ok(from_iso_format.bind(py).call1((text,))?.cast_into()?)
}

/// Writes a number over the zeros at the end of a text.
fn write_digits(text: &mut [u8], mut number: i32) {
    for digit in text.iter_mut().rev() {
        if number == 0 {
            break;
        }
        *digit += u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
}
