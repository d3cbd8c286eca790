//! Items: their fields come from the core's tables, and are converted when they are read.

use std::time::SystemTime;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyType};

use super::parts::{Hashes, Identity, RemoteItem};
use crate::datetime::datetime;
use crate::value::{Reduced, instant_text, json_text, pydantic_schema, quoted, reduced};
use crate::{error, json};

/// JSON text that becomes a Python object.
struct Json<'a>(&'a str);

impl<'py> IntoPyObject<'py> for Json<'_> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parse(py, self.0)
    }
}

/// A time that becomes a `datetime`.
struct Instant(SystemTime);

impl<'py> IntoPyObject<'py> for Instant {
    type Target = PyDateTime;
    type Output = Bound<'py, PyDateTime>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        datetime(py, self.0)
    }
}

/// What a kind of field becomes in Python.
#[rustfmt::skip]
macro_rules! field {
    (type Id) => { &str };
    (type Raw) => { Json<'_> };
    (type Facet) => { bool };
    (type Hashes) => { Hashes };
    (type $kind:ident) => { Option<field!(inner $kind)> };
    (inner Text) => { &str };
    (inner Integer) => { u64 };
    (inner Time) => { Instant };
    (inner Object) => { Json<'_> };
    (inner $part:ident) => { $part };

    (convert Raw $value:expr) => { Json($value) };
    (convert Object $value:expr) => { $value.map(Json) };
    (convert Time $value:expr) => { $value.map(Instant) };
    (convert Hashes $value:expr) => { Hashes::from($value) };
    (convert Identity $value:expr) => { $value.map(Identity::from) };
    (convert RemoteItem $value:expr) => { $value.map(RemoteItem::from) };
    (convert $kind:ident $value:expr) => { $value };

    (name $field:ident $python:literal) => { $python };
    (name $field:ident) => { stringify!($field) };
}

macro_rules! define_item {
    (
        $(#[doc = $about:literal])*
        $item:ident
        head {$(
            $(#[doc = $head_doc:literal])*
            $head:ident $(as python $head_python:literal)? $(as node $head_node:literal)?:
                $head_kind:ident = $($head_json:literal).*;
        )*}
        $(
            $(#[doc = $parent_about:literal])*
            parent $parent:ident {$(
                $(#[doc = $parent_doc:literal])*
                $parent_field:ident:
                    $parent_kind:ident = $($parent_json:literal).+ $(, $parent_common:ident)?
                        => $member:ident;
            )*}
        )?
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident $(as python $python:literal)? $(as node $node:literal)?:
                $kind:ident = $($json:literal).+ $(, $common:ident)?;
        )*}
    ) => {
        $(#[doc = $about])*
        ///
        /// Items are equal if their JSON says the same. Tests make them by hand, with `from_raw`.
        #[pyclass(frozen, eq, hash, module = "drivebell")]
        #[derive(PartialEq, Eq, Hash)]
        pub(crate) struct $item(pub(crate) drivebell::$item);

        #[pymethods]
        impl $item {
            $(
                $(#[doc = $head_doc])*
                #[getter]
                $(#[pyo3(name = $head_python)])?
                fn $head(&self) -> field!(type $head_kind) {
                    field!(convert $head_kind self.0.$head())
                }
            )*

            $($(
                $(#[doc = $parent_doc])*
                #[getter]
                fn $parent_field(&self) -> field!(type $parent_kind) {
                    field!(convert $parent_kind self.0.$parent_field())
                }
            )*)?

            $(
                $(#[doc = $doc])*
                #[getter]
                $(#[pyo3(name = $python)])?
                fn $field(&self) -> field!(type $kind) {
                    field!(convert $kind self.0.$field())
                }
            )*

            /// The same item without its page: items of a page share its text, so that keeping one of
            /// them keeps the whole page in memory.
            fn detached(&self) -> Self {
                Self(self.0.detached())
            }

            /// An item out of JSON as Graph sends it, a dictionary or a text: of what `raw` was, or by
            /// hand. Only `id` must be there.
            ///
            /// Raises `InvalidArgumentError`, by the name `raw`, for what is not a JSON object with an
            /// `id`, nested at most 64 levels deep.
            #[staticmethod]
            fn from_raw(raw: &Bound<'_, PyAny>) -> PyResult<Self> {
                let item = drivebell::$item::from_raw(&json_text(raw)?);
                item.map(Self).map_err(|error| error::to_python(raw.py(), &error))
            }

            /// The fields by their names here, as a dictionary that JSON knows; times are texts. `raw`
            /// is not among them: it is the item as Graph sent it, which `from_raw` reads.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(if stringify!($head) != "raw" {
                    let value = field!(convert $head_kind self.0.$head());
                    dict.set_item(field!(name $head $($head_python)?), value.plain(py)?)?;
                })*
                $($(
                    let value = field!(convert $parent_kind self.0.$parent_field());
                    dict.set_item(stringify!($parent_field), value.plain(py)?)?;
                )*)?
                $(
                    let value = field!(convert $kind self.0.$field());
                    dict.set_item(field!(name $field $($python)?), value.plain(py)?)?;
                )*
                Ok(dict)
            }

            #[classattr]
            #[pyo3(name = "__match_args__")]
            const MATCH_ARGS: (&'static str, &'static str) = ("id", "name");

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
                reduced::<Self>(py, Some("from_raw"), (self.0.raw(),), None)
            }

            fn __repr__(&self, py: Python<'_>) -> String {
                let name = self.0.name().map(|name| quoted(py, name));
                repr(stringify!($item), self.0.id(), name, self.0.is_deleted())
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
    };
}

drivebell::with_drive_item_fields!(define_item);
drivebell::with_list_item_fields!(define_item);

fn repr(class: &str, id: &str, name: Option<String>, deleted: bool) -> String {
    let name = name.map_or_else(String::new, |name| format!(" {name}"));
    let deleted = if deleted { " deleted" } else { "" };
    format!("<drivebell.{class} {id}{name}{deleted}>")
}

/// A value as JSON knows it.
trait Plain {
    fn plain(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>>;
}

macro_rules! plain {
    ($($type:ty),+) => {
        $(impl Plain for $type {
            fn plain(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                self.into_bound_py_any(py)
            }
        })+
    };
}

plain!(bool, &str, u64, Json<'_>);

impl Plain for Instant {
    fn plain(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        instant_text(self.0).into_bound_py_any(py)
    }
}

impl<T: Plain> Plain for Option<T> {
    fn plain(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Some(value) => value.plain(py),
            None => Ok(py.None().into_bound(py)),
        }
    }
}

macro_rules! plain_parts {
    ($($part:ty),+) => {
        $(impl Plain for $part {
            fn plain(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                Ok(self.to_dict(py)?.into_any())
            }
        })+
    };
}

plain_parts!(Hashes, Identity, RemoteItem);
