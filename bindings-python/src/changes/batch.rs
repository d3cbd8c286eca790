use std::sync::Mutex;

use drivebell::Item;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use super::item::{DriveItem, ListItem};
use crate::runtime::lock;

/// A batch of changed items, and the checkpoint to resume from.
///
/// **Delivery is at least once.** Store the checkpoint after the items, or together with them.
/// After a restart from it, some items may come again; none is missing.
///
/// **Mark and sweep** keeps a copy of the drive correct, even when Graph loses track of its
/// changes. Mark each row with the `snapshot` of the batch that brought it last. When a batch is
/// `caught_up` and has a `snapshot`, delete the rows that have an older mark or none: Graph did not
/// report their deletion. Snapshots compare as strings.
#[pyclass(frozen, subclass, module = "drivebell")]
pub(crate) struct ChangeBatch {
    batch: drivebell::ChangeBatch,
    count: usize,
    /// Converted on first access: a program that reads only the checkpoint pays for no objects.
    unread: Mutex<Vec<Item>>,
    items: PyOnceLock<Py<PyTuple>>,
}

impl ChangeBatch {
    pub(crate) fn new(mut batch: drivebell::ChangeBatch) -> Self {
        let items = std::mem::take(&mut batch.items);
        Self {
            batch,
            count: items.len(),
            unread: Mutex::new(items),
            items: PyOnceLock::new(),
        }
    }

    pub(crate) fn describe(&self) -> String {
        let flags = [
            (self.batch.initial, " initial"),
            (self.batch.caught_up, " caught_up"),
        ];
        let flags = flags.iter().filter(|(is, _)| *is).map(|(_, name)| *name);
        let (trigger, flags) = (self.batch.trigger, flags.collect::<String>());
        format!("items={} trigger={trigger}{flags}", self.count)
    }

    fn read(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let items = std::mem::take(&mut *lock(&self.unread));
        let items = items.into_iter().map(ToPython);
        Ok(PyTuple::new(py, items)?.unbind())
    }
}

#[pymethods]
impl ChangeBatch {
    /// The changed items, each in its latest state and at most once per batch.
    ///
    /// They are `ListItem`s if the resource's delta query returns list items, else `DriveItem`s. If
    /// an item comes in several batches, the last state counts. The objects are created on first
    /// access.
    #[getter]
    fn items<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>> {
        let items = self.items.get_or_try_init(py, || self.read(py))?;
        Ok(items.bind(py))
    }

    /// Pass this to `Client.changes` as `since` to resume after these items. An opaque string; store
    /// it once the items are processed.
    #[getter]
    fn checkpoint(&self) -> &str {
        &self.batch.checkpoint
    }

    /// What caused the delta query that brought the batch.
    ///
    /// - `"start"`: the stream started.
    /// - `"hint"`: a notification announced a change.
    /// - `"resync"`: a notification of kind `"resync"`: changes may have gone unannounced.
    /// - `"poll"`: the subscription is not live, so the drive is queried at an interval.
    /// - `"safety"`: nothing was announced for `safety_interval`.
    /// - `"lag"`: a repeated query, because an earlier one may have missed announced changes.
    /// - `"renewal"`: the endpoint was replaced, and the one before may have gone quiet.
    /// - `"audit"`: everything is enumerated again, to find what Graph lost (`audit_interval`).
    #[getter]
    fn trigger(&self) -> &'static str {
        self.batch.trigger.as_str()
    }

    /// Whether the items were there when the stream began: the batch belongs to the first enumeration,
    /// which ends with the first batch that is `caught_up`, also after restarts in between. False for
    /// what has changed since, for later enumerations, and for a stream that began at `"now"`.
    #[getter]
    fn initial(&self) -> bool {
        self.batch.initial
    }

    /// True if the stream has delivered everything that Graph knew of at the time of the query.
    #[getter]
    fn caught_up(&self) -> bool {
        self.batch.caught_up
    }

    /// The enumeration that the items belong to, for mark and sweep; `None` if the stream started at
    /// `"now"` and never had to enumerate.
    #[getter]
    fn snapshot(&self) -> Option<&str> {
        self.batch.snapshot.as_deref()
    }

    /// Graph's code if it lost track of the changes (HTTP 410) and the stream enumerates the drive
    /// again. It is set on the first batch of the new snapshot, and `None` on all others.
    ///
    /// - `"resyncChangesApplyDifferences"`: items that the new enumeration lacks were deleted.
    /// - `"resyncChangesUploadDifferences"`: Graph may have lost these items. If you keep copies of
    ///   files, compare them before you delete any.
    #[getter]
    fn resync_code(&self) -> Option<&str> {
        self.batch.resync_code.as_deref()
    }

    fn __repr__(&self) -> String {
        format!("<drivebell.ChangeBatch {}>", self.describe())
    }
}

struct ToPython(Item);

impl<'py> IntoPyObject<'py> for ToPython {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.0 {
            Item::Drive(item) => Bound::new(py, DriveItem(item))?.into_any(),
            Item::List(item) => Bound::new(py, ListItem(item))?.into_any(),
            // The binding is built together with its core, and knows every kind of item.
            _ => unreachable!("an item of an unknown kind"),
        })
    }
}
