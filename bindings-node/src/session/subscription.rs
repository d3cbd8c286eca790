use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Context;

use drivebell::{Subscription, SubscriptionStats};
use napi::{Env, Result};
use napi_derive::napi;

use crate::event::batch::{Filling, NativeEvents};
use crate::number::number;
use crate::runtime::wake_channel::{Line, NativeBell, NativeEnd};
use crate::time;

/// One session, without a queue of its own: JavaScript drains the core's.
#[napi]
pub struct NativeSubscription {
    session: Arc<Subscription>,
    line: Line,
}

/// What waits in the core, and what has happened so far.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub notifications: f64,
    pub coalesced: f64,
    pub reconnects: f64,
    pub renewals: f64,
    /// As `Date` counts.
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

impl NativeSubscription {
    pub(crate) fn new(session: Subscription) -> Self {
        Self {
            session: Arc::new(session),
            line: Line::default(),
        }
    }
}

#[napi]
impl NativeSubscription {
    /// From now on the bell rings, with this number, when something waits after `arm`, and when
    /// `end` is to be looked at. Called once.
    #[napi(catch_unwind)]
    pub fn attach(&self, bell: &NativeBell, number: u32) {
        let session = Arc::clone(&self.session);
        self.line
            .attach(bell, number, async move { session.closed().await });
    }

    /// How the session ended, once; nothing before.
    #[napi(catch_unwind)]
    pub fn end(&self) -> Option<NativeEnd> {
        self.line.end()
    }

    /// True if something waits already; else the bell rings once when it does.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        self.line.waker().is_none_or(|waker| {
            let mut cx = Context::from_waker(waker);
            self.session.poll_waiting(&mut cx).is_ready()
        })
    }

    /// All that waits, in order.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<NativeEvents<'env>> {
        let mut waiting = VecDeque::new();
        let live = self.session.drain(&mut waiting);
        let mut batch = Filling::new(env)?;
        for event in waiting {
            batch.push(event, None)?;
        }
        if !live {
            batch.push_end()?;
        }
        batch.finish()
    }

    #[napi(
        getter,
        catch_unwind,
        ts_return_type = "'acquiring' | 'opening' | 'backoff' | 'live' | 'renewing' | 'closed'"
    )]
    pub fn state(&self) -> &'static str {
        self.session.state().as_str()
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeStats {
        self.session.stats().into()
    }

    /// Begins to close; the bell tells when that is done.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.session.start_close();
    }
}

impl Drop for NativeSubscription {
    /// The session's task shares the session: without this it would outlive its environment.
    fn drop(&mut self) {
        self.session.start_close();
    }
}
