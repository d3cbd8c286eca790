//! Items: their fields come from the core's tables, and are converted when they are read.

use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::PyDateTime;

use super::parts::{Hashes, Identity, RemoteItem};
use crate::datetime::datetime;
use crate::json;

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
        #[pyclass(frozen, module = "drivebell")]
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

            fn __repr__(&self) -> String {
                repr(stringify!($item), self.0.id(), self.0.name(), self.0.is_deleted())
            }
        }
    };
}

drivebell::with_drive_item_fields!(define_item);
drivebell::with_list_item_fields!(define_item);

fn repr(class: &str, id: &str, name: Option<&str>, deleted: bool) -> String {
    let name = name.map_or_else(String::new, |name| format!(" {name:?}"));
    let deleted = if deleted { " deleted" } else { "" };
    format!("<drivebell.{class} {id}{name}{deleted}>")
}
