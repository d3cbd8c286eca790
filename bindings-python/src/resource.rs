use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use pyo3::prelude::*;

use crate::error;

/// What is watched.
#[pyclass(frozen, eq, module = "drivebell")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Resource(pub(crate) drivebell::Resource);

fn checked(
    py: Python<'_>,
    made: Result<drivebell::Resource, drivebell::Error>,
) -> PyResult<Resource> {
    made.map(Resource)
        .map_err(|error| error::to_python(py, &error))
}

#[pymethods]
impl Resource {
    #[staticmethod]
    fn my_drive() -> Self {
        Self(drivebell::Resource::my_drive())
    }

    #[staticmethod]
    fn drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::drive(id))
    }

    #[staticmethod]
    fn drive_list(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::drive_list(id))
    }

    #[staticmethod]
    fn group_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::group_drive(id))
    }

    #[staticmethod]
    fn site_list_drive(py: Python<'_>, site_id: &str, list_id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_list_drive(site_id, list_id))
    }

    #[staticmethod]
    fn site_list(py: Python<'_>, site_id: &str, list_id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_list(site_id, list_id))
    }

    #[staticmethod]
    fn user_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::user_drive(id))
    }

    #[staticmethod]
    fn site_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_drive(id))
    }

    #[staticmethod]
    #[pyo3(signature = (path, delta=None))]
    fn path(py: Python<'_>, path: &str, delta: Option<&str>) -> PyResult<Self> {
        checked(py, drivebell::Resource::path(path, delta))
    }

    #[getter]
    fn subscription_path(&self) -> String {
        self.0.subscription_path()
    }

    #[getter]
    fn delta_path(&self) -> Option<&str> {
        self.0.delta_path()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }
}
