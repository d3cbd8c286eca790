use std::time::SystemTime;

use pyo3::prelude::*;

use super::parts::{Hashes, Identity, RemoteItem};
use crate::json;

/// A file or a folder. Its fields are converted when they are read.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct DriveItem(pub(super) drivebell::DriveItem);

/// A row of a list. Its fields are converted when they are read.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct ListItem(pub(super) drivebell::ListItem);

#[pymethods]
impl DriveItem {
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.name()
    }

    #[getter]
    fn parent_id(&self) -> Option<&str> {
        self.0.parent().id.as_deref()
    }

    #[getter]
    fn drive_id(&self) -> Option<&str> {
        self.0.parent().drive_id.as_deref()
    }

    #[getter]
    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    #[getter]
    fn is_file(&self) -> bool {
        self.0.is_file()
    }

    #[getter]
    fn is_folder(&self) -> bool {
        self.0.is_folder()
    }

    #[getter]
    fn is_package(&self) -> bool {
        self.0.is_package()
    }

    #[getter]
    fn is_root(&self) -> bool {
        self.0.is_root()
    }

    #[getter]
    fn mime_type(&self) -> Option<&str> {
        self.0.mime_type()
    }

    #[getter]
    fn child_count(&self) -> Option<u64> {
        self.0.child_count()
    }

    #[getter]
    fn hashes(&self) -> Hashes {
        Hashes::from(self.0.hashes())
    }

    #[getter]
    fn etag(&self) -> Option<&str> {
        self.0.e_tag()
    }

    #[getter]
    fn ctag(&self) -> Option<&str> {
        self.0.c_tag()
    }

    #[getter]
    fn created_at(&self) -> Option<SystemTime> {
        self.0.created_at()
    }

    #[getter]
    fn modified_at(&self) -> Option<SystemTime> {
        self.0.modified_at()
    }

    #[getter]
    fn created_by(&self) -> Option<Identity> {
        self.0.created_by().map(Identity::from)
    }

    #[getter]
    fn modified_by(&self) -> Option<Identity> {
        self.0.modified_by().map(Identity::from)
    }

    #[getter]
    fn deleted(&self) -> bool {
        self.0.is_deleted()
    }

    #[getter]
    fn shared(&self) -> bool {
        self.0.is_shared()
    }

    #[getter]
    fn remote_item(&self) -> Option<RemoteItem> {
        self.0.remote_item().map(RemoteItem::from)
    }

    #[getter]
    fn web_url(&self) -> Option<&str> {
        self.0.web_url()
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, self.0.raw())
    }

    fn __repr__(&self) -> String {
        repr("DriveItem", self.0.id(), self.0.name(), self.0.is_deleted())
    }
}

#[pymethods]
impl ListItem {
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.name()
    }

    #[getter]
    fn etag(&self) -> Option<&str> {
        self.0.e_tag()
    }

    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type()
    }

    #[getter]
    fn site_id(&self) -> Option<&str> {
        self.0.site_id()
    }

    #[getter]
    fn created_at(&self) -> Option<SystemTime> {
        self.0.created_at()
    }

    #[getter]
    fn modified_at(&self) -> Option<SystemTime> {
        self.0.modified_at()
    }

    #[getter]
    fn created_by(&self) -> Option<Identity> {
        self.0.created_by().map(Identity::from)
    }

    #[getter]
    fn modified_by(&self) -> Option<Identity> {
        self.0.modified_by().map(Identity::from)
    }

    #[getter]
    fn deleted(&self) -> bool {
        self.0.is_deleted()
    }

    #[getter]
    fn web_url(&self) -> Option<&str> {
        self.0.web_url()
    }

    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0
            .fields()
            .map(|fields| json::parse(py, fields))
            .transpose()
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, self.0.raw())
    }

    fn __repr__(&self) -> String {
        repr("ListItem", self.0.id(), self.0.name(), self.0.is_deleted())
    }
}

fn repr(class: &str, id: &str, name: Option<&str>, deleted: bool) -> String {
    let name = name.map_or_else(String::new, |name| format!(" {name:?}"));
    let deleted = if deleted { " deleted" } else { "" };
    format!("<drivebell.{class} {id}{name}{deleted}>")
}
