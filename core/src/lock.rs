//! How the core locks a mutex. The mailboxes take their mutex from here: `loom/` compiles them with
//! one that tries all interleavings.

use std::sync::PoisonError;

pub(crate) use std::sync::{Mutex, MutexGuard};

/// Locks a mutex, and ignores poison: every guarded value is valid between any two statements, so
/// a thread that panicked while it held the lock has left nothing half done.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
