use std::sync::Arc;
use std::task::{Context, Poll};

use drivebell::Error;
use drivebell_mirror::{MirrorClient as _, MirrorHandle};
use futures_core::FusedStream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::change::Change;
use super::tree::Tree;
use super::{mirror_options, stats};
use crate::changes::ChangesEvents;
use crate::changes::queue::{BatchQueue, CoreStream};
use crate::client::Client;
use crate::error;
use crate::resource::Resource;
use crate::runtime::ProcessOwned;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::Source as _;

/// The native part of `drivebell.Mirror`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Mirror {
    /// Remains when the core's stream has closed.
    handle: ProcessOwned<MirrorHandle>,
    changes: ProcessOwned<Arc<BatchQueue<drivebell_mirror::Mirror>>>,
}

#[pymethods]
impl Mirror {
    /// `options` holds the options that the caller set.
    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        resource: &Resource,
        file: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (how, changes) = mirror_options::read(options)?;
        let file = mirror_options::file(file)?;
        let runtime = client.prepare(py, event_loop.as_unbound())?;
        // Detached, because opening the file takes time.
        let core = py
            .detach(|| {
                let _tokio = runtime.enter();
                let core = client.core();
                core.mirror_with(&resource.0, file, &how, &changes)
            })
            .map_err(|error| error::to_python(py, &error))?;
        let handle = ProcessOwned::new(core.handle());
        let changes = BatchQueue::new(Arc::clone(runtime), core);
        Ok(Self {
            handle,
            changes: ProcessOwned::new(Arc::new(changes)),
        })
    }

    /// Takes the next change; `None` if there is none yet. Raises the terminal error once, and then
    /// `StopAsyncIteration`.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Change>> {
        let next = taken(py, self.changes.try_next())?;
        Ok(next.map(|change| Change::new(change, None)))
    }

    /// Like `try_next`, for the changes of a batch.
    fn try_next_batch(&self, py: Python<'_>) -> PyResult<Option<Vec<Change>>> {
        let next = self
            .changes
            .try_take(drivebell_mirror::Mirror::try_next_batch);
        let next = taken(py, next)?.map(Vec::into_iter);
        Ok(next.map(|changes| changes.map(|change| Change::new(change, None)).collect()))
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.changes.arm(py, event_loop, wake)
    }

    /// Settles when the first enumeration is complete.
    fn ready(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        let runtime = &self.changes.runtime;
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

    fn tree(&self) -> Tree {
        Tree::new(&self.changes.runtime, self.handle.tree().clone())
    }

    fn state(&self) -> &'static str {
        self.handle.state().as_str()
    }

    fn stats(&self, py: Python<'_>) -> PyResult<stats::Fields> {
        self.changes.runtime.check(py)?;
        let handle: &MirrorHandle = &self.handle;
        let stats = py
            .detach(|| handle.stats())
            .map_err(|error| error::to_python(py, &error))?;
        Ok(stats::to_fields(&stats))
    }

    /// Raises `StateError` if the mirror has ended.
    fn hint(&self, py: Python<'_>) -> PyResult<()> {
        self.changes.runtime.check(py)?;
        let hinted = self.handle.hint();
        hinted.map_err(|error| error::to_python(py, &error))
    }

    fn events(&self) -> ChangesEvents {
        let runtime = Arc::clone(&self.changes.runtime);
        let resource = self.handle.resource().clone();
        ChangesEvents::of_stream(runtime, resource, self.handle.events())
    }

    fn is_open(&self) -> bool {
        let changes = self.changes.of_this_process();
        changes.is_some_and(|changes| changes.is_open())
    }

    fn start_close(&self) {
        if let Some(changes) = self.changes.of_this_process() {
            changes.start_close();
        }
    }

    /// Settles when the file is closed.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.changes.closed(py, event_loop, settle)
    }
}

fn taken<T>(py: Python<'_>, next: Poll<Option<Result<T, Error>>>) -> PyResult<Option<T>> {
    match next {
        Poll::Ready(Some(Ok(next))) => Ok(Some(next)),
        Poll::Ready(Some(Err(error))) => Err(error::to_python(py, &error)),
        Poll::Ready(None) => Err(PyStopAsyncIteration::new_err(())),
        Poll::Pending => Ok(None),
    }
}

impl CoreStream for drivebell_mirror::Mirror {
    type Batch = Result<drivebell_mirror::Change, Error>;

    fn try_next(&mut self) -> Option<Self::Batch> {
        self.try_next()
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_waiting(cx)
    }

    fn has_ended(&self) -> bool {
        self.is_terminated()
    }

    /// `close`, which follows at once, first notes what is done.
    fn start_close(&self) {}

    async fn close(self) {
        self.close().await;
    }
}
