use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;

use super::Runtime;

/// The runtime of the process that uses something first: threads start then, and what no process has
/// used yet goes along into a forked child. So a server may make a client before it forks its workers.
#[derive(Clone, Default)]
pub(crate) struct FirstUse(Arc<OnceLock<Arc<Runtime>>>);

impl FirstUse {
    /// The runtime, which this call may start. Raises `StateError` if another process was first.
    pub(crate) fn runtime(&self, py: Python<'_>) -> PyResult<&Arc<Runtime>> {
        if self.0.get().is_none() {
            let runtime = Runtime::current(py)?;
            // Another thread may be faster.
            let _ = self.0.set(runtime);
        }
        let runtime = self.0.get().expect("it was just set");
        runtime.check(py)?;
        Ok(runtime)
    }

    /// The runtime, if there was a use.
    pub(crate) fn get(&self) -> Option<&Arc<Runtime>> {
        self.0.get()
    }

    /// Whether this process may use it, or drop it.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.get().is_none_or(|it| it.is_of_this_process())
    }
}
