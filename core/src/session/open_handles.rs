//! What a client has opened, so that closing the client closes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use crate::Error;
use crate::latch::Latch;
use crate::lock::lock;

/// Something that a client has opened: a subscription, a member of a set, a set, a stream of
/// changes.
pub(crate) trait Handle: Send + Sync {
    /// Starts to close it, as its own method for that does. Nothing is locked meanwhile.
    fn start_close(&self);
}

/// For a handle whose tasks check the latch.
impl Handle for Latch {
    fn start_close(&self) {
        self.set();
    }
}

/// The open handles of a client and its clones. It does not keep them open.
#[derive(Default)]
pub(crate) struct OpenHandles {
    state: Mutex<State>,
    /// The client is closed. Set before `state` is locked to find what to close, and checked under
    /// that lock, so that no handle is registered too late to be found.
    closed: Latch,
    /// The client is closed, and so are its handles.
    finished: Latch,
}

#[derive(Default)]
struct State {
    last_id: u64,
    handles: HashMap<u64, Weak<dyn Handle>>,
}

/// Keeps a handle in the registry. The tasks behind the handle hold it until they end, so that the
/// client can wait for them.
pub(crate) struct Registration {
    registry: Arc<OpenHandles>,
    id: u64,
}

impl OpenHandles {
    /// # Errors
    /// `State` if the client is closed.
    pub(crate) fn register<H: Handle + 'static>(
        self: &Arc<Self>,
        handle: &Arc<H>,
    ) -> Result<Registration, Error> {
        let handle: Weak<H> = Arc::downgrade(handle);
        let mut state = lock(&self.state);
        self.check()?;
        state.last_id += 1;
        let id = state.last_id;
        state.handles.insert(id, handle);
        Ok(Registration {
            registry: Arc::clone(self),
            id,
        })
    }

    /// # Errors
    /// `State` if the client is closed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_closed() {
            return Err(Error::client_closed());
        }
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.is_set()
    }

    /// Runs a call of the client, which fails as soon as the client is closed.
    pub(crate) async fn while_open<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.closed.wait() => Err(Error::client_closed()),
            result = call => result,
        }
    }

    pub(crate) fn start_close(&self) {
        self.closed.set();
        let handles: Vec<_> = lock(&self.state).handles.values().cloned().collect();
        if handles.is_empty() {
            self.finished.set();
        }
        for handle in handles.iter().filter_map(Weak::upgrade) {
            handle.start_close();
        }
    }

    /// Waits until the client is closed and all its handles have ended.
    pub(crate) async fn finished(&self) {
        self.finished.wait().await;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut state = lock(&self.registry.state);
        let handle = state.handles.remove(&self.id);
        // What a burst of handles needed is not kept.
        if state.handles.len() < state.handles.capacity() / 4 {
            state.handles.shrink_to_fit();
        }
        let finished = self.registry.is_closed() && state.handles.is_empty();
        drop(state);
        drop(handle);
        if finished {
            self.registry.finished.set();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn handles_that_have_ended_leave_nothing() {
        let registry = Arc::new(OpenHandles::default());
        let latch = Arc::new(Latch::default());
        let all: Vec<_> = (0..10_000)
            .map(|_| registry.register(&latch).unwrap())
            .collect();
        assert_eq!(Arc::weak_count(&latch), 10_000);
        drop(all);
        assert_eq!(Arc::weak_count(&latch), 0);
        assert!(lock(&registry.state).handles.capacity() < 10);
        assert!(!latch.is_set());
        assert!(registry.finished().now_or_never().is_none());
    }

    #[test]
    fn closing_closes_every_handle_and_waits_for_its_end() {
        let registry = Arc::new(OpenHandles::default());
        let latches = [Arc::default(), Arc::<Latch>::default()];
        let [first, second] = latches.each_ref().map(|it| registry.register(it).unwrap());
        registry.start_close();
        assert!(registry.is_closed());
        assert!(latches.iter().all(|latch| latch.is_set()));
        drop(first);
        assert!(registry.finished().now_or_never().is_none());
        drop(second);
        assert!(registry.finished().now_or_never().is_some());

        let late = registry.register(&latches[0]).err().unwrap();
        assert_eq!(late.kind(), ErrorKind::State);
        registry.start_close();
        assert!(registry.finished().now_or_never().is_some());
    }

    #[test]
    fn a_handle_that_is_dropped_before_its_tasks_end_is_waited_for() {
        let registry = Arc::new(OpenHandles::default());
        let latch = Arc::new(Latch::default());
        let registration = registry.register(&latch).unwrap();
        drop(latch);
        registry.start_close();
        assert!(registry.finished().now_or_never().is_none());
        drop(registration);
        assert!(registry.finished().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_call_fails_when_the_client_is_closed() {
        let registry = Arc::new(OpenHandles::default());
        assert_eq!(registry.while_open(async { Ok(7) }).await.unwrap(), 7);
        let calling = tokio::spawn({
            let registry = Arc::clone(&registry);
            async move {
                let never = std::future::pending::<Result<(), Error>>();
                registry.while_open(never).await
            }
        });
        tokio::task::yield_now().await;
        registry.start_close();
        let error = calling.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State);
        let late = registry.while_open(async { Ok(()) }).await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::State);
    }
}
