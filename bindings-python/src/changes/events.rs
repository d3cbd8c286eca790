use std::sync::{Arc, Mutex};
use std::task::Context;

use drivebell::ChangesEvents as CoreEvents;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::event::{self, Origin};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{ProcessOwned, Runtime, lock};

/// What a stream of changes goes through, for one consumer at a time.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct ChangesEvents {
    runtime: Arc<Runtime>,
    resource: drivebell::Resource,
    core: ProcessOwned<Arc<Queue>>,
}

struct Queue(Mutex<CoreEvents>);

impl Source for Queue {
    /// The stream continues without a reader of its events.
    fn start_close(&self) {}
}

impl ChangesEvents {
    pub(super) fn new(
        runtime: Arc<Runtime>,
        resource: drivebell::Resource,
        core: CoreEvents,
    ) -> Self {
        Self {
            runtime,
            resource,
            core: ProcessOwned::new(Arc::new(Queue(Mutex::new(core)))),
        }
    }
}

#[pymethods]
impl ChangesEvents {
    /// Takes the next event; `None` if there is none yet. Raises `StopAsyncIteration` at the end.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            let (event, ended) = {
                let mut core = lock(&self.core.0);
                (core.try_next(), core.has_ended())
            };
            match event {
                Some(event) => {
                    let origin = Origin::single(&self.resource);
                    if let Some(event) = event::to_python(py, event, origin)? {
                        return Ok(Some(event));
                    }
                }
                None if ended => return Err(PyStopAsyncIteration::new_err(())),
                None => return Ok(None),
            }
        }
    }

    /// Like `Subscription.arm`.
    fn arm(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>) -> PyResult<bool> {
        self.runtime.check(py)?;
        let waker = loop_waker(&self.runtime, &self.core, event_loop, wake);
        let mut cx = Context::from_waker(&waker);
        Ok(lock(&self.core.0).poll_waiting(&mut cx).is_ready())
    }
}
