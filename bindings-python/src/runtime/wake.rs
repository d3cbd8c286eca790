use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};

use pyo3::prelude::*;

use super::Runtime;
use super::call::call_soon;

/// What a consumer waits for.
pub(crate) trait Awaited: Send + Sync + 'static {
    /// Begins to close without waiting.
    fn start_close(&self);
}

/// Calls `wake()` on the loop's thread, once.
pub(crate) fn loop_waker<T: Awaited>(
    runtime: &Arc<Runtime>,
    awaited: &Arc<T>,
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
) -> Waker {
    Waker::from(Arc::new(LoopWaker {
        runtime: Arc::clone(runtime),
        awaited: Arc::downgrade(awaited),
        event_loop,
        wake,
    }))
}

struct LoopWaker<T> {
    runtime: Arc<Runtime>,
    /// Weak, because what is awaited holds this waker.
    awaited: Weak<T>,
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
}

impl<T: Awaited> Wake for LoopWaker<T> {
    fn wake(self: Arc<Self>) {
        let runtime = Arc::clone(&self.runtime);
        runtime.attach(move |py| {
            if !call_soon(py, &self.event_loop, (&self.wake,)) {
                // The loop is closed, and the consumer gone with it.
                if let Some(awaited) = self.awaited.upgrade() {
                    awaited.start_close();
                }
            }
        });
    }
}
