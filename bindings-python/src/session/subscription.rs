use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::Context;

use drivebell::{Error, Event};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use super::stats;
use crate::error;
use crate::event::{self, Origin};
use crate::runtime::call::{self, Call};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{ProcessOwned, Runtime, lock};

/// The native part of `drivebell.Subscription`.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Subscription {
    runtime: Arc<Runtime>,
    core: ProcessOwned<Arc<drivebell::Subscription>>,
    /// Events that left the core's mailbox and were not taken yet. They are taken on the consumer's
    /// thread only, so that a cancelled wait loses nothing.
    drained: Mutex<VecDeque<Result<Event, Error>>>,
}

impl Source for drivebell::Subscription {
    fn start_close(&self) {
        Self::start_close(self);
    }
}

impl Subscription {
    pub(crate) fn new(runtime: Arc<Runtime>, subscription: drivebell::Subscription) -> Self {
        Self {
            runtime,
            core: ProcessOwned::new(Arc::new(subscription)),
            drained: Mutex::default(),
        }
    }
}

#[pymethods]
impl Subscription {
    /// Takes the next event; `None` if there is none yet. Raises the terminal error once, and then
    /// `StopAsyncIteration`.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let (item, open) = {
                let mut drained = lock(&self.drained);
                if self.core.is_closed() {
                    drained.clear();
                }
                let mut open = true;
                if drained.is_empty() {
                    open = self.core.drain(&mut drained);
                }
                (drained.pop_front(), open)
            };
            match item {
                Some(Ok(event)) => {
                    let origin = Origin::single(self.core.resource(), self.core.label());
                    if let Some(event) = event::to_python(py, event, origin)? {
                        return Ok(Some(event));
                    }
                }
                Some(Err(error)) => return Err(error::to_python(py, &error)),
                None if open => {
                    // Thousands of subscriptions may wait for hours: free the memory.
                    *lock(&self.drained) = VecDeque::new();
                    return Ok(None);
                }
                None => return Err(PyStopAsyncIteration::new_err(())),
            }
        }
    }

    fn state(&self) -> &'static str {
        self.core.state().as_str()
    }

    fn stats(&self) -> stats::Fields {
        // Locked first, because an event on its way from the core to here would not be counted.
        let drained = lock(&self.drained);
        stats::to_fields(&self.core.stats(), drained.len())
    }

    /// Arranges for one call of `wake()` on the loop's thread when an event is there. Returns true
    /// if one is there already; then `wake` is not called.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.runtime.check(py)?;
        let waker = loop_waker(&self.runtime, &self.core, event_loop, wake);
        let mut cx = Context::from_waker(&waker);
        Ok(self.core.poll_waiting(&mut cx).is_ready())
    }

    fn start_close(&self) {
        if let Some(core) = self.core.of_this_process() {
            lock(&self.drained).clear();
            core.start_close();
        }
    }

    /// Settles when the session has ended, with the error that ended it, if one did.
    fn closed(&self, py: Python<'_>, event_loop: Py<PyAny>, settle: Py<PyAny>) -> PyResult<Call> {
        self.runtime.check(py)?;
        let subscription = Arc::clone(&self.core);
        let future = async move { subscription.closed().await };
        Ok(call::start(
            &self.runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }
}
