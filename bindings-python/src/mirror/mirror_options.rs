use std::path::PathBuf;

use drivebell::declarations::{CHANGES_OPTIONS, MIRROR_OPTIONS};
use drivebell::{ChangesOptions, Error, MirrorOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::{error, options};

/// The options of a mirror, and of its stream of changes.
pub(super) fn read(given: &Bound<'_, PyDict>) -> PyResult<(MirrorOptions, ChangesOptions)> {
    let mut mirror = MirrorOptions::default();
    let mut changes = ChangesOptions::default();
    options::read(&[MIRROR_OPTIONS, CHANGES_OPTIONS], given, |spec, value| {
        if MIRROR_OPTIONS.iter().any(|own| own.name == spec.name) {
            mirror.set(spec, value)
        } else {
            changes.set(spec, value)
        }
    })?;
    Ok((mirror, changes))
}

pub(super) fn file(file: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    options::path(file)
        .map_err(|problem| error::to_python(file.py(), &Error::invalid_argument("file", problem)))
}
