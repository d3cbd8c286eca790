use std::sync::Arc;
use std::task::{Context, Poll};

use drivebell::declarations::CHANGES_OPTIONS;
use drivebell::{ChangesHandle, ChangesOptions, Error, Since};
use futures_core::FusedStream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::batch::ChangeBatch;
use super::events::ChangesEvents;
use super::queue::{BatchQueue, CoreStream};
use super::stats;
use crate::client::Client;
use crate::error;
use crate::options;
use crate::resource::Resource;
use crate::runtime::ProcessOwned;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::Source as _;
use crate::value::generic_alias;

/// The native part of `drivebell.Changes`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Changes {
    resource: drivebell::Resource,
    /// Remains when the core's stream has closed.
    handle: ProcessOwned<ChangesHandle>,
    batches: ProcessOwned<Arc<BatchQueue<drivebell::Changes>>>,
}

/// Reads where to begin. A value that is no text is not a checkpoint.
pub(crate) fn since(py: Python<'_>, since: &Bound<'_, PyAny>) -> PyResult<Since> {
    let since = since.extract::<String>().unwrap_or_default().parse();
    since.map_err(|error| error::to_python(py, &error))
}

pub(crate) fn read_options(given: &Bound<'_, PyDict>) -> PyResult<ChangesOptions> {
    let mut how = ChangesOptions::default();
    options::read(&[CHANGES_OPTIONS], given, |spec, value| {
        how.set(spec, value)
    })?;
    Ok(how)
}

#[pymethods]
impl Changes {
    /// `since` is `start`, `now` or a checkpoint. `options` holds the options that the caller set.
    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        resource: &Resource,
        since: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let since = self::since(py, since)?;
        let how = read_options(options)?;
        let runtime = client.prepare(py, event_loop.as_unbound())?;
        let _tokio = runtime.enter();
        let core = client
            .core()
            .changes_with(&resource.0, &since, &how)
            .map_err(|error| error::to_python(py, &error))?;
        let handle = ProcessOwned::new(core.handle());
        let batches = BatchQueue::new(Arc::clone(runtime), core);
        Ok(Self {
            resource: resource.0.clone(),
            handle,
            batches: ProcessOwned::new(Arc::new(batches)),
        })
    }

    /// Takes the next batch; `None` if there is none yet. Raises the terminal error once, and then
    /// `StopAsyncIteration`.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<ChangeBatch>> {
        match self.batches.try_next() {
            Poll::Ready(Some(Ok(batch))) => Ok(Some(ChangeBatch::new(batch))),
            Poll::Ready(Some(Err(error))) => Err(error::to_python(py, &error)),
            Poll::Ready(None) => Err(PyStopAsyncIteration::new_err(())),
            Poll::Pending => Ok(None),
        }
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.batches.arm(py, event_loop, wake)
    }

    fn state(&self) -> &'static str {
        self.handle.state().as_str()
    }

    fn stats(&self) -> stats::Fields {
        stats::to_fields(&self.handle.stats())
    }

    /// Raises `StateError` if the stream has ended.
    fn hint(&self, py: Python<'_>) -> PyResult<()> {
        self.batches.runtime.check(py)?;
        let hinted = self.handle.hint();
        hinted.map_err(|error| error::to_python(py, &error))
    }

    /// Settles when the consumer has taken the end of the first enumeration.
    fn ready(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        let runtime = &self.batches.runtime;
        runtime.check(py)?;
        let handle = self.handle.clone();
        let future = async move { handle.ready().await };
        Ok(call::start(
            runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }

    fn events(&self) -> ChangesEvents {
        let runtime = Arc::clone(&self.batches.runtime);
        ChangesEvents::of_stream(runtime, self.resource.clone(), self.handle.events())
    }

    fn is_open(&self) -> bool {
        let batches = self.batches.of_this_process();
        batches.is_some_and(|batches| batches.is_open())
    }

    fn start_close(&self) {
        if let Some(batches) = self.batches.of_this_process() {
            batches.start_close();
        }
    }

    /// Settles when the stream has closed and no query is running.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.batches.closed(py, event_loop, settle)
    }
}

impl CoreStream for drivebell::Changes {
    type Batch = Result<drivebell::ChangeBatch, Error>;

    fn try_next(&mut self) -> Option<Self::Batch> {
        self.try_next()
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_waiting(cx)
    }

    fn has_ended(&self) -> bool {
        self.is_terminated()
    }

    fn start_close(&self) {
        self.handle().start_close();
    }

    async fn close(self) {
        self.close().await;
    }
}
