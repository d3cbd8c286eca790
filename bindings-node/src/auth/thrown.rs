use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};

use napi_derive::napi;

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
/// JavaScript under an id, until the last of these errors is dropped, or collected in JavaScript.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeThrown(Arc<Held>);

#[derive(Debug)]
struct Held {
    id: u32,
    free: FreeIds,
}

impl NativeThrown {
    pub(crate) fn new(id: u32, free: FreeIds) -> Self {
        Self(Arc::new(Held { id, free }))
    }
}

#[napi]
impl NativeThrown {
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> u32 {
        self.0.id
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.free.0).push(self.id);
    }
}

impl fmt::Display for NativeThrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the credential threw")
    }
}

impl StdError for NativeThrown {}
