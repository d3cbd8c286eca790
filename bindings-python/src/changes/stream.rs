use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use drivebell::declarations::CHANGES_OPTIONS;
use drivebell::{ChangesHandle, ChangesOptions, Error, Since};
use futures_core::Stream as _;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::sync::watch;

use super::batch::ChangeBatch;
use super::events::ChangesEvents;
use super::stats;
use crate::client::Client;
use crate::error;
use crate::options;
use crate::resource::Resource;
use crate::runtime::call::{self, Call};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{ProcessOwned, Runtime, lock};

type Next = Option<Result<drivebell::ChangeBatch, Error>>;

/// The native part of `drivebell.Changes`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Changes(ProcessOwned<Arc<Shared>>);

struct Shared {
    runtime: Arc<Runtime>,
    resource: drivebell::Resource,
    /// Remains when the core's stream has closed.
    handle: ChangesHandle,
    state: Mutex<State>,
    /// Closes when the core's stream has closed; nothing is ever sent.
    end: watch::Receiver<()>,
}

struct State {
    /// `None` once closing has started.
    core: Option<drivebell::Changes>,
    /// The item that `arm` found, until it is taken.
    found: Option<Next>,
    /// The waker of the waiting consumer, for closing: the core does not wake it then.
    waker: Option<Waker>,
    open: Option<watch::Sender<()>>,
}

impl State {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        if self
            .core
            .as_ref()
            .is_some_and(drivebell::Changes::is_closed)
        {
            self.found = None;
        }
        if let Some(found) = self.found.take() {
            return Poll::Ready(found);
        }
        match &mut self.core {
            Some(core) => Pin::new(core).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

#[pymethods]
impl Changes {
    /// `since` is `start`, `now` or a checkpoint. `options` holds the options that the caller set.
    #[new]
    fn new(
        py: Python<'_>,
        client: &Client,
        resource: &Resource,
        since: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        event_loop: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        // A value of another type is not a checkpoint.
        let since: Since = since
            .extract::<String>()
            .unwrap_or_default()
            .parse()
            .map_err(|error| error::to_python(py, &error))?;
        let mut how = ChangesOptions::default();
        options::read(CHANGES_OPTIONS, options, |spec, value| how.set(spec, value))?;
        client.prepare(py, event_loop.as_unbound())?;
        let runtime = client.runtime();
        let _tokio = runtime.enter();
        let core = client
            .core()
            .changes_with(&resource.0, &since, &how)
            .map_err(|error| error::to_python(py, &error))?;
        let (open, end) = watch::channel(());
        let handle = core.handle();
        let state = State {
            core: Some(core),
            found: None,
            waker: None,
            open: Some(open),
        };
        Ok(Self(ProcessOwned::new(Arc::new(Shared {
            runtime: Arc::clone(runtime),
            resource: resource.0.clone(),
            handle,
            state: Mutex::new(state),
            end,
        }))))
    }

    /// Takes the next batch; `None` if there is none yet. Raises the terminal error once, and then
    /// `StopAsyncIteration`.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<ChangeBatch>> {
        let next = lock(&self.0.state).poll(&mut Context::from_waker(Waker::noop()));
        match next {
            Poll::Ready(Some(Ok(batch))) => Ok(Some(ChangeBatch::new(batch))),
            Poll::Ready(Some(Err(error))) => Err(error::to_python(py, &error)),
            Poll::Ready(None) => Err(PyStopAsyncIteration::new_err(())),
            Poll::Pending => Ok(None),
        }
    }

    /// Arranges for one call of `wake()` on the loop's thread when a batch is there. Returns true if
    /// one is there already; then `wake` is not called.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.0.runtime.check(py)?;
        let waker = loop_waker(&self.0.runtime, &self.0, event_loop, wake);
        let mut state = lock(&self.0.state);
        let next = state.poll(&mut Context::from_waker(&waker));
        Ok(match next {
            Poll::Ready(next) => {
                state.found = Some(next);
                true
            }
            Poll::Pending => {
                state.waker = Some(waker);
                false
            }
        })
    }

    fn state(&self) -> &'static str {
        self.0.handle.state().as_str()
    }

    fn stats(&self) -> stats::Fields {
        stats::to_fields(&self.0.handle.stats())
    }

    /// Raises `StateError` if the stream has ended.
    fn hint(&self, py: Python<'_>) -> PyResult<()> {
        self.0.runtime.check(py)?;
        let hinted = self.0.handle.hint();
        hinted.map_err(|error| error::to_python(py, &error))
    }

    fn events(&self) -> ChangesEvents {
        let Shared {
            runtime,
            resource,
            handle,
            ..
        } = &**self.0;
        ChangesEvents::new(Arc::clone(runtime), resource.clone(), handle.events())
    }

    fn start_close(&self) {
        if let Some(stream) = self.0.of_this_process() {
            stream.start_close();
        }
    }

    /// Settles when the stream has closed and no query is running.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.0.runtime.check(py)?;
        let mut end = self.0.end.clone();
        let future = async move {
            while end.changed().await.is_ok() {}
            Ok(())
        };
        Ok(call::start(
            &self.0.runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }
}

impl Source for Shared {
    fn start_close(&self) {
        self.handle.start_close();
        let (core, open, waker) = {
            let mut state = lock(&self.state);
            state.found = None;
            (state.core.take(), state.open.take(), state.waker.take())
        };
        if let Some(core) = core {
            self.runtime.spawn(async move {
                core.close().await;
                drop(open);
            });
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
