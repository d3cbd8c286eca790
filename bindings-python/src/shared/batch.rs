use drivebell::Error;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::changes::ChangeBatch;
use crate::changes_set::{MemberBatch, MemberEnd};
use crate::resource::Resource;
use crate::value::{Reduced, reduced};

/// A batch of a drive, in a stream of `Client.changes_shared`. Handle it like a `MemberBatch`; its
/// checkpoint is stored once the next batch is asked for.
#[pyclass(frozen, get_all, extends = MemberBatch, module = "drivebell")]
pub(crate) struct SharedBatch {
    /// Rises whenever another process gets the drive. Two processes never write at the same time if each
    /// write stores the epoch, and refuses a lower one than is stored.
    epoch: u64,
    /// How many batches of the drive were done before this one, whichever process has done them.
    sequence: u64,
}

/// Why a drive cannot be followed at present, in a stream of `Client.changes_shared`: Graph or the
/// credential refuses it. It is tried again after `refused_retry`, here or in another process. It has the
/// attributes of a batch, without items.
#[pyclass(frozen, get_all, extends = MemberEnd, module = "drivebell")]
pub(crate) struct SharedRefusal {
    /// Always `None`.
    epoch: Option<u64>,
    /// Always `None`.
    sequence: Option<u64>,
}

impl SharedBatch {
    pub(super) fn create(
        py: Python<'_>,
        resource: Py<Resource>,
        client: Py<PyAny>,
        batch: drivebell::ChangeBatch,
        (epoch, sequence): (u64, u64),
    ) -> PyResult<Py<PyAny>> {
        let batch = PyClassInitializer::from(ChangeBatch::new(batch))
            .add_subclass(MemberBatch { resource, client })
            .add_subclass(Self { epoch, sequence });
        Ok(Py::new(py, batch)?.into_any())
    }
}

impl SharedRefusal {
    pub(super) fn create(
        py: Python<'_>,
        resource: Py<Resource>,
        client: Py<PyAny>,
        error: &Error,
    ) -> PyResult<Py<PyAny>> {
        let end = MemberEnd::new(py, resource, client, error);
        let refusal = Self {
            epoch: None,
            sequence: None,
        };
        Ok(Py::new(py, PyClassInitializer::from(end).add_subclass(refusal))?.into_any())
    }
}

#[pymethods]
impl SharedBatch {
    #[new]
    #[pyo3(signature = (
        resource,
        items,
        checkpoint,
        *,
        epoch=1,
        sequence=0,
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
    fn by_hand(
        py: Python<'_>,
        resource: Py<Resource>,
        items: Vec<Bound<'_, PyAny>>,
        checkpoint: String,
        epoch: u64,
        sequence: u64,
        client: Option<Py<PyAny>>,
        trigger: &str,
        initial: bool,
        caught_up: bool,
        snapshot: Option<String>,
        resync_code: Option<String>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let batch = MemberBatch::by_hand(
            py,
            resource,
            items,
            checkpoint,
            client,
            trigger,
            initial,
            caught_up,
            snapshot,
            resync_code,
        )?;
        Ok(batch.add_subclass(Self { epoch, sequence }))
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(it) = other.cast::<Self>() {
            let (one, two) = (slf.get(), it.get());
            if (one.epoch, one.sequence) != (two.epoch, two.sequence) {
                return crate::changes::compared(slf.py(), false, operator);
            }
        }
        MemberBatch::__richcmp__(slf.as_super(), other, operator)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        slf.as_super().get().resource.bind(slf.py()).hash()
    }

    /// All fields but the `client`, as a dictionary that JSON knows.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let dict = MemberBatch::to_dict(slf.as_super())?;
        dict.set_item("epoch", slf.get().epoch)?;
        dict.set_item("sequence", slf.get().sequence)?;
        Ok(dict)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, member) = (slf.py(), slf.as_super());
        let batch = member.as_super().get();
        let fields = batch.fields(py, batch.items(py)?.clone().into_any())?;
        fields.set_item("epoch", slf.get().epoch)?;
        fields.set_item("sequence", slf.get().sequence)?;
        let resource = member.get().resource.clone_ref(py);
        reduced::<Self>(py, None, (resource,), Some(&fields))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let member = slf.as_super();
        let (resource, what) = (
            &member.get().resource.get().0,
            member.as_super().get().describe(),
        );
        format!("<drivebell.SharedBatch {resource} {what}>")
    }
}

#[pymethods]
impl SharedRefusal {
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let end = slf.as_super().get();
        let (resource, error) = (&end.resource.get().0, end.error.bind(slf.py()).repr()?);
        Ok(format!(
            "<drivebell.SharedRefusal {resource} error={error}>"
        ))
    }
}
