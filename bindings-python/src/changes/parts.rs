//! Objects inside items: their fields come from the core's tables.

use std::fmt::Write as _;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::value::{Reduced, quoted, reduced};

macro_rules! define_part {
    (
        $(#[doc = $about:literal])*
        $part:ident
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident: $kind:ident = $($json:literal).+;
        )*}
    ) => {
        $(#[doc = $about])*
        #[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
        #[derive(Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $part {
            $($(#[doc = $doc])* $field: Option<String>,)*
        }

        impl From<drivebell::$part> for $part {
            fn from(part: drivebell::$part) -> Self {
                Self {
                    $($field: part.$field,)*
                }
            }
        }

        #[pymethods]
        impl $part {
            #[new]
            #[pyo3(signature = (*, $($field=None),*))]
            fn by_hand($($field: Option<String>),*) -> Self {
                Self { $($field),* }
            }

            #[classattr]
            #[pyo3(name = "__match_args__")]
            const MATCH_ARGS: (&'static str, &'static str, &'static str) =
                ($(stringify!($field)),*);

            /// The fields as a dictionary that JSON knows.
            pub(super) fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(dict.set_item(stringify!($field), self.$field.as_deref())?;)*
                Ok(dict)
            }

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
                reduced::<Self>(py, None, (), Some(&self.to_dict(py)?))
            }

            fn __repr__(&self, py: Python<'_>) -> String {
                let fields = [$((stringify!($field), self.$field.as_deref())),*];
                repr(py, stringify!($part), &fields)
            }
        }
    };
}

drivebell::with_identity_fields!(define_part);
drivebell::with_hashes_fields!(define_part);
drivebell::with_remote_item_fields!(define_part);

fn repr(py: Python<'_>, class: &str, fields: &[(&str, Option<&str>)]) -> String {
    let mut text = format!("<drivebell.{class}");
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = write!(text, " {name}={}", quoted(py, value));
        }
    }
    text.push('>');
    text
}
