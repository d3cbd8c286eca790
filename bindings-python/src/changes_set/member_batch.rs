use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::changes::{ChangeBatch, compared};
use crate::error;
use crate::resource::Resource;
use crate::value::{Reduced, reduced};

/// A batch of one member, in a stream of `Client.changes_all`. Handle it like a `ChangeBatch`; the
/// checkpoint belongs to this member. A copy in another process has no `client`.
#[pyclass(frozen, subclass, extends = ChangeBatch, module = "drivebell")]
pub(crate) struct MemberBatch {
    /// The resource whose changes these are.
    #[pyo3(get)]
    pub(crate) resource: Py<Resource>,
    /// The client that follows the resource, and so the user.
    #[pyo3(get)]
    pub(crate) client: Py<PyAny>,
}

/// The end of one member, in a stream of `Client.changes_all` or `Client.mirror_all`: Graph refuses
/// it permanently. The others continue. It has the attributes of a batch, without items.
#[pyclass(frozen, subclass, get_all, module = "drivebell")]
pub(crate) struct MemberEnd {
    /// The resource whose changes no longer come.
    pub(crate) resource: Py<Resource>,
    /// The client that followed the resource, and so the user.
    client: Py<PyAny>,
    /// Why the member ended.
    pub(crate) error: Py<PyAny>,
    /// Always empty.
    items: Py<PyTuple>,
    /// Always `None`: keep the checkpoint of the member's last batch.
    checkpoint: Option<String>,
    /// Always `None`.
    trigger: Option<&'static str>,
    /// Always false.
    initial: bool,
    /// Always false.
    caught_up: bool,
    /// Always `None`.
    snapshot: Option<String>,
    /// Always `None`.
    resync_code: Option<String>,
}

pub(super) fn to_python(
    py: Python<'_>,
    next: drivebell::MemberBatch,
    client: Py<PyAny>,
) -> PyResult<Py<PyAny>> {
    let resource = Py::new(py, Resource(next.member.resource().clone()))?;
    match next.batch {
        Ok(batch) => {
            let member = MemberBatch { resource, client };
            let batch = PyClassInitializer::from(ChangeBatch::new(batch)).add_subclass(member);
            Ok(Py::new(py, batch)?.into_any())
        }
        Err(error) => Ok(Py::new(py, MemberEnd::new(py, resource, client, &error))?.into_any()),
    }
}

impl MemberEnd {
    pub(crate) fn new(
        py: Python<'_>,
        resource: Py<Resource>,
        client: Py<PyAny>,
        error: &drivebell::Error,
    ) -> Self {
        Self {
            resource,
            client,
            error: error::to_python(py, error).into_value(py).into_any(),
            items: PyTuple::empty(py).unbind(),
            checkpoint: None,
            trigger: None,
            initial: false,
            caught_up: false,
            snapshot: None,
            resync_code: None,
        }
    }
}

#[pymethods]
impl MemberBatch {
    #[new]
    #[pyo3(signature = (
        resource,
        items,
        checkpoint,
        *,
        client=None,
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
        resource: Py<Resource>,
        items: Vec<Bound<'_, PyAny>>,
        checkpoint: String,
        client: Option<Py<PyAny>>,
        trigger: &str,
        initial: bool,
        caught_up: bool,
        snapshot: Option<String>,
        resync_code: Option<String>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let batch = ChangeBatch::by_hand(
            py,
            items,
            checkpoint,
            trigger,
            initial,
            caught_up,
            snapshot,
            resync_code,
        )?;
        let client = client.unwrap_or_else(|| py.None());
        Ok(PyClassInitializer::from(batch).add_subclass(Self { resource, client }))
    }

    /// Always `None`: the member has not ended.
    #[getter]
    #[expect(clippy::unused_self, reason = "an attribute of each batch")]
    fn error(&self) -> Option<Py<PyAny>> {
        None
    }

    pub(crate) fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Ok(it) = other.cast::<Self>() else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let (one, two) = (slf.get(), it.get());
        // One of a shared stream is not equal to one of another.
        if !slf.get_type().is(other.get_type()) {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let equal = one.resource.get() == two.resource.get()
            && one.client.is(&two.client)
            && slf
                .as_super()
                .get()
                .says_the_same(py, it.as_super().get())?;
        compared(py, equal, operator)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        slf.get().resource.bind(slf.py()).hash()
    }

    /// All fields but the `client`, as a dictionary that JSON knows.
    pub(crate) fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let dict = slf.as_super().get().to_dict(slf.py())?;
        dict.set_item("resource", slf.get().resource.get().0.to_string())?;
        Ok(dict)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, batch) = (slf.py(), slf.as_super().get());
        let fields = batch.fields(py, batch.items(py)?.clone().into_any())?;
        let resource = slf.get().resource.clone_ref(py);
        reduced::<Self>(py, None, (resource,), Some(&fields))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let (resource, what) = (&slf.get().resource.get().0, slf.as_super().get().describe());
        format!("<drivebell.MemberBatch {resource} {what}>")
    }
}

#[pymethods]
impl MemberEnd {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (resource, error) = (&self.resource.get().0, self.error.bind(py).repr()?);
        Ok(format!("<drivebell.MemberEnd {resource} error={error}>"))
    }
}
