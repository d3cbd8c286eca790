//! A flag that is set once, and that tasks can wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(crate) struct Latch {
    is_set: AtomicBool,
    changed: Notify,
}

/// Sets a latch when it is dropped.
#[derive(Debug)]
pub(crate) struct SetOnDrop(Arc<Latch>);

impl Latch {
    pub(crate) fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
    }

    pub(crate) async fn wait(&self) {
        // Created before the check: from then on it is notified.
        let changed = self.changed.notified();
        if !self.is_set() {
            changed.await;
        }
    }

    pub(crate) fn set_on_drop(self: &Arc<Self>) -> SetOnDrop {
        SetOnDrop(Arc::clone(self))
    }
}

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn everyone_who_waits_is_notified() {
        let latch = Arc::new(Latch::default());
        let set = latch.set_on_drop();
        let mut unpolled = Box::pin(latch.wait());
        assert!(latch.wait().now_or_never().is_none());
        let waiting = tokio::spawn({
            let latch = Arc::clone(&latch);
            async move { latch.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(!latch.is_set());
        drop(set);
        assert!(latch.is_set());
        assert!(unpolled.as_mut().now_or_never().is_some());
        waiting.await.unwrap();
        latch.wait().await;
    }
}
