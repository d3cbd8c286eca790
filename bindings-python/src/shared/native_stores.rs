use drivebell_store::{MemoryStore as CoreMemory, SqliteStore as CoreSqlite};
use pyo3::prelude::*;

use crate::runtime::ProcessOwned;
use crate::{error, options};

/// A checkpoint store in memory, for `Client.changes_shared` within one process: for tests, and for
/// programs that keep checkpoints elsewhere. It is empty at first.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct MemoryStore(ProcessOwned<CoreMemory>);

#[pymethods]
impl MemoryStore {
    #[new]
    fn new() -> Self {
        Self(ProcessOwned::new(CoreMemory::new()))
    }

    #[expect(clippy::unused_self, reason = "Python passes it")]
    fn __repr__(&self) -> &'static str {
        "MemoryStore()"
    }
}

impl MemoryStore {
    pub(super) fn core(&self, py: Python<'_>) -> PyResult<CoreMemory> {
        of_this_process(py, &self.0)
    }
}

/// A checkpoint store in a SQLite file, for `Client.changes_shared` in processes of one machine. The
/// file is made if it does not exist. It must be on a local disk, not on a network.
///
/// Raises `StorageError` for a file that cannot be used, which is untouched then.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct SqliteStore {
    store: ProcessOwned<CoreSqlite>,
    path: String,
}

#[pymethods]
impl SqliteStore {
    #[new]
    fn new(py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let path = options::path(path)
            .map_err(|problem| drivebell::Error::invalid_argument("path", problem))
            .map_err(|error| error::to_python(py, &error))?;
        let shown = path.display().to_string();
        // Detached, because opening the file takes time.
        let store = py
            .detach(|| CoreSqlite::open(path))
            .map_err(|error| error::to_python(py, &error))?;
        Ok(Self {
            store: ProcessOwned::new(store),
            path: shown,
        })
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("SqliteStore({})", crate::value::quoted(py, &self.path))
    }
}

impl SqliteStore {
    pub(super) fn core(&self, py: Python<'_>) -> PyResult<CoreSqlite> {
        of_this_process(py, &self.store)
    }
}

fn of_this_process<T: Clone>(py: Python<'_>, store: &ProcessOwned<T>) -> PyResult<T> {
    store.of_this_process().cloned().ok_or_else(|| {
        error::state(
            py,
            "this store was opened before the process forked; open it again in the child",
        )
    })
}
