use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};

use drivebell::Subscription;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::error::NativeError;
use crate::event::NativeEvent;
use crate::number::number;
use crate::runtime;
use crate::time;

/// One session, without a queue of its own: JavaScript drains the core's.
#[napi]
pub struct NativeSubscription {
    session: Arc<Subscription>,
    /// Held by the session's task only, so that nothing holds the process once it is over.
    bell: Mutex<Weak<Bell>>,
}

/// The session is over. The bell rings without it when something waits.
#[napi(object, object_from_js = false)]
pub struct NativeEnd {
    pub error: Option<NativeError>,
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

type RingFunction = ThreadsafeFunction<Option<NativeEnd>, (), Option<NativeEnd>, Status, false>;

/// The one function through which a session calls into JavaScript: two would have no order.
struct Bell(Mutex<RingFunction>);

impl Bell {
    fn ring(&self, end: Option<NativeEnd>) {
        // Refused only while the environment shuts down.
        self.function()
            .call(end, ThreadsafeFunctionCallMode::NonBlocking);
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn refer(&self, env: Env) -> Result<()> {
        self.function().refer(&env)
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn unref(&self, env: Env) -> Result<()> {
        self.function().unref(&env)
    }

    fn function(&self) -> MutexGuard<'_, RingFunction> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring(None);
    }
}

impl NativeSubscription {
    pub(crate) fn new(session: Subscription) -> Self {
        Self {
            session: Arc::new(session),
            bell: Mutex::default(),
        }
    }

    fn bell(&self) -> Option<Arc<Bell>> {
        self.bell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .upgrade()
    }
}

#[napi]
impl NativeSubscription {
    /// From now on the process is kept alive, and `ring` is called: without an argument when
    /// something waits after `arm`, and once with one when the session is over. Called once.
    #[napi(catch_unwind)]
    pub fn attach(&self, ring: Function<'_, Option<NativeEnd>, ()>) -> Result<()> {
        let ring: RingFunction = ring
            .build_threadsafe_function::<Option<NativeEnd>>()
            .build()?;
        let bell = Arc::new(Bell(Mutex::new(ring)));
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&bell);
        let session = Arc::clone(&self.session);
        if let Some(runtime) = runtime::handle() {
            runtime.spawn(async move {
                let error = session.closed().await.err().map(Into::into);
                bell.ring(Some(NativeEnd { error }));
            });
        }
        Ok(())
    }

    /// True if something waits already; else the bell rings once when it does.
    #[napi(catch_unwind)]
    pub fn arm(&self) -> bool {
        let Some(bell) = self.bell() else {
            return true;
        };
        let waker = Waker::from(bell);
        self.session
            .poll_waiting(&mut Context::from_waker(&waker))
            .is_ready()
    }

    /// All that waits, in order.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<NativeEvent> {
        let mut waiting = VecDeque::new();
        let live = self.session.drain(&mut waiting);
        let end = (!live).then(NativeEvent::end);
        waiting
            .into_iter()
            .filter_map(NativeEvent::new)
            .chain(end)
            .collect()
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
        let stats = self.session.stats();
        NativeStats {
            notifications: number(stats.notifications),
            coalesced: number(stats.coalesced),
            reconnects: number(stats.reconnects),
            renewals: number(stats.renewals),
            last_event_at: stats.last_event_at.map(time::unix_milliseconds),
            pending: number(stats.pending as u64),
        }
    }

    /// Begins to close; the bell tells when that is done.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.session.start_close();
    }

    #[napi(js_name = "ref", catch_unwind)]
    pub fn reference(&self, env: Env) -> Result<()> {
        self.bell().map_or(Ok(()), |bell| bell.refer(env))
    }

    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> Result<()> {
        self.bell().map_or(Ok(()), |bell| bell.unref(env))
    }
}

impl Drop for NativeSubscription {
    /// The session's task shares the session: without this it would outlive its environment.
    fn drop(&mut self) {
        self.session.start_close();
    }
}
