use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use super::lock;
use crate::error::NativeError;

/// How a session ended.
#[napi(object, object_from_js = false)]
pub struct NativeEnd {
    pub error: Option<NativeError>,
}

/// The ids of the sessions that have events waiting, and of those that ended.
type SessionIds = FnArgs<(Vec<u32>, Vec<u32>)>;

/// Weak: sessions keep the process alive, not the channel that wakes JavaScript for them.
type WakeFunction = ThreadsafeFunction<(), (), SessionIds, Status, false, true>;

/// The one function through which the sessions of an environment call into JavaScript. A function
/// for each session would cost kilobytes of memory, and under load a call for each session.
#[napi]
pub struct NativeWakeChannel(Arc<WakeChannel>);

struct WakeChannel {
    function: Mutex<WakeFunction>,
    signals: Arc<Mutex<Signals>>,
}

/// The signals since the last call into JavaScript, as session ids.
#[derive(Default)]
struct Signals {
    waiting: Vec<u32>,
    ended: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Signal {
    /// Events wait.
    Waiting,
    /// The session may have ended: poll it.
    Ended,
}

#[napi]
impl NativeWakeChannel {
    /// `call` gets the ids of the sessions that have events waiting, and of those that ended.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        #[napi(ts_arg_type = "(waiting: number[], ended: number[]) => void")] call: Function<
            '_,
            SessionIds,
            (),
        >,
    ) -> Result<Self> {
        let signals = Arc::<Mutex<Signals>>::default();
        let taken = Arc::clone(&signals);
        let function = call
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build_callback(move |_| {
                let Signals { waiting, ended } = std::mem::take(&mut *lock(&taken));
                Ok(FnArgs::from((waiting, ended)))
            })?;
        Ok(Self(Arc::new(WakeChannel {
            function: Mutex::new(function),
            signals,
        })))
    }

    /// Keeps the process alive.
    #[napi(js_name = "ref", catch_unwind)]
    pub fn reference(&self, env: Env) -> Result<()> {
        self.0.refer(env)
    }

    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> Result<()> {
        self.0.unref(env)
    }
}

impl NativeWakeChannel {
    fn waker(&self, session: u32, signal: Signal) -> Waker {
        Waker::from(Arc::new(SignalWaker {
            channel: Arc::clone(&self.0),
            session,
            signal,
        }))
    }
}

impl WakeChannel {
    fn send(&self, session: u32, signal: Signal) {
        let mut signals = lock(&self.signals);
        let first = signals.waiting.is_empty() && signals.ended.is_empty();
        match signal {
            Signal::Waiting => signals.waiting.push(session),
            Signal::Ended => signals.ended.push(session),
        }
        drop(signals);
        if first {
            // Fails only while the environment shuts down.
            lock(&self.function).call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn refer(&self, env: Env) -> Result<()> {
        lock(&self.function).refer(&env)
    }

    #[expect(deprecated, reason = "napi offers nothing else after creation")]
    fn unref(&self, env: Env) -> Result<()> {
        lock(&self.function).unref(&env)
    }
}

/// Sends one kind of signal for one session.
struct SignalWaker {
    channel: Arc<WakeChannel>,
    session: u32,
    signal: Signal,
}

impl Wake for SignalWaker {
    fn wake(self: Arc<Self>) {
        self.channel.send(self.session, self.signal);
    }
}

type Closed = Pin<Box<dyn Future<Output = std::result::Result<(), drivebell::Error>> + Send>>;

/// The wakers of one session, once it is attached to a channel.
#[derive(Default)]
pub(crate) struct SessionWakers {
    waiting: OnceLock<Waker>,
    /// Polled from JavaScript, when its waker has sent a signal: no session needs a task for it.
    closed: Mutex<Option<(Closed, Waker)>>,
}

impl SessionWakers {
    /// From now on the channel signals `session` when an event arrives after the session was polled
    /// with [`waiting`](Self::waiting), and when `closed` is ready to be polled.
    pub(crate) fn attach(
        &self,
        channel: &NativeWakeChannel,
        session: u32,
        closed: impl Future<Output = std::result::Result<(), drivebell::Error>> + Send + 'static,
    ) {
        self.attach_waiting(channel, session);
        let ended = channel.waker(session, Signal::Ended);
        *lock(&self.closed) = Some((Box::pin(closed), ended.clone()));
        // Causes the first poll.
        ended.wake();
    }

    /// From now on the channel signals `session` when an event arrives, as with
    /// [`attach`](Self::attach).
    pub(crate) fn attach_waiting(&self, channel: &NativeWakeChannel, session: u32) {
        let _ = self.waiting.set(channel.waker(session, Signal::Waiting));
    }

    pub(crate) fn waiting(&self) -> Option<&Waker> {
        self.waiting.get()
    }

    /// Returns how the session ended, once. `None` while it is open: a signal will follow.
    pub(crate) fn end(&self) -> Option<NativeEnd> {
        let mut closed = lock(&self.closed);
        let (future, waker) = closed.as_mut()?;
        let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(waker)) else {
            return None;
        };
        *closed = None;
        let error = result.err().map(Into::into);
        Some(NativeEnd { error })
    }
}
