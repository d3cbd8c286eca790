use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// One runtime for the process, whichever thread or worker asks first.
///
/// It is never shut down: sessions end with their handles, and idle threads hold neither Node's
/// event loop nor the exit of the process.
static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// The threads that run sessions and requests; none if the system does not allow any.
pub(crate) fn handle() -> Option<&'static Handle> {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                // Waiting on sockets is all that they do.
                .worker_threads(2)
                .thread_name("drivebell")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .map(Runtime::handle)
}
