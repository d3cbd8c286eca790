pub(crate) mod operation;
pub(crate) mod wake_channel;

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// One runtime for the process, whichever thread or worker asks first.
///
/// It is never shut down: sessions end with their handles, and an idle thread holds neither Node's
/// event loop nor the exit of the process.
static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// The thread that runs sessions and requests; none if the system does not allow any.
pub(crate) fn handle() -> Option<&'static Handle> {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                // Waiting on sockets is all that it does. Of two, each that wakes to answer a
                // heartbeat wakes the other to look for work that there is not. tokio's runtime of
                // the current thread, on a thread of its own, takes more for both time and memory.
                .worker_threads(1)
                .thread_name("drivebell")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .map(Runtime::handle)
}
