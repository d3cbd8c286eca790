use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::error;
use crate::value::{Reduced, generic_alias, pydantic_schema, quoted, reduced};

/// A drive or list to subscribe to, named in one of the ways that Graph knows.
///
/// Prefer `Resource.drive` if you know the drive's id: for a SharePoint library, `/me/drive` gives
/// an endpoint that never notifies about the library. The constructors raise
/// `InvalidArgumentError` for an id that is empty or contains `/`. Two resources with the same
/// paths are equal.
///
/// The type of its items is a parameter: `Resource[DriveItem]`, or `Resource[ListItem]`.
#[pyclass(frozen, eq, hash, module = "drivebell")]
#[derive(Clone, PartialEq, Eq, Hash)]
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

    /// The resource of a path as `str()` shows it and the command line takes it: `/me/drive`,
    /// `/drives/{id}`, `/sites/{id}/lists/{id}/drive` and so on. Ids may be percent-encoded. For the
    /// address of a folder or site in a browser, `await client.find_resource(url)`.
    ///
    /// Raises `InvalidArgumentError` for any other text.
    #[staticmethod]
    fn parse(py: Python<'_>, text: &str) -> PyResult<Self> {
        checked(py, text.parse())
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

    fn __repr__(&self, py: Python<'_>) -> String {
        let text = self.0.to_string();
        if text
            .parse()
            .is_ok_and(|parsed: drivebell::Resource| parsed == self.0)
        {
            return format!("Resource.parse({})", quoted(py, &text));
        }
        let delta = self.0.delta_path();
        let delta = delta.map(|delta| format!(", {}", quoted(py, delta)));
        let path = quoted(py, &self.0.subscription_path());
        format!("Resource.path({path}{})", delta.unwrap_or_default())
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("subscription_path", "delta_path");

    /// The two paths, as a dictionary that JSON knows.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("subscription_path", self.subscription_path())?;
        dict.set_item("delta_path", self.delta_path())?;
        Ok(dict)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let paths = (self.subscription_path(), self.delta_path());
        reduced::<Self>(py, Some("path"), paths, None)
    }

    #[classmethod]
    fn __class_getitem__<'py>(
        class: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    #[classmethod]
    #[pyo3(signature = (*_arguments))]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        _arguments: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pydantic_schema(class)
    }
}
