use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use pyo3::prelude::*;

use crate::error;

/// A drive or list to subscribe to, named in one of the ways that Graph knows.
///
/// Prefer `Resource.drive` if you know the drive's id: for a SharePoint library, `/me/drive` gives
/// an endpoint that never notifies about the library. The constructors raise
/// `InvalidArgumentError` for an id that is empty or contains `/`. Two resources with the same
/// paths are equal.
#[pyclass(frozen, eq, module = "drivebell")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Resource(pub(crate) drivebell::Resource);

fn checked(
    py: Python<'_>,
    resource: Result<drivebell::Resource, drivebell::Error>,
) -> PyResult<Resource> {
    resource
        .map(Resource)
        .map_err(|error| error::to_python(py, &error))
}

#[pymethods]
impl Resource {
    /// The drive of the signed-in user: `/me/drive`.
    #[staticmethod]
    fn my_drive() -> Self {
        Self(drivebell::Resource::my_drive())
    }

    /// A drive by its id: `/drives/{id}`.
    #[staticmethod]
    fn drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::drive(id))
    }

    /// The SharePoint list behind a drive: `/drives/{id}/list`.
    #[staticmethod]
    fn drive_list(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::drive_list(id))
    }

    /// The default drive of a Microsoft 365 group: `/groups/{id}/drive`.
    #[staticmethod]
    fn group_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::group_drive(id))
    }

    /// The drive of a document library: `/sites/{site_id}/lists/{list_id}/drive`.
    #[staticmethod]
    fn site_list_drive(py: Python<'_>, site_id: &str, list_id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_list_drive(site_id, list_id))
    }

    /// A list, which need not be a document library: `/sites/{site_id}/lists/{list_id}`.
    #[staticmethod]
    fn site_list(py: Python<'_>, site_id: &str, list_id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_list(site_id, list_id))
    }

    /// The drive of a user, by id or user principal name: `/users/{id}/drive`.
    #[staticmethod]
    fn user_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::user_drive(id))
    }

    /// The default document library of a site: `/sites/{id}/drive`.
    #[staticmethod]
    fn site_drive(py: Python<'_>, id: &str) -> PyResult<Self> {
        checked(py, drivebell::Resource::site_drive(id))
    }

    /// Any other path, relative to the API version and already percent-encoded.
    ///
    /// `path` starts with `/`, ends in `/subscriptions/socketIo` and contains no `?`, `#`, `..`, `//`,
    /// backslash or white space. `delta` is the path of the delta query, without which `changes` is
    /// not available; the same rules apply, except for the ending.
    #[staticmethod]
    #[pyo3(signature = (path, delta=None))]
    fn path(py: Python<'_>, path: &str, delta: Option<&str>) -> PyResult<Self> {
        checked(py, drivebell::Resource::path(path, delta))
    }

    /// The path of the endpoint request, relative to the API version.
    #[getter]
    fn subscription_path(&self) -> String {
        self.0.subscription_path()
    }

    /// The path of the delta query, relative to the API version; `None` if there is none.
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
