use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyString};

use crate::datetime::{datetime, repeated_datetime};
use crate::json;
use crate::resource::Resource;

/// A hint that something changed in the resource. It never says what changed.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Notification {
    core: drivebell::Notification,
    client: Option<Py<PyAny>>,
}

impl Notification {
    pub(super) fn new(core: drivebell::Notification, client: Option<Py<PyAny>>) -> Self {
        Self { core, client }
    }
}

#[pymethods]
impl Notification {
    /// What the notification means.
    ///
    /// - `"changed"`: the service announced a change.
    /// - `"resync"`: changes may have been missed, because there was no connection or because an
    ///   event could not be read. Run a delta query.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::intern(py, self.core.kind().as_str())
    }

    /// The resource that was subscribed to.
    #[getter]
    fn resource(&self) -> Resource {
        Resource(self.core.resource().clone())
    }

    /// The client that subscribed to the resource, and so the user, in a stream of
    /// `Client.subscribe_all`; `None` in one of `Client.subscribe`.
    #[getter]
    fn client(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.client.as_ref().map(|client| client.clone_ref(py))
    }

    /// What the service sent; `None` for a resync.
    #[getter]
    fn payload(slf: Bound<'_, Self>) -> Option<Payload> {
        slf.get().core.payload()?;
        Some(Payload(slf.unbind()))
    }

    /// How many further notifications were merged into this one because the consumer was slow;
    /// usually 0.
    #[getter]
    fn coalesced(&self) -> u64 {
        self.core.coalesced()
    }

    /// When the notification arrived on this machine (UTC).
    #[getter]
    fn received_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        datetime(py, self.core.received_at())
    }

    fn __repr__(&self) -> String {
        format!(
            "<drivebell.Notification {} {} coalesced={}>",
            self.core.kind(),
            self.core.resource(),
            self.core.coalesced()
        )
    }
}

/// What the service sent about one change. A field that it left out is `None`.
// A view of its notification: nothing is copied.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct Payload(Py<Notification>);

impl Payload {
    fn core(&self) -> &drivebell::Payload {
        let payload = self.0.get().core.payload();
        payload.expect("made only of a notification that has one")
    }
}

#[pymethods]
impl Payload {
    /// `subscriptionId`: the id of the endpoint's subscription.
    #[getter]
    fn subscription_id(&self) -> Option<&str> {
        self.core().subscription_id()
    }

    /// `clientState`.
    #[getter]
    fn client_state(&self) -> Option<&str> {
        self.core().client_state()
    }

    /// `expirationDateTime`: when the subscription expires (UTC).
    #[getter]
    fn subscription_expires_at<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        let expires_at = self.core().subscription_expires_at();
        expires_at.map(|at| repeated_datetime(py, at)).transpose()
    }

    /// `tenantId`.
    #[getter]
    fn tenant_id(&self) -> Option<&str> {
        self.core().tenant_id()
    }

    /// `siteUrl`: relative to the server; may be `/`.
    #[getter]
    fn site_url(&self) -> Option<&str> {
        self.core().site_url()
    }

    /// `webId`.
    #[getter]
    fn web_id(&self) -> Option<&str> {
        self.core().web_id()
    }

    /// `resource`: the id of the list behind the drive, not of an item.
    #[getter]
    fn list_id(&self) -> Option<&str> {
        self.core().list_id()
    }

    /// The JSON object that the service sent. It is parsed at each access.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, self.core().raw())
    }

    fn __repr__(&self) -> String {
        format!("<drivebell.Payload {}>", self.core().raw())
    }
}
