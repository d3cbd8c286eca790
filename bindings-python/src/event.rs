use std::time::SystemTime;

use drivebell::Event;
use pyo3::prelude::*;

use crate::endpoint::parse_json;
use crate::resource::Resource;

/// A hint that something changed in the resource.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Notification(drivebell::Notification);

#[pymethods]
impl Notification {
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind().as_str()
    }

    #[getter]
    fn resource(&self) -> Resource {
        Resource(self.0.resource().clone())
    }

    #[getter]
    fn payload(&self) -> Option<Payload> {
        self.0.payload().cloned().map(Payload)
    }

    #[getter]
    fn coalesced(&self) -> u64 {
        self.0.coalesced()
    }

    #[getter]
    fn received_at(&self) -> SystemTime {
        self.0.received_at()
    }

    fn __repr__(&self) -> String {
        format!(
            "<drivebell.Notification {} {} coalesced={}>",
            self.0.kind(),
            self.0.resource(),
            self.0.coalesced()
        )
    }
}

/// What the service sent about one change.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Payload(drivebell::Payload);

#[pymethods]
impl Payload {
    #[getter]
    fn subscription_id(&self) -> Option<&str> {
        self.0.subscription_id()
    }

    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.0.client_state()
    }

    #[getter]
    fn subscription_expires_at(&self) -> Option<SystemTime> {
        self.0.subscription_expires_at()
    }

    #[getter]
    fn tenant_id(&self) -> Option<&str> {
        self.0.tenant_id()
    }

    #[getter]
    fn site_url(&self) -> Option<&str> {
        self.0.site_url()
    }

    #[getter]
    fn web_id(&self) -> Option<&str> {
        self.0.web_id()
    }

    #[getter]
    fn list_id(&self) -> Option<&str> {
        self.0.list_id()
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parse_json(py, self.0.raw())
    }

    fn __repr__(&self) -> String {
        format!("<drivebell.Payload {}>", self.0.raw())
    }
}

/// What happened to the session behind a subscription.
#[pyclass(frozen, get_all, module = "drivebell")]
pub(crate) struct Lifecycle {
    kind: &'static str,
    reason: Option<&'static str>,
    message: Option<String>,
    retry_after: Option<f64>,
}

#[pymethods]
impl Lifecycle {
    fn __repr__(&self) -> String {
        match self.reason {
            Some(reason) => format!("<drivebell.Lifecycle {} reason={reason}>", self.kind),
            None => format!("<drivebell.Lifecycle {}>", self.kind),
        }
    }
}

impl From<&drivebell::Lifecycle> for Lifecycle {
    fn from(lifecycle: &drivebell::Lifecycle) -> Self {
        let reason = match lifecycle {
            drivebell::Lifecycle::Disconnected { reason, .. } => Some(reason),
            _ => None,
        };
        Self {
            kind: lifecycle.as_str(),
            reason: reason.map(drivebell::DisconnectReason::as_str),
            message: reason.map(ToString::to_string),
            retry_after: reason
                .and_then(drivebell::DisconnectReason::retry_after)
                .map(|pause| pause.as_secs_f64()),
        }
    }
}

pub(crate) fn to_python(py: Python<'_>, event: Event) -> PyResult<Option<Py<PyAny>>> {
    Ok(match event {
        Event::Notification(note) => Some(Py::new(py, Notification(note))?.into_any()),
        Event::Lifecycle { change, .. } => Some(Py::new(py, Lifecycle::from(&change))?.into_any()),
        // An event of a newer core that this binding does not know yet.
        _ => None,
    })
}
