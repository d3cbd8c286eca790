use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Context;

use drivebell::{Subscription, SubscriptionStats};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::batch::{BatchBuilder, NativeEvents};
use crate::number::number;
use crate::runtime::wake_channel::{NativeEnd, NativeWakeChannel, SessionWakers};
use crate::time;

/// One session. It has no queue: JavaScript drains the core's mailbox.
#[napi]
pub struct NativeSubscription {
    session: Arc<Subscription>,
    wakers: SessionWakers,
}

/// The statistics of a session; `pending` events wait in the core.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub notifications: f64,
    pub coalesced: f64,
    pub reconnects: f64,
    pub renewals: f64,
    /// In milliseconds since 1970.
    pub last_event_at: Option<f64>,
    pub pending: f64,
}

impl From<SubscriptionStats> for NativeStats {
    fn from(stats: SubscriptionStats) -> Self {
        Self {
            notifications: number(stats.notifications),
            coalesced: number(stats.coalesced),
            reconnects: number(stats.reconnects),
            renewals: number(stats.renewals),
            last_event_at: stats.last_event_at.map(time::unix_milliseconds),
            pending: number(stats.pending as u64),
        }
    }
}

impl From<Subscription> for NativeSubscription {
    fn from(session: Subscription) -> Self {
        Self {
            session: Arc::new(session),
            wakers: SessionWakers::default(),
        }
    }
}

#[napi]
impl NativeSubscription {
    /// From now on the channel signals `id` when an event arrives after `arm`, and when `end` should
    /// be called. Called once.
    #[napi(catch_unwind)]
    pub fn attach(&self, channel: &NativeWakeChannel, id: u32) {
        let session = Arc::clone(&self.session);
        self.wakers
            .attach(channel, id, async move { session.closed().await });
    }

    /// Returns how the session ended, once; null while it is open.
    #[napi(catch_unwind)]
    pub fn end(&self) -> Option<NativeEnd> {
        self.wakers.end()
    }

    /// Returns true if events wait. Otherwise the channel signals the next one.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        self.wakers.waiting().is_none_or(|waker| {
            let mut cx = Context::from_waker(waker);
            self.session.poll_waiting(&mut cx).is_ready()
        })
    }

    /// Takes all events that wait, in order.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<NativeEvents<'env>> {
        let mut waiting = VecDeque::new();
        let live = self.session.drain(&mut waiting);
        let mut batch = BatchBuilder::new(env)?;
        for event in waiting {
            batch.push(event, None)?;
        }
        if !live {
            batch.push_end()?;
        }
        batch.finish()
    }

    #[napi(getter, catch_unwind)]
    pub fn state(&self) -> &'static str {
        self.session.state().as_str()
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeStats {
        self.session.stats().into()
    }

    /// Starts to close; the channel signals the end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.session.start_close();
    }
}

impl Drop for NativeSubscription {
    /// The session's task shares the session, which would otherwise last longer than its environment.
    fn drop(&mut self) {
        self.session.start_close();
    }
}
