use std::time::SystemTime;

use pyo3::prelude::*;

use super::parts::{Hashes, Identity, RemoteItem};
use crate::json;

/// A file or a folder in its latest state, as Graph's delta query returns it.
///
/// A field that Graph left out is `None` or False; of a deleted item, Graph leaves out most. `raw`
/// has everything that Graph sent.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct DriveItem(pub(super) drivebell::DriveItem);

/// A row of a SharePoint list in its latest state, as Graph's delta query returns it.
///
/// A field that Graph left out is `None`. `raw` has everything that Graph sent.
#[pyclass(frozen, module = "drivebell")]
pub(crate) struct ListItem(pub(super) drivebell::ListItem);

#[pymethods]
impl DriveItem {
    /// The item's id, unique in its drive. It stays the same when the item is moved or renamed.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// The name, without a path.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// The id of the parent folder; `None` for the root. Delta queries return no path.
    #[getter]
    fn parent_id(&self) -> Option<&str> {
        self.0.parent().id.as_deref()
    }

    /// The id of the drive.
    #[getter]
    fn drive_id(&self) -> Option<&str> {
        self.0.parent().drive_id.as_deref()
    }

    /// The size in bytes; of a folder, the size of everything in it.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    /// Whether the item is a file.
    #[getter]
    fn is_file(&self) -> bool {
        self.0.is_file()
    }

    /// Whether the item is a folder.
    #[getter]
    fn is_folder(&self) -> bool {
        self.0.is_folder()
    }

    /// Whether the item is a package: a folder shown as one item, such as a notebook.
    #[getter]
    fn is_package(&self) -> bool {
        self.0.is_package()
    }

    /// Whether the item is the root of its drive.
    #[getter]
    fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// The media type of a file.
    #[getter]
    fn mime_type(&self) -> Option<&str> {
        self.0.mime_type()
    }

    /// How many items a folder contains.
    #[getter]
    fn child_count(&self) -> Option<u64> {
        self.0.child_count()
    }

    /// The hashes of a file's content.
    #[getter]
    fn hashes(&self) -> Hashes {
        Hashes::from(self.0.hashes())
    }

    /// `eTag`: changes with the content or the metadata.
    #[getter]
    fn etag(&self) -> Option<&str> {
        self.0.e_tag()
    }

    /// `cTag`: changes with the content.
    #[getter]
    fn ctag(&self) -> Option<&str> {
        self.0.c_tag()
    }

    /// When the item was created (UTC).
    #[getter]
    fn created_at(&self) -> Option<SystemTime> {
        self.0.created_at()
    }

    /// When the item was last modified (UTC).
    #[getter]
    fn modified_at(&self) -> Option<SystemTime> {
        self.0.modified_at()
    }

    /// Who created the item.
    #[getter]
    fn created_by(&self) -> Option<Identity> {
        self.0.created_by().map(Identity::from)
    }

    /// Who last modified the item.
    #[getter]
    fn modified_by(&self) -> Option<Identity> {
        self.0.modified_by().map(Identity::from)
    }

    /// Whether the item was deleted.
    #[getter]
    fn deleted(&self) -> bool {
        self.0.is_deleted()
    }

    /// Whether the item is shared with others.
    #[getter]
    fn shared(&self) -> bool {
        self.0.is_shared()
    }

    /// The item of another drive that this item refers to, for instance as a shortcut.
    #[getter]
    fn remote_item(&self) -> Option<RemoteItem> {
        self.0.remote_item().map(RemoteItem::from)
    }

    /// The URL that shows the item in a browser.
    #[getter]
    fn web_url(&self) -> Option<&str> {
        self.0.web_url()
    }

    /// The JSON object that Graph sent. It is parsed at each access.
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
    /// The item's id, unique in its list.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// The name.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// `eTag`: changes with any part of the item.
    #[getter]
    fn etag(&self) -> Option<&str> {
        self.0.e_tag()
    }

    /// The name of the item's content type.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type()
    }

    /// The id of the site that the list belongs to.
    #[getter]
    fn site_id(&self) -> Option<&str> {
        self.0.site_id()
    }

    /// When the item was created (UTC).
    #[getter]
    fn created_at(&self) -> Option<SystemTime> {
        self.0.created_at()
    }

    /// When the item was last modified (UTC).
    #[getter]
    fn modified_at(&self) -> Option<SystemTime> {
        self.0.modified_at()
    }

    /// Who created the item.
    #[getter]
    fn created_by(&self) -> Option<Identity> {
        self.0.created_by().map(Identity::from)
    }

    /// Who last modified the item.
    #[getter]
    fn modified_by(&self) -> Option<Identity> {
        self.0.modified_by().map(Identity::from)
    }

    /// Whether the item was deleted.
    #[getter]
    fn deleted(&self) -> bool {
        self.0.is_deleted()
    }

    /// The URL that shows the item in a browser.
    #[getter]
    fn web_url(&self) -> Option<&str> {
        self.0.web_url()
    }

    /// The item's columns, if Graph sent them. They are parsed at each access.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0
            .fields()
            .map(|fields| json::parse(py, fields))
            .transpose()
    }

    /// The JSON object that Graph sent. It is parsed at each access.
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
