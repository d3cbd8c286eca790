use std::sync::{Arc, Mutex};

use drivebell_store::{Checkpoint, CheckpointStore, Ownership, StoreError, StoreFuture};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tokio::sync::oneshot;

use super::native_stores::{MemoryStore, SqliteStore};
use super::record::{Problem, Record as _, list_from_python, list_to_python, one_from_python};
use super::store_reply::StoreReply;
use crate::runtime::{ReleaseSoon, Runtime, lock};

/// What `drivebell._store.prepare` returns.
#[derive(FromPyObject)]
pub(crate) enum StoreArgument {
    Memory(Py<MemoryStore>),
    Sqlite(Py<SqliteStore>),
    Prepared { start: Py<PyAny> },
}

impl StoreArgument {
    pub(super) fn prepare(
        self,
        py: Python<'_>,
        runtime: &Arc<Runtime>,
    ) -> PyResult<Arc<dyn CheckpointStore>> {
        Ok(match self {
            Self::Memory(store) => Arc::new(store.get().core(py)?),
            Self::Sqlite(store) => Arc::new(store.get().core(py)?),
            Self::Prepared { start } => Arc::new(PythonStore {
                runtime: Arc::clone(runtime),
                start: Arc::new(start),
                _release: ReleaseSoon,
            }),
        })
    }
}

/// A store in Python.
struct PythonStore {
    runtime: Arc<Runtime>,
    /// `start(call, arguments, reply)`, which returns at once.
    start: Arc<Py<PyAny>>,
    _release: ReleaseSoon,
}

impl PythonStore {
    /// Starts a call on the thread that attaches to Python, and waits for its reply.
    async fn call<T: Send + 'static>(
        &self,
        call: &'static str,
        arguments: impl FnOnce(Python<'_>) -> PyResult<Py<PyTuple>> + Send + 'static,
        read: fn(&Bound<'_, PyAny>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let (sender, outcome) = oneshot::channel();
        let started = Started {
            runtime: Arc::clone(&self.runtime),
            reply: Arc::default(),
        };
        let (start, reply) = (Arc::clone(&self.start), Arc::clone(&started.reply));
        self.runtime.attach(move |py| {
            let Ok(new) = Py::new(py, StoreReply::new(call, read, sender)) else {
                return;
            };
            *lock(&reply) = Some(new.clone_ref(py));
            let begun = arguments(py)
                .and_then(|arguments| start.call1(py, (call, arguments, new.clone_ref(py))));
            if let Err(error) = begun {
                new.get()
                    .reject(py, error.into_value(py).into_bound(py).into_any());
            }
        });
        let outcome = outcome.await;
        outcome.unwrap_or_else(|_| {
            Err(StoreError::new(format!(
                "{call} was given up: the interpreter is exiting"
            )))
        })
    }
}

/// A call that has started. It is given up when this is dropped before its end.
struct Started {
    runtime: Arc<Runtime>,
    reply: Arc<Mutex<Option<Py<StoreReply>>>>,
}

impl Drop for Started {
    fn drop(&mut self) {
        let reply = Arc::clone(&self.reply);
        // Runs after the job that starts the call, and so finds what that job has set.
        self.runtime.attach(move |py| {
            let reply = lock(&reply).take();
            if let Some(reply) = reply {
                reply.get().give_up(py);
            }
        });
    }
}

impl CheckpointStore for PythonStore {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(self.call(
            "list_ownership",
            |py| Ok(PyTuple::empty(py).unbind()),
            list_from_python,
        ))
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        let claims = claims.to_vec();
        Box::pin(self.call(
            "claim_ownership",
            move |py| one(py, list_to_python(py, &claims)?),
            list_from_python,
        ))
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        let partitions = partitions.to_vec();
        Box::pin(self.call(
            "list_checkpoints",
            move |py| one(py, partitions),
            list_from_python,
        ))
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        let checkpoint = checkpoint.clone();
        Box::pin(self.call(
            "update_checkpoint",
            move |py| one(py, checkpoint.to_python(py)?),
            one_from_python,
        ))
    }
}

fn one<'py, T: IntoPyObject<'py>>(py: Python<'py>, argument: T) -> PyResult<Py<PyTuple>> {
    Ok(PyTuple::new(py, [argument])?.unbind())
}
