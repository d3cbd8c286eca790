//! The records of a store as dictionaries.

use drivebell_store::{Checkpoint, Ownership};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyMapping, PyString};

/// Why something of a store could not be read.
pub(super) enum Problem {
    /// Reading it raised this.
    Raised(PyErr),
    /// It has another shape. The text shows no value, which may be a checkpoint.
    Shape(String),
}

impl From<PyErr> for Problem {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

type Read<T> = Result<T, Problem>;

/// A record that a store of Python keeps.
pub(super) trait Record: Sized + Send + 'static {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>>;

    fn from_python(record: &Bound<'_, PyAny>) -> Read<Self>;
}

impl Record for Ownership {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("partition", &self.partition)?;
        dict.set_item("owner", &self.owner)?;
        dict.set_item("epoch", self.epoch)?;
        dict.set_item("weight", self.weight)?;
        dict.set_item(
            "revision",
            revision_to_python(py, self.revision.as_deref())?,
        )?;
        Ok(dict)
    }

    fn from_python(record: &Bound<'_, PyAny>) -> Read<Self> {
        let fields = Fields::of(record)?;
        Ok(Self {
            partition: fields.text("partition")?,
            owner: fields.text("owner")?,
            epoch: fields.number("epoch")?,
            weight: fields.number("weight")?,
            revision: Some(fields.revision()?),
        })
    }
}

impl Record for Checkpoint {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("partition", &self.partition)?;
        dict.set_item("drive", &self.drive)?;
        dict.set_item("checkpoint", &self.checkpoint)?;
        dict.set_item("epoch", self.epoch)?;
        dict.set_item("sequence", self.sequence)?;
        dict.set_item("memo", &self.memo)?;
        dict.set_item(
            "revision",
            revision_to_python(py, self.revision.as_deref())?,
        )?;
        Ok(dict)
    }

    fn from_python(record: &Bound<'_, PyAny>) -> Read<Self> {
        let fields = Fields::of(record)?;
        Ok(Self {
            partition: fields.text("partition")?,
            drive: fields.text("drive")?,
            checkpoint: fields.text("checkpoint")?,
            epoch: fields.number("epoch")?,
            sequence: fields.number("sequence")?,
            memo: fields.text("memo")?,
            revision: Some(fields.revision()?),
        })
    }
}

pub(super) fn list_to_python<T: Record>(py: Python<'_>, records: &[T]) -> PyResult<Py<PyList>> {
    let list = PyList::empty(py);
    for record in records {
        list.append(record.to_python(py)?)?;
    }
    Ok(list.unbind())
}

pub(super) fn list_from_python<T: Record>(records: &Bound<'_, PyAny>) -> Read<Vec<T>> {
    let is_one = records.is_instance_of::<PyString>() || records.cast::<PyMapping>().is_ok();
    let records = match records.try_iter() {
        Ok(iterator) if !is_one => iterator,
        Err(error) if !error.is_instance_of::<PyTypeError>(records.py()) => {
            return Err(error.into());
        }
        _ => {
            let problem = format!("returned {}, not a list of records", type_name(records));
            return Err(Problem::Shape(problem));
        }
    };
    records.map(|record| T::from_python(&record?)).collect()
}

/// `None`: another process was faster.
pub(super) fn one_from_python<T: Record>(record: &Bound<'_, PyAny>) -> Read<Option<T>> {
    if record.is_none() {
        return Ok(None);
    }
    T::from_python(record).map(Some)
}

struct Fields<'a, 'py>(&'a Bound<'py, PyMapping>);

impl<'a, 'py> Fields<'a, 'py> {
    fn of(record: &'a Bound<'py, PyAny>) -> Read<Self> {
        match record.cast::<PyMapping>() {
            Ok(mapping) => Ok(Self(mapping)),
            Err(_) => Err(Problem::Shape(format!(
                "returned {} where a record should be, which is a dict",
                type_name(record)
            ))),
        }
    }

    fn get(&self, name: &str) -> Read<Bound<'py, PyAny>> {
        if !self.0.contains(name)? {
            return Err(Problem::Shape(format!(
                "returned a record without `{name}`"
            )));
        }
        Ok(self.0.get_item(name)?)
    }

    fn text(&self, name: &str) -> Read<String> {
        let value = self.get(name)?;
        let text = value.cast::<PyString>().ok();
        // A lone surrogate has no UTF-8.
        let text = text.and_then(|text| text.extract().ok());
        text.ok_or_else(|| wrong(name, &value, "a text"))
    }

    fn number(&self, name: &str) -> Read<u64> {
        let value = self.get(name)?;
        if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
            return Err(wrong(name, &value, "a whole number"));
        }
        let number = value.extract();
        number.map_err(|_| wrong(name, &value, "between 0 and 2**64 - 1"))
    }

    fn revision(&self) -> Read<String> {
        let value = self.get("revision")?;
        revision_from_python(&value)
            .ok_or_else(|| wrong("revision", &value, "a text or a whole number"))
    }
}

fn wrong(name: &str, value: &Bound<'_, PyAny>, wanted: &str) -> Problem {
    Problem::Shape(format!(
        "returned a record whose `{name}` is not {wanted}, but {}",
        type_name(value)
    ))
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    let name = value.get_type().name();
    name.map_or_else(|_| "an object".to_owned(), |name| format!("a {name}"))
}

/// Texts and whole numbers come back to the store as what they were.
const TEXT: char = 't';
const NUMBER: char = 'n';

fn revision_to_python<'py>(py: Python<'py>, revision: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    let Some(revision) = revision else {
        return Ok(py.None().into_bound(py));
    };
    if let Some(digits) = revision.strip_prefix(NUMBER) {
        return py.get_type::<PyInt>().call1((digits,));
    }
    let text = revision.strip_prefix(TEXT).unwrap_or(revision);
    Ok(PyString::new(py, text).into_any())
}

fn revision_from_python(value: &Bound<'_, PyAny>) -> Option<String> {
    if value.is_instance_of::<PyBool>() {
        return None;
    }
    if value.is_instance_of::<PyInt>() {
        // A subclass may show itself in another way.
        let number = value.py().get_type::<PyInt>().call1((value,)).ok()?;
        return Some(format!("{NUMBER}{}", number.str().ok()?));
    }
    let text: String = value.cast::<PyString>().ok()?.extract().ok()?;
    Some(format!("{TEXT}{text}"))
}
