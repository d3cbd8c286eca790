use std::sync::Mutex;

use drivebell::Item;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use super::item::{DriveItem, ListItem};
use crate::runtime::lock;

/// Items that changed, and the checkpoint behind them.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct ChangeBatch {
    batch: drivebell::ChangeBatch,
    count: usize,
    /// Until they are asked for: a program that wants the checkpoint alone pays for no objects.
    unread: Mutex<Vec<Item>>,
    items: PyOnceLock<Py<PyTuple>>,
}

impl ChangeBatch {
    pub(super) fn new(mut batch: drivebell::ChangeBatch) -> Self {
        let items = std::mem::take(&mut batch.items);
        Self {
            batch,
            count: items.len(),
            unread: Mutex::new(items),
            items: PyOnceLock::new(),
        }
    }

    fn read(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let items = std::mem::take(&mut *lock(&self.unread));
        let items: Vec<Py<PyAny>> = items
            .into_iter()
            .map(|item| to_python(py, item))
            .collect::<PyResult<_>>()?;
        Ok(PyTuple::new(py, items)?.unbind())
    }
}

#[pymethods]
impl ChangeBatch {
    #[getter]
    fn items<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>> {
        let items = self.items.get_or_try_init(py, || self.read(py))?;
        Ok(items.bind(py))
    }

    #[getter]
    fn checkpoint(&self) -> &str {
        &self.batch.checkpoint
    }

    #[getter]
    fn trigger(&self) -> &'static str {
        self.batch.trigger.as_str()
    }

    #[getter]
    fn caught_up(&self) -> bool {
        self.batch.caught_up
    }

    #[getter]
    fn snapshot(&self) -> Option<&str> {
        self.batch.snapshot.as_deref()
    }

    #[getter]
    fn resync_code(&self) -> Option<&str> {
        self.batch.resync_code.as_deref()
    }

    fn __repr__(&self) -> String {
        format!(
            "<drivebell.ChangeBatch items={} trigger={}{}>",
            self.count,
            self.batch.trigger,
            if self.batch.caught_up {
                " caught_up"
            } else {
                ""
            }
        )
    }
}

fn to_python(py: Python<'_>, item: Item) -> PyResult<Py<PyAny>> {
    Ok(match item {
        Item::Drive(item) => Py::new(py, DriveItem(item))?.into_any(),
        Item::List(item) => Py::new(py, ListItem(item))?.into_any(),
        // One of a newer core, which is built together with this binding.
        _ => unreachable!("an item of an unknown sort"),
    })
}
