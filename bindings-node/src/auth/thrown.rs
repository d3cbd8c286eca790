use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::runtime::lock;

/// The ids of values that JavaScript need not hold any longer.
#[derive(Debug, Clone, Default)]
pub(crate) struct FreeIds(Arc<Mutex<Vec<u32>>>);

impl FreeIds {
    pub(crate) fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// What a credential threw: the source of the errors that follow from it. The value itself stays in
/// JavaScript under an id, until the last of these errors is dropped.
#[derive(Debug)]
pub(crate) struct Thrown {
    id: u32,
    free: FreeIds,
}

impl Thrown {
    pub(crate) fn new(id: u32, free: FreeIds) -> Self {
        Self { id, free }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for Thrown {
    fn drop(&mut self) {
        lock(&self.free.0).push(self.id);
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the credential threw")
    }
}

impl StdError for Thrown {}
