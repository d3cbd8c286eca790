use std::fmt;
use std::sync::Arc;

/// Text that grants access to whoever reads it. It can be used, but not printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Arc<str>);

impl Secret {
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// What is shown where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";
