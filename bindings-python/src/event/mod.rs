use std::fmt::Write as _;

use drivebell::Event;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyString};

use crate::datetime::{datetime, repeated_datetime};
use crate::error;
use crate::json;
use crate::resource::Resource;

/// A hint that something changed in the resource.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Notification(drivebell::Notification, Option<Py<PyAny>>);

#[pymethods]
impl Notification {
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::intern(py, self.0.kind().as_str())
    }

    #[getter]
    fn resource(&self) -> Resource {
        Resource(self.0.resource().clone())
    }

    #[getter]
    fn client(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.1.as_ref().map(|client| client.clone_ref(py))
    }

    #[getter]
    fn payload(slf: Bound<'_, Self>) -> Option<Payload> {
        slf.get().0.payload()?;
        Some(Payload(slf.unbind()))
    }

    #[getter]
    fn coalesced(&self) -> u64 {
        self.0.coalesced()
    }

    #[getter]
    fn received_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        datetime(py, self.0.received_at())
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

/// What the service sent about one change: a part of the notification, which has one.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Payload(Py<Notification>);

impl Payload {
    fn core(&self) -> &drivebell::Payload {
        let payload = self.0.get().0.payload();
        payload.expect("made only of a notification that has one")
    }
}

#[pymethods]
impl Payload {
    #[getter]
    fn subscription_id(&self) -> Option<&str> {
        self.core().subscription_id()
    }

    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.core().client_state()
    }

    #[getter]
    fn subscription_expires_at<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        let expires_at = self.core().subscription_expires_at();
        expires_at.map(|at| repeated_datetime(py, at)).transpose()
    }

    #[getter]
    fn tenant_id(&self) -> Option<&str> {
        self.core().tenant_id()
    }

    #[getter]
    fn site_url(&self) -> Option<&str> {
        self.core().site_url()
    }

    #[getter]
    fn web_id(&self) -> Option<&str> {
        self.core().web_id()
    }

    #[getter]
    fn list_id(&self) -> Option<&str> {
        self.core().list_id()
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, self.core().raw())
    }

    fn __repr__(&self) -> String {
        format!("<drivebell.Payload {}>", self.core().raw())
    }
}

/// What happened to the session behind a subscription.
#[pyclass(frozen, get_all, module = "drivebell")]
pub(crate) struct Lifecycle {
    kind: &'static str,
    resource: Py<Resource>,
    client: Option<Py<PyAny>>,
    reason: Option<&'static str>,
    message: Option<String>,
    retry_after: Option<f64>,
    retry_in: Option<f64>,
    error: Option<Py<PyAny>>,
    coalesced: u64,
}

#[pymethods]
impl Lifecycle {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("<drivebell.Lifecycle {}", self.kind);
        // A single subscription is known by its consumer.
        if self.client.is_some() {
            let _ = write!(text, " {}", self.resource.get().0);
        }
        if let Some(reason) = self.reason {
            let _ = write!(text, " reason={reason}");
        }
        if let Some(error) = &self.error {
            let _ = write!(text, " error={}", error.bind(py).repr()?);
        }
        if let Some(retry_in) = self.retry_in {
            let _ = write!(text, " retry_in={retry_in:.3}");
        }
        if self.coalesced > 0 {
            let _ = write!(text, " coalesced={}", self.coalesced);
        }
        text.push('>');
        Ok(text)
    }
}

impl Lifecycle {
    fn new(
        py: Python<'_>,
        change: &drivebell::Lifecycle,
        coalesced: u64,
        origin: Origin<'_>,
    ) -> PyResult<Self> {
        let mut lifecycle = Self {
            kind: change.as_str(),
            resource: Py::new(py, Resource(origin.resource.clone()))?,
            client: origin.client,
            reason: None,
            message: None,
            retry_after: None,
            retry_in: None,
            error: None,
            coalesced,
        };
        match change {
            drivebell::Lifecycle::Disconnected { reason, retry_in } => {
                lifecycle.reason = Some(reason.as_str());
                lifecycle.message = Some(reason.to_string());
                lifecycle.retry_after = reason.retry_after().map(|pause| pause.as_secs_f64());
                lifecycle.retry_in = Some(retry_in.as_secs_f64());
            }
            drivebell::Lifecycle::Unavailable { error, retry_in } => {
                let error = error::to_python(py, error);
                lifecycle.error = Some(error.into_value(py).into_any());
                lifecycle.retry_in = Some(retry_in.as_secs_f64());
            }
            drivebell::Lifecycle::Ended { error } => {
                let error = error::to_python(py, error);
                lifecycle.error = Some(error.into_value(py).into_any());
            }
            // One of a newer core is told by its name.
            _ => {}
        }
        Ok(lifecycle)
    }
}

/// Where an event comes from.
pub(crate) struct Origin<'a> {
    pub(crate) resource: &'a drivebell::Resource,
    /// The `drivebell.Client` of a member of a set.
    pub(crate) client: Option<Py<PyAny>>,
}

impl<'a> Origin<'a> {
    pub(crate) fn single(resource: &'a drivebell::Resource) -> Self {
        Self {
            resource,
            client: None,
        }
    }
}

pub(crate) fn to_python(
    py: Python<'_>,
    event: Event,
    origin: Origin<'_>,
) -> PyResult<Option<Py<PyAny>>> {
    Ok(match event {
        Event::Notification(note) => {
            Some(Py::new(py, Notification(note, origin.client))?.into_any())
        }
        Event::Lifecycle { change, coalesced } => {
            let lifecycle = Lifecycle::new(py, &change, coalesced, origin)?;
            Some(Py::new(py, lifecycle)?.into_any())
        }
        // An event of a newer core that this binding does not know yet.
        _ => None,
    })
}
