use std::ops::Deref;
use std::{mem, process};

use super::FirstUse;

/// Something of the core, which only the process that made it may use and drop, or that of the first
/// use.
///
/// A forked child inherits the memory but not the threads, one of which may have held a lock that the
/// drop needs. The child therefore leaks its copy instead of waiting for ever.
pub(crate) struct ProcessOwned<T> {
    /// There until it is dropped.
    value: Option<T>,
    owner: Owner,
}

enum Owner {
    Process(u32),
    FirstUser(FirstUse),
}

impl<T> ProcessOwned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Some(value),
            owner: Owner::Process(process::id()),
        }
    }

    pub(crate) fn of_first_user(value: T, first_use: &FirstUse) -> Self {
        Self {
            value: Some(value),
            owner: Owner::FirstUser(first_use.clone()),
        }
    }

    /// The value, unless this process is a forked child.
    pub(crate) fn of_this_process(&self) -> Option<&T> {
        self.owner.is_this_process().then_some(self)
    }
}

impl Owner {
    fn is_this_process(&self) -> bool {
        match self {
            Self::Process(pid) => *pid == process::id(),
            Self::FirstUser(first_use) => first_use.is_of_this_process(),
        }
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
        if !self.owner.is_this_process() {
            mem::forget(self.value.take());
        }
    }
}
