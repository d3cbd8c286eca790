//! Events: how a subscription or a set hands them to Python.

mod lifecycle;
pub(crate) mod notification;

use drivebell::Event;
use pyo3::prelude::*;

use self::notification::Notification;

/// Where an event comes from.
pub(crate) struct Origin<'a> {
    pub(crate) resource: &'a drivebell::Resource,
    /// The `drivebell.Client` of the member, in a set.
    pub(crate) client: Option<Py<PyAny>>,
    /// Of the client.
    pub(crate) label: Option<&'a str>,
}

impl<'a> Origin<'a> {
    pub(crate) fn single(resource: &'a drivebell::Resource, label: Option<&'a str>) -> Self {
        Self {
            resource,
            client: None,
            label,
        }
    }
}

/// `None` for an event of a newer core that this binding does not know.
pub(crate) fn to_python(
    py: Python<'_>,
    event: Event,
    origin: Origin<'_>,
) -> PyResult<Option<Py<PyAny>>> {
    Ok(match event {
        Event::Notification(notification) => {
            let notification = Notification::new(notification, origin.client);
            Some(Py::new(py, notification)?.into_any())
        }
        Event::Lifecycle { change, coalesced } => {
            lifecycle::to_python(py, &change, coalesced, origin)?
        }
        _ => None,
    })
}
