use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::changes::DriveItem;
use crate::resource::Resource;
use crate::value::{Reduced, json_text, pydantic_schema, quoted, reduced};
use crate::{error, json};

/// What happened to an item of a mirrored drive.
///
/// **Delivery is at least once.** A change is done when the next one is asked for. A program that
/// ends before gets it again, with the same `sequence`.
///
/// **Replay gives the tree.** Applied in their order to an empty table of paths, changes give the
/// drive's tree: `"created"` adds `path`, `"deleted"` removes it, `"renamed"` and `"moved"` take it
/// from `old_path` to `path`. For a folder, the last three apply to everything in it.
///
/// Changes are equal if everything that they tell is; whose `client` they are does not count.
#[pyclass(frozen, eq, hash, module = "drivebell")]
pub(crate) struct Change {
    core: drivebell_mirror::Change,
    client: Option<Py<PyAny>>,
    item: PyOnceLock<Py<DriveItem>>,
}

impl Change {
    /// `client` is that of a member of a set.
    pub(super) fn new(core: drivebell_mirror::Change, client: Option<Py<PyAny>>) -> Self {
        Self {
            core,
            client,
            item: PyOnceLock::new(),
        }
    }
}

impl PartialEq for Change {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core
    }
}

impl Hash for Change {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.core.resource.hash(state);
        self.core.sequence.hash(state);
    }
}

#[pymethods]
impl Change {
    /// The mirrored drive.
    #[getter]
    fn resource(&self) -> Resource {
        Resource(self.core.resource.clone())
    }

    /// The client of the drive's user, in a stream of `Client.mirror_all`; else `None`.
    #[getter]
    fn client(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.client.as_ref().map(|client| client.clone_ref(py))
    }

    /// Rises by one with each change of this drive, for ever. A change that comes again has the
    /// sequence that it had.
    #[getter]
    fn sequence(&self) -> u64 {
        self.core.sequence
    }

    /// What happened.
    ///
    /// - `"created"`: the item is new, or was moved into what the filters choose (`moved_in`).
    /// - `"modified"`: its content or its metadata changed.
    /// - `"renamed"`: it has another name, in the same folder.
    /// - `"moved"`: it is in another folder, perhaps with another name.
    /// - `"deleted"`: it is gone, or was moved out of what the filters choose (`moved_out`).
    #[getter]
    fn kind(&self) -> &'static str {
        self.core.kind.as_str()
    }

    /// The item's path from the drive's root, such as `/Reports/plan.pdf`. Of a deleted item, the
    /// one that it had.
    #[getter]
    fn path(&self) -> &str {
        &self.core.path
    }

    /// Where the item was, for `"renamed"` and `"moved"`; else `None`.
    #[getter]
    fn old_path(&self) -> Option<&str> {
        self.core.old_path.as_deref()
    }

    /// The item after the change; of a deleted one, what was last known of it. It has what the
    /// mirror keeps of an item, or everything with `keep_raw`. The object is created on first
    /// access.
    #[getter]
    fn item<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, DriveItem>> {
        let item = self
            .item
            .get_or_try_init(py, || Py::new(py, DriveItem(self.core.item())))?;
        Ok(item.bind(py))
    }

    /// Whether the content of a file changed, judged by its hashes, or else by its cTag. False if
    /// only metadata did. True for a file that is new.
    #[getter]
    fn content_changed(&self) -> bool {
        self.core.content_changed
    }

    /// Whether the item's sharing changed.
    #[getter]
    fn sharing_changed(&self) -> bool {
        self.core.sharing_changed
    }

    /// How many items are in a folder that was renamed, moved or deleted, at all depths.
    #[getter]
    fn descendants(&self) -> u64 {
        self.core.descendants
    }

    /// True if the item existed before, and was moved into what the filters choose.
    #[getter]
    fn moved_in(&self) -> bool {
        self.core.moved_in
    }

    /// True if the item still exists, and was moved out of what the filters choose.
    #[getter]
    fn moved_out(&self) -> bool {
        self.core.moved_out
    }

    /// True if the item itself did not change: a folder above it was renamed, moved or deleted.
    #[getter]
    fn inherited(&self) -> bool {
        self.core.inherited
    }

    /// How the mirror found out that the item is gone, if nobody reported it; else `None`.
    ///
    /// - `"audit"`: a full enumeration that the stream makes by itself (`audit_interval`).
    /// - `"resync"`: the full enumeration after Graph had lost track (HTTP 410).
    /// - `"name"`: another item has its name, in the same folder.
    #[getter]
    fn found_by(&self) -> Option<&'static str> {
        self.core.found_by.map(drivebell::FoundBy::as_str)
    }

    /// What caused the delta query that found the change, as `ChangeBatch.trigger`.
    #[getter]
    fn trigger(&self) -> &'static str {
        self.core.trigger.as_str()
    }

    /// The change as a JSON object on one line. What is false or absent for most changes is left
    /// out then: `old_path`, `moved_in`, `moved_out`, `inherited`, `found_by`.
    fn to_json(&self) -> String {
        self.core.to_json()
    }

    /// Reads what `to_json` has written, a text or a dictionary: for programs that pass changes on,
    /// and to make them by hand in tests. What is false or absent for most changes may be missing.
    ///
    /// Raises `InvalidArgumentError`, by the name `json`, for anything else.
    #[staticmethod]
    fn from_json(json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let core = drivebell_mirror::Change::from_json(&json_text(json)?);
        let core = core.map_err(|error| error::to_python(json.py(), &error))?;
        Ok(Self::new(core, None))
    }

    /// The change as a dictionary that JSON knows: that of `to_json`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, &self.core.to_json())
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("kind", "path", "old_path");

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced::<Self>(py, Some("from_json"), (self.core.to_json(),), None)
    }

    #[classmethod]
    #[pyo3(signature = (*_arguments))]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        _arguments: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pydantic_schema(class)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let change = &self.core;
        let from = change.old_path.as_deref().map(|path| quoted(py, path));
        let from = from.map_or_else(String::new, |old_path| format!(" from {old_path}"));
        let (sequence, kind) = (change.sequence, change.kind);
        let path = quoted(py, &change.path);
        format!("<drivebell.Change {sequence} {kind} {path}{from}>")
    }
}
