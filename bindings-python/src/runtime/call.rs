use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use drivebell::Error;
use futures_util::FutureExt;
use pyo3::prelude::*;
use tokio::task::AbortHandle;

use super::Runtime;
use crate::error;

/// A running call.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Call(AbortHandle);

#[pymethods]
impl Call {
    /// Cancels the call. Does nothing if it has finished.
    fn cancel(&self) {
        self.0.abort();
    }
}

/// Runs `future`, then calls `settle(value, error)` on the thread of the event loop.
pub(crate) fn start<T, F, C>(
    runtime: &Arc<Runtime>,
    event_loop: Py<PyAny>,
    settle: Py<PyAny>,
    future: F,
    convert: C,
) -> Call
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
    C: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
{
    let bridge = Arc::clone(runtime);
    Call(runtime.spawn(async move {
        let result = AssertUnwindSafe(future).catch_unwind().await;
        bridge.attach(move |py| {
            let result = match result {
                Ok(Ok(value)) => convert(py, value),
                Ok(Err(error)) => Err(error::to_python(py, &error)),
                Err(_) => Err(error::internal(py, "the call panicked")),
            };
            let (value, error) = match result {
                Ok(value) => (value, py.None()),
                Err(error) => (py.None(), error.into_value(py).into_any()),
            };
            call_soon(py, &event_loop, (&settle, value, error));
        });
    }))
}

/// A call that panics, for the test of what happens then.
#[pyfunction]
#[pyo3(name = "_panic")]
pub(crate) fn panic_on_purpose(
    py: Python<'_>,
    event_loop: Py<PyAny>,
    settle: Py<PyAny>,
) -> PyResult<Call> {
    let runtime = Runtime::current(py)?;
    let future = async { panic!("on purpose") };
    Ok(start(&runtime, event_loop, settle, future, |py, ()| {
        Ok(py.None())
    }))
}

/// Schedules a callback on an event loop. Returns false if the loop is closed.
pub(crate) fn call_soon<'py>(
    py: Python<'py>,
    event_loop: &Py<PyAny>,
    callback: impl pyo3::call::PyCallArgs<'py>,
) -> bool {
    event_loop
        .bind(py)
        .call_method1("call_soon_threadsafe", callback)
        .is_ok()
}
