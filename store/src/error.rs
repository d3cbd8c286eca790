use std::error::Error as StdError;
use std::sync::Arc;

/// Why a store could not answer. What asked tries again: a store may be away for a while.
///
/// That another process was faster is no error: [`CheckpointStore`](crate::CheckpointStore) says how
/// each call reports it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    message: String,
    #[source]
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error with a text that says what happened and what to do. It must not contain a checkpoint.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }
}
