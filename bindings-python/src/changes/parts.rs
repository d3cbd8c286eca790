//! Objects inside items: their fields come from the core's tables.

use std::fmt::Write as _;

use pyo3::prelude::*;

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
            fn __repr__(&self) -> String {
                let fields = [$((stringify!($field), self.$field.as_deref())),*];
                repr(stringify!($part), &fields)
            }
        }
    };
}

drivebell::with_identity_fields!(define_part);
drivebell::with_hashes_fields!(define_part);
drivebell::with_remote_item_fields!(define_part);

fn repr(class: &str, fields: &[(&str, Option<&str>)]) -> String {
    let mut text = format!("<drivebell.{class}");
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value}");
        }
    }
    text.push('>');
    text
}
