use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use drivebell_store::StoreError;
use pyo3::prelude::*;
use tokio::sync::oneshot;

use super::record::Problem;
use crate::error::Raised;
use crate::runtime::lock;

type Read<T> = fn(&Bound<'_, PyAny>) -> Result<T, Problem>;

/// Ends a call, with what it returned or with why it failed.
type Settle = Box<dyn FnOnce(Result<&Bound<'_, PyAny>, StoreError>) + Send>;

/// Takes the outcome of a call of a store, once, from any thread.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct StoreReply {
    call: &'static str,
    settle: Mutex<Option<Settle>>,
    on_cancel: Mutex<Option<Py<PyAny>>>,
    is_given_up: AtomicBool,
}

#[pymethods]
impl StoreReply {
    /// Ends the call with what it returned.
    fn resolve(&self, value: &Bound<'_, PyAny>) {
        self.settle(Ok(value));
    }

    /// Ends the call with the exception that it raised.
    pub(super) fn reject(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        self.settle(Err(raised(py, self.call, PyErr::from_value(error))));
    }

    /// Ends the call with a sentence of drivebell's, which begins with a verb.
    fn refuse(&self, problem: &str) {
        self.settle(Err(StoreError::new(format!("{} {problem}", self.call))));
    }

    /// Sets the function to call if the call is given up. It is called at once if it was already.
    fn on_cancel(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        if self.is_given_up.load(Relaxed) {
            callback.call0(py)?;
        } else if lock(&self.settle).is_some() {
            *lock(&self.on_cancel) = Some(callback);
        }
        Ok(())
    }

    /// Whether nobody waits for the outcome any more.
    #[getter]
    fn is_given_up(&self) -> bool {
        self.is_given_up.load(Relaxed)
    }
}

impl StoreReply {
    pub(super) fn new<T: Send + 'static>(
        call: &'static str,
        read: Read<T>,
        sender: oneshot::Sender<Result<T, StoreError>>,
    ) -> Self {
        let settle: Settle = Box::new(move |outcome| {
            let outcome = outcome.and_then(|value| {
                read(value).map_err(|problem| match problem {
                    Problem::Raised(error) => raised(value.py(), call, error),
                    Problem::Shape(problem) => StoreError::new(format!("{call} {problem}")),
                })
            });
            let _ = sender.send(outcome);
        });
        Self {
            call,
            settle: Mutex::new(Some(settle)),
            on_cancel: Mutex::default(),
            is_given_up: AtomicBool::new(false),
        }
    }

    /// Nobody waits any more. Runs attached, after the job that has started the call.
    pub(super) fn give_up(&self, py: Python<'_>) {
        self.is_given_up.store(true, Relaxed);
        // Taken before the call, which may come back here.
        let callback = lock(&self.on_cancel).take();
        if let Some(callback) = callback {
            // Its event loop may be closed.
            let _ = callback.call0(py);
        }
    }

    fn settle(&self, outcome: Result<&Bound<'_, PyAny>, StoreError>) {
        // The callback refers to this reply, in a cycle that the garbage collector cannot see.
        let callback = lock(&self.on_cancel).take();
        drop(callback);
        // Taken before it is used, because reading may run Python code.
        let settle = lock(&self.settle).take();
        if let Some(settle) = settle {
            settle(outcome);
        }
    }
}

/// Only the type is named: the text of another package's exception may contain a checkpoint.
fn raised(py: Python<'_>, call: &str, error: PyErr) -> StoreError {
    let raised = Raised::new(py, error);
    StoreError::new(format!("{call} raised {}", raised.type_name())).with_source(raised)
}
