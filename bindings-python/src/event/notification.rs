use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyString, PyType};

use crate::datetime::{datetime, repeated_datetime};
use crate::resource::Resource;
use crate::value::{Reduced, entry, instant, instant_text, json_text, pydantic_schema, reduced};
use crate::{error, json};

/// A hint that something changed in the resource. It never says what changed.
///
/// Notifications are equal if everything that they tell is, and their `client` is the same. A copy
/// in another process has no `client`.
///
/// Tests make them by hand: `Notification(resource, {})` announces a change, and
/// `Notification(resource)` is a resync. `payload` is a `Payload`, or what the service sends, as a
/// dictionary or as JSON. `received_at` is now, unless it is given. Raises `InvalidArgumentError`, by
/// the name `raw`, for a payload that is not a JSON object.
#[pyclass(frozen, eq, hash, module = "drivebell")]
pub(crate) struct Notification {
    core: drivebell::Notification,
    client: Option<Py<PyAny>>,
}

impl PartialEq for Notification {
    fn eq(&self, other: &Self) -> bool {
        let told = |it: &Self| {
            let client = it.client.as_ref().map(Py::as_ptr);
            (
                client,
                it.core.kind(),
                it.core.coalesced(),
                it.received_micros(),
            )
        };
        told(self) == told(other)
            && self.core.resource() == other.core.resource()
            && self.core.payload() == other.core.payload()
    }
}

impl Hash for Notification {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.core.resource().hash(state);
        self.received_micros().hash(state);
    }
}

impl Notification {
    pub(super) fn new(core: drivebell::Notification, client: Option<Py<PyAny>>) -> Self {
        Self { core, client }
    }

    /// A `datetime` has no more.
    fn received_micros(&self) -> Option<u128> {
        let since_epoch = self
            .core
            .received_at()
            .duration_since(SystemTime::UNIX_EPOCH);
        Some(since_epoch.ok()?.as_micros())
    }
}

#[pymethods]
impl Notification {
    #[new]
    #[pyo3(signature = (resource, payload=None, *, coalesced=0, received_at=None, client=None))]
    fn by_hand(
        py: Python<'_>,
        resource: &Resource,
        payload: Option<&Bound<'_, PyAny>>,
        coalesced: u64,
        received_at: Option<SystemTime>,
        client: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let core = match payload {
            None => drivebell::Notification::resync(&resource.0),
            Some(payload) => {
                announced(&resource.0, payload)?.map_err(|error| error::to_python(py, &error))?
            }
        };
        let received_at = received_at.unwrap_or_else(|| core.received_at());
        let core = core.with_coalesced(coalesced).with_received_at(received_at);
        Ok(Self { core, client })
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("kind", "resource");

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

    /// Everything but the `client`, as a dictionary that JSON knows: `kind`, `resource`, `payload`,
    /// `coalesced` and `received_at`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("kind", self.core.kind().as_str())?;
        dict.set_item("resource", self.core.resource().to_string())?;
        let payload = self.core.payload();
        let payload = payload.map(|payload| json::parse(py, payload.raw()));
        dict.set_item("payload", payload.transpose()?)?;
        dict.set_item("coalesced", self.core.coalesced())?;
        dict.set_item("received_at", instant_text(self.core.received_at()))?;
        Ok(dict)
    }

    /// Makes the notification again out of what `to_dict` has returned.
    ///
    /// Raises `ValueError` for anything else, or `InvalidArgumentError`, which is one.
    #[staticmethod]
    fn from_dict(dictionary: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = dictionary.py();
        let resource: String = entry(dictionary, "resource")?.extract()?;
        let resource = resource.parse();
        let resource = resource.map_err(|error| error::to_python(py, &error))?;
        let payload: Option<Bound<'_, PyAny>> = entry(dictionary, "payload")?.extract()?;
        let received_at: String = entry(dictionary, "received_at")?.extract()?;
        Self::by_hand(
            py,
            &Resource(resource),
            payload.as_ref(),
            entry(dictionary, "coalesced")?.extract()?,
            Some(instant(&received_at)?),
            None,
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let keywords = PyDict::new(py);
        keywords.set_item("coalesced", self.core.coalesced())?;
        keywords.set_item("received_at", self.core.received_at())?;
        let resource = Resource(self.core.resource().clone());
        let payload = self.core.payload().map(drivebell::Payload::raw);
        reduced::<Self>(py, None, (resource, payload), Some(&keywords))
    }

    fn __repr__(&self) -> String {
        format!(
            "<drivebell.Notification {} {} coalesced={}>",
            self.core.kind(),
            self.core.resource(),
            self.core.coalesced()
        )
    }

    #[classmethod]
    #[pyo3(signature = (*_arguments))]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        _arguments: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pydantic_schema(class)
    }
}

fn announced(
    resource: &drivebell::Resource,
    payload: &Bound<'_, PyAny>,
) -> PyResult<Result<drivebell::Notification, drivebell::Error>> {
    if let Ok(payload) = payload.cast::<Payload>() {
        let raw = payload.get().core().raw();
        return Ok(drivebell::Notification::from_raw(resource, raw));
    }
    Ok(drivebell::Notification::from_raw(
        resource,
        &json_text(payload)?,
    ))
}

/// What the service sent about one change. A field that it left out is `None`.
///
/// Payloads are equal if their JSON says the same.
// A view of its notification: nothing is copied.
#[pyclass(frozen, eq, hash, module = "drivebell")]
pub(crate) struct Payload(Py<Notification>);

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.core() == other.core()
    }
}

impl Hash for Payload {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.core().subscription_id().hash(state);
        self.core().list_id().hash(state);
    }
}

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

    /// A payload out of the JSON that the service sends, as a dictionary or a text.
    ///
    /// Raises `InvalidArgumentError`, by the name `raw`, for what is not a JSON object.
    #[staticmethod]
    fn from_raw(raw: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = raw.py();
        let core = announced(&drivebell::Resource::my_drive(), raw)?;
        let core = core.map_err(|error| error::to_python(py, &error))?;
        Ok(Self(Py::new(py, Notification::new(core, None))?))
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("subscription_id", "list_id");

    /// The same as `raw`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.raw(py)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced::<Self>(py, Some("from_raw"), (self.core().raw(),), None)
    }

    fn __repr__(&self) -> String {
        format!("<drivebell.Payload {}>", self.core().raw())
    }

    #[classmethod]
    #[pyo3(signature = (*_arguments))]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        _arguments: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pydantic_schema(class)
    }
}
