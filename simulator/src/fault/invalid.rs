//! A fault that cannot be set.

use std::fmt;

/// Why a fault was rejected: the field, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFault {
    field: String,
    reason: String,
}

impl InvalidFault {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    /// The path of the wrong field, for example `action.delay.ms`; `.` if no single field is wrong.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for InvalidFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

impl std::error::Error for InvalidFault {}
