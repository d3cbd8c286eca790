use std::ops::Deref;
use std::{mem, process};

/// Something of the core, which only the process that made it may use and drop.
///
/// A forked child inherits the memory but not the threads, one of which may have held a lock that the
/// drop needs. The child therefore leaks its copy instead of waiting for ever.
pub(crate) struct ProcessOwned<T> {
    /// There until it is dropped.
    value: Option<T>,
    pid: u32,
}

impl<T> ProcessOwned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Some(value),
            pid: process::id(),
        }
    }

    /// The value, unless this process is a forked child.
    pub(crate) fn of_this_process(&self) -> Option<&T> {
        (self.pid == process::id()).then_some(self)
    }
}

impl<T> Deref for ProcessOwned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
            .as_ref()
            .expect("it is there until it is dropped")
    }
}

impl<T> Drop for ProcessOwned<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            mem::forget(self.value.take());
        }
    }
}
