//! The batches of a core stream, for one Python consumer.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use pyo3::prelude::*;
use tokio::sync::watch;

use crate::runtime::call::{self, Call};
use crate::runtime::wake::{Source, loop_waker};
use crate::runtime::{Runtime, lock};

/// A stream of batches of the core.
pub(crate) trait CoreStream: Send + 'static {
    type Batch;

    fn try_next(&mut self) -> Option<Self::Batch>;
    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    fn has_ended(&self) -> bool;
    fn start_close(&self);
    /// Waits until it has closed.
    fn close(self) -> impl Future<Output = ()> + Send;
}

pub(crate) struct BatchQueue<S> {
    pub(crate) runtime: Arc<Runtime>,
    state: Mutex<State<S>>,
    /// Closes when the core's stream has closed; nothing is ever sent.
    end: watch::Receiver<()>,
}

struct State<S> {
    /// `None` once closing has started.
    core: Option<S>,
    /// The waker of the waiting consumer, for closing: the core does not wake it then.
    waker: Option<Waker>,
    open: Option<watch::Sender<()>>,
}

impl<S: CoreStream> BatchQueue<S> {
    pub(crate) fn new(runtime: Arc<Runtime>, core: S) -> Self {
        let (open, end) = watch::channel(());
        let state = State {
            core: Some(core),
            waker: None,
            open: Some(open),
        };
        Self {
            runtime,
            state: Mutex::new(state),
            end,
        }
    }

    /// Pending if there is no batch yet, `None` at the end.
    pub(crate) fn try_next(&self) -> Poll<Option<S::Batch>> {
        self.try_take(S::try_next)
    }

    /// Like [`try_next`](Self::try_next), for a stream that can be taken from in several ways.
    pub(crate) fn try_take<T>(&self, take: impl FnOnce(&mut S) -> Option<T>) -> Poll<Option<T>> {
        let mut state = lock(&self.state);
        let Some(core) = &mut state.core else {
            return Poll::Ready(None);
        };
        match take(core) {
            None if !core.has_ended() => Poll::Pending,
            batch => Poll::Ready(batch),
        }
    }

    /// Arranges for one call of `wake()` on the loop's thread when a batch is there. Returns true if
    /// one is there already; then `wake` is not called.
    pub(crate) fn arm(
        self: &Arc<Self>,
        py: Python<'_>,
        event_loop: Py<PyAny>,
        wake: Py<PyAny>,
    ) -> PyResult<bool> {
        self.runtime.check(py)?;
        let waker = loop_waker(&self.runtime, self, event_loop, wake);
        let mut state = lock(&self.state);
        let Some(core) = &mut state.core else {
            return Ok(true);
        };
        let is_ready = core
            .poll_waiting(&mut Context::from_waker(&waker))
            .is_ready();
        // The waker before is dropped without the lock: it refers to Python objects.
        let before = (!is_ready).then(|| state.waker.replace(waker));
        drop(state);
        drop(before);
        Ok(is_ready)
    }

    /// Whether it still follows something, and nobody has closed it.
    pub(crate) fn is_open(&self) -> bool {
        let state = lock(&self.state);
        state.core.as_ref().is_some_and(|core| !core.has_ended())
    }

    /// Settles when the stream has closed and no query is running.
    pub(crate) fn closed(
        &self,
        py: Python<'_>,
        event_loop: Py<PyAny>,
        settle: Py<PyAny>,
    ) -> PyResult<Call> {
        self.runtime.check(py)?;
        let mut end = self.end.clone();
        let future = async move {
            while end.changed().await.is_ok() {}
            Ok(())
        };
        Ok(call::start(
            &self.runtime,
            event_loop,
            settle,
            future,
            |py, ()| Ok(py.None()),
        ))
    }
}

impl<S: CoreStream> Source for BatchQueue<S> {
    fn start_close(&self) {
        let (core, open, waker) = {
            let mut state = lock(&self.state);
            (state.core.take(), state.open.take(), state.waker.take())
        };
        if let Some(core) = core {
            core.start_close();
            self.runtime.spawn(async move {
                core.close().await;
                drop(open);
            });
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
