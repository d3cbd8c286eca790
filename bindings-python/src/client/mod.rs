pub(crate) mod endpoint;

use std::sync::{Arc, Mutex};

use drivebell::declarations::CLIENT_OPTIONS;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use self::endpoint::Endpoint;
use crate::auth::credential::{CredentialArgument, Provider};
use crate::error;
use crate::options;
use crate::resource::Resource;
use crate::runtime::call::{self, Call};
use crate::runtime::logging::{self, PythonLogging};
use crate::runtime::{FirstUse, ProcessOwned, Runtime, lock};
use crate::session::subscription::Subscription;

/// The native part of `drivebell.Client` and `drivebell.sync.Client`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Client {
    /// Of the family, whose clients share their connections.
    first_use: FirstUse,
    /// `None` for a token, and once the client is closed.
    provider: Mutex<Option<Arc<Provider>>>,
    core: ProcessOwned<drivebell::Client>,
}

#[pymethods]
impl Client {
    /// `credential` is a token, or has a function `request_token(request, reply)` that is called on
    /// the event loop, and the `class_names` of the user's credential. `options` holds the options that the caller set.
    #[new]
    fn new(
        py: Python<'_>,
        credential: CredentialArgument,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        PythonLogging::install(py);
        let first_use = FirstUse::default();
        let (credential, provider) = credential.prepare(py, &first_use)?;
        let mut builder = drivebell::Client::builder(credential);
        options::read(&[CLIENT_OPTIONS], options, |spec, value| {
            builder.set(spec, value)
        })?;
        // Detached, because reading the system's certificates takes time.
        let client = py
            .detach(|| builder.build())
            .map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            core: ProcessOwned::of_first_user(client, &first_use),
            first_use,
            provider: Mutex::new(provider),
        })
    }

    /// A client of another user. Without a `label`, it has the same.
    fn with_credential(
        &self,
        py: Python<'_>,
        credential: CredentialArgument,
        label: Option<&str>,
    ) -> PyResult<Self> {
        if let Some(runtime) = self.first_use.get() {
            runtime.check(py)?;
        }
        self.check_open(py)?;
        let (credential, provider) = credential.prepare(py, &self.first_use)?;
        let core = match label {
            None => Ok(self.core.with_credential(credential)),
            Some(label) => self.core.with_credential_and_label(credential, label),
        };
        let core = core.map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            core: ProcessOwned::of_first_user(core, &self.first_use),
            first_use: self.first_use.clone(),
            provider: Mutex::new(provider),
        })
    }

    fn endpoint(
        &self,
        py: Python<'_>,
        resource: &Resource,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        let runtime = self.prepare(py, &event_loop)?;
        let (client, resource) = (self.core.clone(), resource.0.clone());
        let future = async move { client.endpoint(&resource).await };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, endpoint| Ok(Py::new(py, Endpoint::from(endpoint))?.into_any()),
        ))
    }

    fn find_resource(
        &self,
        py: Python<'_>,
        text: String,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        let runtime = self.prepare(py, &event_loop)?;
        let client = self.core.clone();
        let future = async move { client.find_resource(&text).await };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, resource| Ok(Py::new(py, Resource(resource))?.into_any()),
        ))
    }

    fn sign_in(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        let runtime = self.prepare(py, &event_loop)?;
        let client = self.core.clone();
        let future = async move { client.sign_in().await };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }

    fn subscribe(
        &self,
        py: Python<'_>,
        resource: &Resource,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        let runtime = self.prepare(py, &event_loop)?;
        let (client, resource) = (self.core.clone(), resource.0.clone());
        let future = async move { client.subscribe(&resource).await };
        let of_subscription = Arc::clone(runtime);
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            move |py, subscription| {
                let subscription = Subscription::new(of_subscription, subscription);
                Ok(Py::new(py, subscription)?.into_any())
            },
        ))
    }

    fn subscribe_without_waiting(
        &self,
        py: Python<'_>,
        resource: &Resource,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Subscription> {
        let runtime = self.prepare(py, event_loop.as_unbound())?;
        self.check_open(py)?;
        let _tokio = runtime.enter();
        let subscription = self.core.subscribe_without_waiting(&resource.0);
        Ok(Subscription::new(Arc::clone(runtime), subscription))
    }

    /// Closes the client, also if this raises `StateError` because there is nothing to wait for.
    /// Settles when everything that it has opened has ended.
    fn close(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        if let Some(core) = self.core.of_this_process() {
            core.start_close();
        }
        // It refers to the user's credential, which may refer to this client.
        let provider = lock(&self.provider).take();
        drop(provider);
        let runtime = self.first_use.runtime(py)?;
        let client = self.core.clone();
        let future = async move {
            client.close().await;
            Ok(())
        };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }

    fn label(&self) -> Option<String> {
        self.core.label().map(str::to_owned)
    }

    fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// Raises `StateError` if the client is closed.
    pub(crate) fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        let open = self.core.check_open();
        open.map_err(|error| error::to_python(py, &error))
    }

    fn __repr__(&self) -> String {
        format!("Client {}", self.core.graph_url())
    }
}

impl Client {
    /// Raises `StateError` in a process that is not that of the first use.
    pub(crate) fn runtime(&self, py: Python<'_>) -> PyResult<&Arc<Runtime>> {
        self.first_use.runtime(py)
    }

    pub(crate) fn core(&self) -> &drivebell::Client {
        &self.core
    }

    /// Before each call: checks the process, remembers the event loop for the credential, and asks
    /// for the level of the log.
    pub(crate) fn prepare(
        &self,
        py: Python<'_>,
        event_loop: &Py<PyAny>,
    ) -> PyResult<&Arc<Runtime>> {
        let runtime = self.first_use.runtime(py)?;
        logging::refresh_level(py);
        // Not locked while Python runs.
        let provider = lock(&self.provider).clone();
        if let Some(provider) = provider {
            provider.use_loop(event_loop.bind(py));
        }
        Ok(runtime)
    }
}
