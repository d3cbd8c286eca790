use std::error::Error;
use std::fmt;

/// The user must sign in again.
#[derive(Debug)]
pub(super) struct SignInRequired(String);

impl SignInRequired {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for SignInRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for SignInRequired {}
