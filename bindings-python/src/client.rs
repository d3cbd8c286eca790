use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use drivebell::{ApiVersion, Cloud, Credential, Error};
use pyo3::prelude::*;

use crate::call::{self, Call};
use crate::credential::Provider;
use crate::endpoint::Endpoint;
use crate::error;
use crate::resource::Resource;
use crate::runtime::Runtime;
use crate::subscription::Subscription;

/// The options of `drivebell.Client`, by the same names.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    cloud: Option<String>,
    base_url: Option<String>,
    api_version: Option<String>,
    scopes: Option<Vec<String>>,
    proxy: Option<String>,
    ca_bundle: Option<PathBuf>,
    user_agent: Option<String>,
    request_timeout: Option<f64>,
    retry_timeout: Option<f64>,
    connect_timeout: Option<f64>,
    open_timeout: Option<f64>,
    join_timeout: Option<f64>,
    max_message_size: Option<usize>,
    mailbox_capacity: Option<usize>,
}

#[derive(FromPyObject)]
enum CredentialArgument {
    Token(String),
    Ask(Py<PyAny>),
}

#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Client {
    runtime: Arc<Runtime>,
    provider: Option<Arc<Provider>>,
    core: drivebell::Client,
}

#[pymethods]
impl Client {
    /// `credential` is a token, or a function `ask(request, reply)` to be called on the loop.
    #[new]
    fn new(py: Python<'_>, credential: CredentialArgument, options: Options) -> PyResult<Self> {
        let runtime = Runtime::current(py)?;
        let (credential, provider) = match credential {
            CredentialArgument::Token(token) => (
                Credential::token(token).map_err(|error| error::to_python(py, &error))?,
                None,
            ),
            CredentialArgument::Ask(ask) => {
                let provider = Provider::new(Arc::clone(&runtime), ask);
                (provider.credential(), Some(provider))
            }
        };
        // Reads the system's certificates, which takes a moment.
        let client = py
            .detach(|| options.build(credential))
            .map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            runtime,
            provider,
            core: client,
        })
    }

    fn endpoint(
        &self,
        py: Python<'_>,
        resource: &Resource,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        self.prepare(py, &event_loop)?;
        let (client, resource) = (self.core.clone(), resource.0.clone());
        let future = async move { client.endpoint(&resource).await };
        Ok(call::start(
            &self.runtime,
            event_loop,
            settle,
            future,
            |py, endpoint| Ok(Py::new(py, Endpoint(endpoint))?.into_any()),
        ))
    }

    fn subscribe(
        &self,
        py: Python<'_>,
        resource: &Resource,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        self.prepare(py, &event_loop)?;
        let (client, resource) = (self.core.clone(), resource.0.clone());
        let future = async move { client.subscribe(&resource).await };
        let runtime = Arc::clone(&self.runtime);
        Ok(call::start(
            &self.runtime,
            event_loop,
            settle,
            future,
            move |py, subscription| {
                let subscription = Subscription::new(runtime, subscription);
                Ok(Py::new(py, subscription)?.into_any())
            },
        ))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.core)
    }
}

impl Client {
    fn prepare(&self, py: Python<'_>, event_loop: &Py<PyAny>) -> PyResult<()> {
        self.runtime.check(py)?;
        if let Some(provider) = &self.provider {
            provider.use_loop(event_loop.clone_ref(py));
        }
        Ok(())
    }
}

impl Options {
    fn build(self, credential: Credential) -> Result<drivebell::Client, Error> {
        let mut builder = drivebell::Client::builder(credential);
        if let Some(cloud) = self.cloud {
            builder = builder.cloud(cloud.parse::<Cloud>()?);
        }
        if let Some(base_url) = self.base_url {
            builder = builder.base_url(base_url);
        }
        if let Some(api_version) = self.api_version {
            builder = builder.api_version(api_version.parse::<ApiVersion>()?);
        }
        if let Some(scopes) = self.scopes {
            builder = builder.scopes(scopes);
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(proxy);
        }
        if let Some(ca_bundle) = self.ca_bundle {
            builder = builder.ca_bundle(ca_bundle);
        }
        if let Some(user_agent) = self.user_agent {
            builder = builder.user_agent(user_agent);
        }
        if let Some(timeout) = self.request_timeout {
            builder = builder.request_timeout(seconds(timeout));
        }
        if let Some(timeout) = self.retry_timeout {
            builder = builder.retry_timeout(seconds(timeout));
        }
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(seconds(timeout));
        }
        if let Some(timeout) = self.open_timeout {
            builder = builder.open_timeout(seconds(timeout));
        }
        if let Some(timeout) = self.join_timeout {
            builder = builder.join_timeout(seconds(timeout));
        }
        if let Some(bytes) = self.max_message_size {
            builder = builder.max_message_size(bytes);
        }
        if let Some(events) = self.mailbox_capacity {
            builder = builder.mailbox_capacity(events);
        }
        builder.build()
    }
}

/// The Python face lets only numbers pass that are a duration.
fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX)
}
