use std::fmt::Write as _;

use pyo3::prelude::*;

/// A user, an application or a device that created or modified an item. A field that Graph left
/// out is `None`.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    /// The id.
    id: Option<String>,
    /// The name to display.
    display_name: Option<String>,
    /// The email address.
    email: Option<String>,
}

/// The hashes of a file's content. Which of them are set depends on the kind of drive.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hashes {
    /// `quickXorHash`, in base64.
    quick_xor: Option<String>,
    /// `sha1Hash`, in hexadecimal.
    sha1: Option<String>,
    /// `sha256Hash`, in hexadecimal.
    sha256: Option<String>,
}

/// The item of another drive that an item refers to. A field that Graph left out is `None`.
#[pyclass(frozen, get_all, eq, hash, module = "drivebell")]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RemoteItem {
    /// The item's id in its own drive.
    id: Option<String>,
    /// The id of that drive.
    drive_id: Option<String>,
    /// The item's name in its own drive.
    name: Option<String>,
}

impl From<&drivebell::Identity> for Identity {
    fn from(identity: &drivebell::Identity) -> Self {
        Self {
            id: identity.id.clone(),
            display_name: identity.display_name.clone(),
            email: identity.email.clone(),
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

/// `<drivebell.Class name=value …>`, without the fields that are `None`.
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
