use std::fmt::Write as _;

use pyo3::prelude::*;

/// Who did something.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    id: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
}

/// Hashes of a file's content.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hashes {
    quick_xor: Option<String>,
    sha1: Option<String>,
    sha256: Option<String>,
}

/// The item of another drive that one stands for.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RemoteItem {
    id: Option<String>,
    drive_id: Option<String>,
    name: Option<String>,
}

impl From<&drivebell::Identity> for Identity {
    fn from(who: &drivebell::Identity) -> Self {
        Self {
            id: who.id.clone(),
            display_name: who.display_name.clone(),
            email: who.email.clone(),
        }
    }
}

impl From<&drivebell::Hashes> for Hashes {
    fn from(hashes: &drivebell::Hashes) -> Self {
        Self {
            quick_xor: hashes.quick_xor.clone(),
            sha1: hashes.sha1.clone(),
            sha256: hashes.sha256.clone(),
        }
    }
}

impl From<&drivebell::RemoteItem> for RemoteItem {
    fn from(item: &drivebell::RemoteItem) -> Self {
        Self {
            id: item.id.clone(),
            drive_id: item.drive_id.clone(),
            name: item.name.clone(),
        }
    }
}

/// What such an object shows of itself.
fn repr(class: &str, fields: [(&str, Option<&str>); 3]) -> String {
    let mut text = format!("<drivebell.{class}");
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value}");
        }
    }
    text.push('>');
    text
}

#[pymethods]
impl Identity {
    fn __repr__(&self) -> String {
        let fields = [
            ("id", self.id.as_deref()),
            ("display_name", self.display_name.as_deref()),
            ("email", self.email.as_deref()),
        ];
        repr("Identity", fields)
    }
}

#[pymethods]
impl Hashes {
    fn __repr__(&self) -> String {
        let fields = [
            ("quick_xor", self.quick_xor.as_deref()),
            ("sha1", self.sha1.as_deref()),
            ("sha256", self.sha256.as_deref()),
        ];
        repr("Hashes", fields)
    }
}

#[pymethods]
impl RemoteItem {
    fn __repr__(&self) -> String {
        let fields = [
            ("id", self.id.as_deref()),
            ("drive_id", self.drive_id.as_deref()),
            ("name", self.name.as_deref()),
        ];
        repr("RemoteItem", fields)
    }
}
