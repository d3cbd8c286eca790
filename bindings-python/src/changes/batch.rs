use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;

use drivebell::Item;
use pyo3::IntoPyObjectExt;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::item::{DriveItem, ListItem};
use crate::error;
use crate::runtime::lock;
use crate::value::{Reduced, entry, generic_alias, pydantic_schema, reduced};

/// A batch of changed items, and the checkpoint to resume from.
///
/// **Delivery is at least once.** Store the checkpoint after the items, or together with them.
/// After a restart from it, some items may come again; none is missing.
///
/// **Mark and sweep** keeps a copy of the drive correct, even when Graph loses track of its
/// changes. Mark each row with the `snapshot` of the batch that brought it last. When a batch is
/// `caught_up` and has a `snapshot`, delete the rows that have an older mark or none: Graph did not
/// report their deletion. Snapshots compare as strings.
///
/// Batches are equal if everything that they tell is. Tests make them by hand:
/// `ChangeBatch([DriveItem.from_raw({"id": "1", "name": "plan.pdf", "file": {}})], "checkpoint")`.
/// Raises `TypeError` for what is not an item, and `InvalidArgumentError` for an unknown `trigger`.
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

    pub(crate) fn says_the_same(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.batch == other.batch && self.items(py)?.eq(other.items(py)?)?)
    }

    /// All fields, by their names: for `to_dict` and for copies.
    pub(crate) fn fields<'py>(
        &self,
        py: Python<'py>,
        items: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("items", items)?;
        dict.set_item("checkpoint", self.checkpoint())?;
        dict.set_item("trigger", self.trigger())?;
        dict.set_item("initial", self.initial())?;
        dict.set_item("caught_up", self.caught_up())?;
        dict.set_item("snapshot", self.snapshot())?;
        dict.set_item("resync_code", self.resync_code())?;
        Ok(dict)
    }

    fn read(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let items = std::mem::take(&mut *lock(&self.unread));
        let items = items.into_iter().map(ToPython);
        Ok(PyTuple::new(py, items)?.unbind())
    }
}

#[pymethods]
impl ChangeBatch {
    #[new]
    #[pyo3(signature = (
        items,
        checkpoint,
        *,
        trigger="hint",
        initial=false,
        caught_up=true,
        snapshot=None,
        resync_code=None,
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keywords, one for each attribute"
    )]
    pub(crate) fn by_hand(
        py: Python<'_>,
        items: Vec<Bound<'_, PyAny>>,
        checkpoint: String,
        trigger: &str,
        initial: bool,
        caught_up: bool,
        snapshot: Option<String>,
        resync_code: Option<String>,
    ) -> PyResult<Self> {
        let items = items.into_iter().map(|item| item_of(&item));
        let items = items.collect::<PyResult<Vec<Item>>>()?;
        let mut batch = drivebell::ChangeBatch::new(items, checkpoint);
        let trigger = trigger.parse();
        batch.trigger = trigger.map_err(|error| error::to_python(py, &error))?;
        batch.initial = initial;
        batch.caught_up = caught_up;
        batch.snapshot = snapshot;
        batch.resync_code = resync_code;
        Ok(Self::new(batch))
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("items", "checkpoint");

    /// The changed items, each in its latest state and at most once per batch.
    ///
    /// They are `ListItem`s if the resource's delta query returns list items, else `DriveItem`s. If
    /// an item comes in several batches, the last state counts. The objects are created on first
    /// access.
    #[getter]
    pub(crate) fn items<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>> {
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

    /// All fields, as a dictionary that JSON knows. The items are there as Graph sent them;
    /// `item_type` is `"drive"` or `"list"`.
    pub(crate) fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let items = self.items(py)?.iter().map(|item| item.getattr("raw"));
        let items = items.collect::<PyResult<Vec<_>>>()?.into_pyobject(py)?;
        let dict = self.fields(py, items)?;
        let of_list = |item: Bound<'_, PyAny>| item.is_instance_of::<ListItem>();
        let is_list = self.items(py)?.iter().any(of_list);
        dict.set_item("item_type", if is_list { "list" } else { "drive" })?;
        Ok(dict)
    }

    /// Makes the batch again out of what `to_dict` has returned.
    ///
    /// Raises `ValueError` for anything else, or `InvalidArgumentError`, which is one.
    #[staticmethod]
    fn from_dict(dictionary: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = dictionary.py();
        let item_type: String = entry(dictionary, "item_type")?.extract()?;
        let class = match item_type.as_str() {
            "drive" => py.get_type::<DriveItem>(),
            "list" => py.get_type::<ListItem>(),
            other => return Err(PyValueError::new_err(format!("item_type is {other:?}"))),
        };
        let raws: Vec<Bound<'_, PyAny>> = entry(dictionary, "items")?.extract()?;
        let items = raws
            .iter()
            .map(|raw| class.call_method1("from_raw", (raw,)));
        let trigger: String = entry(dictionary, "trigger")?.extract()?;
        Self::by_hand(
            py,
            items.collect::<PyResult<_>>()?,
            entry(dictionary, "checkpoint")?.extract()?,
            &trigger,
            entry(dictionary, "initial")?.extract()?,
            entry(dictionary, "caught_up")?.extract()?,
            entry(dictionary, "snapshot")?.extract()?,
            entry(dictionary, "resync_code")?.extract()?,
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let fields = self.fields(py, self.items(py)?.clone().into_any())?;
        reduced::<Self>(py, None, (), Some(&fields))
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        // One of a member is not equal to one without.
        let same_class = slf.get_type().is(other.get_type());
        let (Ok(it), true) = (other.cast::<Self>(), same_class) else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let equal = slf.get().says_the_same(py, it.get())?;
        compared(py, equal, operator)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.batch.checkpoint.hash(&mut hasher);
        hasher.finish()
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

    fn __repr__(&self) -> String {
        format!("<drivebell.ChangeBatch {}>", self.describe())
    }
}

/// The answer of `==` and `!=`; the other operators have none.
pub(crate) fn compared(
    py: Python<'_>,
    equal: bool,
    operator: CompareOp,
) -> PyResult<Bound<'_, PyAny>> {
    match operator {
        CompareOp::Eq => equal.into_bound_py_any(py),
        CompareOp::Ne => (!equal).into_bound_py_any(py),
        _ => Ok(py.NotImplemented().into_bound(py)),
    }
}

fn item_of(item: &Bound<'_, PyAny>) -> PyResult<Item> {
    if let Ok(item) = item.cast::<DriveItem>() {
        return Ok(Item::Drive(item.get().0.clone()));
    }
    if let Ok(item) = item.cast::<ListItem>() {
        return Ok(Item::List(item.get().0.clone()));
    }
    let class = item.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "items: must be DriveItems or ListItems, not {class}: make one with DriveItem.from_raw"
    )))
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
