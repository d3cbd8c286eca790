use std::sync::{Arc, Mutex};

use drivebell::Error;
use pyo3::prelude::*;

use super::stats;
use crate::changes::DriveItem;
use crate::runtime::{ProcessOwned, Runtime, lock};
use crate::{error, options};

/// The native part of `drivebell.Tree`. Reading releases the interpreter's lock.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Tree {
    runtime: Arc<Runtime>,
    tree: ProcessOwned<drivebell_mirror::Tree>,
}

/// The items of a folder at all depths, some hundred at a time.
#[pyclass(frozen, module = "drivebell._native")]
pub(crate) struct Walk {
    runtime: Arc<Runtime>,
    walk: ProcessOwned<Mutex<drivebell_mirror::Walk>>,
}

impl Tree {
    pub(super) fn new(runtime: &Arc<Runtime>, tree: drivebell_mirror::Tree) -> Self {
        Self {
            runtime: Arc::clone(runtime),
            tree: ProcessOwned::new(tree),
        }
    }

    fn read<T: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&drivebell_mirror::Tree) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.runtime.check(py)?;
        let tree: &drivebell_mirror::Tree = &self.tree;
        py.detach(|| read(tree))
            .map_err(|error| error::to_python(py, &error))
    }
}

fn text(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    options::text(value)
        .map_err(|problem| error::to_python(value.py(), &Error::invalid_argument(name, problem)))
}

#[pymethods]
impl Tree {
    fn get(&self, path: &Bound<'_, PyAny>) -> PyResult<Option<DriveItem>> {
        let (py, path) = (path.py(), text("path", path)?);
        let item = self.read(py, |tree| tree.get(&path))?;
        Ok(item.map(DriveItem))
    }

    fn get_by_id(&self, id: &Bound<'_, PyAny>) -> PyResult<Option<DriveItem>> {
        let (py, id) = (id.py(), text("id", id)?);
        let item = self.read(py, |tree| tree.get_by_id(&id))?;
        Ok(item.map(DriveItem))
    }

    fn path(&self, id: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let (py, id) = (id.py(), text("id", id)?);
        self.read(py, |tree| tree.path(&id))
    }

    fn children(&self, path: &Bound<'_, PyAny>) -> PyResult<Vec<DriveItem>> {
        let (py, path) = (path.py(), text("path", path)?);
        let items = self.read(py, |tree| tree.children(&path))?;
        Ok(items.into_iter().map(DriveItem).collect())
    }

    fn walk(&self, path: &Bound<'_, PyAny>) -> PyResult<Walk> {
        let (py, path) = (path.py(), text("path", path)?);
        let walk = self.read(py, |tree| tree.walk(&path))?;
        Ok(Walk {
            runtime: Arc::clone(&self.runtime),
            walk: ProcessOwned::new(Mutex::new(walk)),
        })
    }

    fn stats(&self, py: Python<'_>) -> PyResult<stats::Fields> {
        Ok(stats::to_fields(
            &self.read(py, drivebell_mirror::Tree::stats)?,
        ))
    }
}

#[pymethods]
impl Walk {
    /// Empty at the end.
    fn next_chunk(&self, py: Python<'_>) -> PyResult<Vec<(String, DriveItem)>> {
        self.runtime.check(py)?;
        let walk: &Mutex<drivebell_mirror::Walk> = &self.walk;
        let chunk = py
            .detach(|| lock(walk).next_chunk())
            .map_err(|error| error::to_python(py, &error))?;
        let items = chunk.into_iter();
        Ok(items.map(|(path, item)| (path, DriveItem(item))).collect())
    }
}
