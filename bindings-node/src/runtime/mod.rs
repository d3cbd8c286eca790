pub(crate) mod environment;
pub(crate) mod log;
pub(crate) mod operation;
pub(crate) mod wake_channel;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime of the process, which all its environments share.
///
/// It is never shut down: sessions end with their handles, and an idle thread keeps neither Node's
/// event loop nor the process alive.
static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// The runtime that drives sessions and requests; `None` if no thread could be started.
pub(crate) fn handle() -> Option<&'static Handle> {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                // One thread suffices: it only waits on sockets. With two, a thread that wakes for
                // a heartbeat wakes the other in vain. A current-thread runtime on a thread of its
                // own takes more time and memory.
                .worker_threads(1)
                .thread_name("drivebell")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .map(Runtime::handle)
}

/// Locks a mutex, and ignores poison: no guarded value is ever half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
