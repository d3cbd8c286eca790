use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};

use pyo3::prelude::*;

use super::Runtime;
use super::call::call_soon;

/// A source of events or batches that a Python consumer waits on.
pub(crate) trait Source: Send + Sync + 'static {
    /// Starts closing, without waiting.
    fn start_close(&self);
}

/// A waker that calls `wake()` on the loop's thread, once. If the loop is closed, its consumer is
/// gone, and the source is closed.
pub(crate) fn loop_waker<T: Source>(
    runtime: &Arc<Runtime>,
    source: &Arc<T>,
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
) -> Waker {
    Waker::from(Arc::new(LoopWaker {
        runtime: Arc::clone(runtime),
        source: Arc::downgrade(source),
        event_loop,
        wake,
    }))
}

struct LoopWaker<T> {
    runtime: Arc<Runtime>,
    /// Weak, because the source holds this waker.
    source: Weak<T>,
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
}

impl<T: Source> Wake for LoopWaker<T> {
    fn wake(self: Arc<Self>) {
        let runtime = Arc::clone(&self.runtime);
        runtime.attach(move |py| {
            if !call_soon(py, &self.event_loop, (&self.wake,))
                && let Some(source) = self.source.upgrade()
            {
                source.start_close();
            }
        });
    }
}
